//! The command that runs, or would run.

use super::bare;

#[test]
fn arguments_arrive_whole() {
    bare()
        .args(["antisocial", "manage", "a b", "", "$X", "'", "-n", "--", "new\nline"])
        .stdout(
            "[run]\n[-i]\n[thraxil/antisocial:build-42]\n[manage]\n[a b]\n[]\n[$X]\n[']\n[-n]\n[--]\n[new\nline]\n",
        )
        .run();
}

#[test]
fn opts_and_extra_are_split_at_blanks_only() {
    bare()
        .env("OPTS", " --rm  --name=\"x\\\t*\n")
        .env("EXTRA", "--label a=$APP")
        .args(["antisocial", "migrate"])
        .stdout("[run]\n[--rm]\n[--name=\"x\\]\n[*]\n")
        .stderr(
            "docker-runner: the environment: OPTS contains a word that is neither an option nor the value of an \
             option, and docker would run it as the image: write a value with blanks in an array, OPTS=(-e \"A=b c\")\n",
        )
        .stdout("")
        .code(125)
        .run();
    bare()
        .env("OPTS", " --rm  --name=\"x\\\t-v\n*:/x")
        .env("EXTRA", "--label a=$APP")
        .args(["antisocial", "migrate"])
        .stdout(
            "[run]\n[--rm]\n[--name=\"x\\]\n[-v]\n[*:/x]\n[--label]\n[a=$APP]\n\
             [thraxil/antisocial:build-42]\n[migrate]\n",
        )
        .run();
}

#[test]
fn docker_inherits_the_environment_and_its_exit_code_is_returned() {
    bare()
        .env("A.B", "odd")
        .env("GREETING", "hello")
        .program("bin/docker", "#!/bin/sh\necho \"$APP $GREETING $TAG\"\nexit 42\n")
        .args(["antisocial"])
        .stdout(" hello build-42\n")
        .code(42)
        .run();
}
