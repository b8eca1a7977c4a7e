//! Secrets are never on docker's command line.

use super::{antisocial, host};

/// A docker that prints its arguments, the lines of its env files, and A. The number of an env file's
/// descriptor depends on what the test was started with, so it is printed as N.
const DOCKER: &str = r#"#!/bin/sh
for argument; do
    case $argument in /dev/fd/[0-9]*) argument=/dev/fd/N ;; esac
    printf '[%s]\n' "$argument"
done
while [ $# -gt 0 ]; do
    [ "$1" = --env-file ] && while read -r line; do echo "file: $line"; done < "$2"
    shift
done
echo "A: ${A-unset}"
"#;

#[test]
fn secrets_go_through_a_file_in_memory() {
    antisocial()
        .program("bin/docker", DOCKER)
        .args(["antisocial", "migrate"])
        .stdout(
            "[run]\n[--link]\n[postfix:postfix]\n[--rm]\n[--env-file]\n[/dev/fd/N]\n\
             [thraxil/antisocial:build-42]\n[migrate]\n\
             file: SECRET_KEY=some_secret_key\nfile: BROKER_URL=amqp://user:pass@rabbit:5672//antisocial\n\
             A: unset\n",
        )
        .run();
}

#[test]
fn a_newline_goes_through_dockers_environment() {
    host()
        .file("etc/default/a", "IMAGE=x:y\nOPTS=(-e \"A=1\n2\")\n")
        .program("bin/docker", DOCKER)
        .args(["a"])
        .stdout("[run]\n[-e]\n[A]\n[x:y]\nA: 1\n2\n")
        .run();
    // It replaces a variable of the same name, and no other.
    host()
        .file("etc/default/a", "export A=0 B=3\nIMAGE=x:y\nOPTS=(-e \"A=1\n2\")\n")
        .program("bin/docker", "#!/bin/sh\necho \"A=$A B=$B\"\n")
        .args(["a"])
        .stdout("A=1\n2 B=3\n")
        .run();
}

/// Dash drops every variable whose name is not a shell name.
#[test]
fn warns_if_docker_is_a_script_that_may_drop_a_variable() {
    let file = "IMAGE=x:y\nOPTS=(-e \"my.name=1\n2\" -e my.other=1)\n";
    host()
        .file("etc/default/a", file)
        .args(["a"])
        .stdout("[run]\n[-e]\n[my.name]\n[--env-file]\n[/dev/fd/N]\n[x:y]\n")
        .stderr(
            "docker-runner: warning: [folder]/etc/default/a:2: docker is a script on this host and may drop \
             my.name, which is passed in its environment and is not a shell name: use a name of letters, \
             digits and underscores\n",
        )
        .run();
    let test =
        host().file("etc/default/a", file).link("real/docker", "/bin/true").env("PATH", "[folder]/real");
    test.args(["a"]).run();
}

#[test]
fn arguments_after_the_image_are_unchanged() {
    host()
        .file("etc/default/a", "IMAGE=x:y\n")
        .program("bin/docker", DOCKER)
        .args(["a", "manage", "-e", "A=b"])
        .stdout("[run]\n[-i]\n[x:y]\n[manage]\n[-e]\n[A=b]\nA: unset\n")
        .run();
}

#[test]
fn refuses_a_variable_that_docker_reads() {
    host()
        .file("etc/default/a", "IMAGE=x:y\nOPTS=(--rm -e \"HOME=secret\n2\")\n")
        .args(["a"])
        .stderr(
            "docker-runner: [folder]/etc/default/a:2: cannot pass HOME to the container: a value with a newline, \
             with a CR at its end or of 64 KiB goes through docker's own environment, where HOME would change docker \
             itself: use another variable name in the app\n",
        )
        .code(125)
        .run();
}

#[test]
fn warns_of_unset_variables_and_invalid_utf8() {
    host()
        .file("etc/default/a", b"IMAGE=x:y\nOPTS=\"-e GONE -e B=\xff\"\n")
        .program("bin/docker", DOCKER)
        .args(["a"])
        .stdout("[run]\n[-e]\n[GONE]\n[--env-file]\n[/dev/fd/N]\n[x:y]\nfile: B=\u{fffd}\nA: unset\n")
        .stderr(
            "docker-runner: warning: [folder]/etc/default/a:2: -e GONE removes the GONE of the \
             image, because GONE is not set here: export it, or remove -e GONE\n\
             docker-runner: warning: [folder]/etc/default/a:2: the value of B is not UTF-8, and docker \
             changes it: write it in UTF-8, or encode it\n",
        )
        .run();
}
