//! `--explain`, and what `--dry-run` prints besides the command.

use super::{antisocial, host};

#[test]
fn each_part_has_its_file_and_line() {
    antisocial()
        .env("EXTRA", "-p 8000:8000")
        .args(["--explain", "antisocial", "migrate"])
        .stdout(
            "docker run
  --link postfix:postfix        [folder]/etc/default/antisocial:2 (OPTS)
  --rm                          [folder]/etc/default/antisocial:3 (OPTS)
  -e 'SECRET_KEY=***'           [folder]/etc/default/antisocial:4 (OPTS)
  -e 'BROKER_URL=***'           [folder]/etc/default/antisocial:5 (OPTS)
  -p 8000:8000                  the environment (EXTRA)
  thraxil/antisocial:build-42   [folder]/etc/default/antisocial:1 (IMAGE), [folder]/var/www/antisocial/TAG:1 (TAG)
  migrate                       argument

[folder]/etc/default/antisocial: sets IMAGE (exported), OPTS (exported)
[folder]/var/www/antisocial/TAG: sets TAG (exported)
EXTRA: 2 words, from the environment
",
        )
        .run();
}

#[test]
fn a_value_from_two_lines_has_both() {
    host()
        .file("etc/default/a", "DB=postgres://db\nIMAGE=x\nOPTS=(-ite \"A=b $DB\")\n")
        .file("var/www/a@b/TAG", "TAG=v0\n")
        .args(["--explain", "--tag", "v1", "a@b", "shell"])
        .stdout(
            "docker run
  -ite 'A=***'   [folder]/etc/default/a:3, [folder]/etc/default/a:1 (OPTS)
  x:v1           [folder]/etc/default/a:2 (IMAGE), --tag
  shell          argument

[folder]/etc/default/a: sets DB, IMAGE, OPTS
[folder]/etc/default/a@b: does not exist
--tag: sets TAG
EXTRA: empty
",
        )
        .run();
}

#[test]
fn an_option_has_the_places_of_its_name_and_of_its_value() {
    host()
        .file("etc/default/a", "PORT=80:80\nIMAGE=x:y\nNAMED=$LINK$PORT\nOPTS=(-p\n $PORT $NAMED)\n")
        .env("LINK", "--label=")
        .env("EXTRA", "")
        .args(["--explain", "a"])
        .stdout(
            "docker run
  -p 80:80        [folder]/etc/default/a:4, [folder]/etc/default/a:1 (OPTS)
  --label=80:80   the environment, [folder]/etc/default/a:1 (OPTS)
  x:y             [folder]/etc/default/a:2 (IMAGE)

[folder]/etc/default/a: sets IMAGE, NAMED, OPTS, PORT
[folder]/var/www/a/TAG: does not exist
EXTRA: empty
",
        )
        .run();
}

/// `--check` warns of it.
#[test]
fn an_unset_variable_is_no_warning_of_a_run() {
    host()
        .file("etc/default/a", "IMAGE=x:y\nOPTS=\"--rm $NOPE\"\n")
        .args(["-n", "a"])
        .stdout("docker run --rm x:y\n")
        .run();
}

#[test]
fn a_pasted_line_has_the_variables_it_needs() {
    host()
        .file(
            "etc/default/a",
            "export A=secret B=2 DOCKER_HOST=tcp://x PATH=/p\nIMAGE=x:y\nOPTS='-e A -e C'\n",
        )
        .env("C", "3")
        .args(["-n", "a"])
        .stdout("A='***' DOCKER_HOST=tcp://x docker run -e A -e C x:y\n")
        .run();
}

#[test]
fn a_pasted_line_removes_the_variables_that_are_unset() {
    host()
        .file("etc/default/a", "unset X DOCKER_HOST OTHER\nexport Y=1\nIMAGE=x:y\nOPTS='-e X -e Y'\n")
        .env("X", "1")
        .env("DOCKER_HOST", "tcp://x")
        .env("OTHER", "1")
        .args(["-n", "a"])
        .stdout("env -u DOCKER_HOST -u X Y='***' docker run -e X -e Y x:y\n")
        .stderr(
            "docker-runner: warning: [folder]/etc/default/a:4: -e X removes the X of the image, \
             because X is not set here: export it, or remove -e X\n",
        )
        .run();
}

#[test]
fn a_secret_that_docker_itself_reads_is_masked() {
    host()
        .file(
            "etc/default/a",
            "export HTTPS_PROXY=http://user:proxypass@proxy:3128 http_proxy=user:proxypass@proxy \
             NO_PROXY=localhost DOCKER_AUTH_CONFIG='{\"auths\":{}}' DOCKER_HOST=ssh://me@there\nIMAGE=x:y\n",
        )
        .args(["-n", "a"])
        .stdout(
            "DOCKER_AUTH_CONFIG='***' DOCKER_HOST=ssh://me@there HTTPS_PROXY='***' NO_PROXY=localhost \
             http_proxy='***' docker run x:y\n",
        )
        .run();
}

#[test]
fn a_command_that_could_not_run_is_not_printed() {
    for option in ["-n", "--explain"] {
        host()
            .file("etc/default/a", "IMAGE=x:y\nOPTS='-e =x'\n")
            .args([option, "a"])
            .stderr(
                "docker-runner: [folder]/etc/default/a:2: OPTS has an -e without a variable name: write -e \
                 NAME=VALUE or -e NAME\n",
            )
            .code(125)
            .run();
    }
    host()
        .file("etc/default/a", format!("IMAGE=x:y\nOPTS='-e PATH={}'\n", "x".repeat(1 << 16)))
        .args(["-n", "a"])
        .stderr(
            "docker-runner: [folder]/etc/default/a:2: cannot pass PATH to the container: a value with a newline, with \
             a CR at its end or of 64 KiB goes through docker's own environment, where PATH would change docker itself: use \
             another variable name in the app\n",
        )
        .code(125)
        .run();
}

#[test]
fn masks_the_value_of_an_unknown_option() {
    host()
        .file(
            "etc/default/a",
            "IMAGE=x:y\nOPTS='--secretz SECRET_KEY=topsecret --pass=topsecret --tok=c2VjcmV0== -Etopsecret --cow topsecret'\n",
        )
        .args(["-n", "a"])
        .stdout("docker run --secretz 'SECRET_KEY=***' '--pass=***' '--tok=***' '-E***' --cow '***' x:y\n")
        .run();
    for mode in ["-n", "--explain", "--"] {
        host()
            .file("etc/default/a", "IMAGE=x:y\nOPTS='--evn SECRET_KEY=topsecret'\n")
            .args([mode, "a"])
            .stderr(
                "docker-runner: [folder]/etc/default/a:2: docker run has no option --evn: did you mean --env?\n",
            )
            .code(125)
            .run();
    }
}

#[test]
fn a_misspelt_env_never_reaches_docker() {
    for (opts, option, meant) in [
        ("--ENV SECRET_KEY=topsecret", "--ENV", "--env"),
        ("--ENV=SECRET_KEY=topsecret", "--ENV", "--env"),
        ("--e SECRET_KEY=topsecret", "--e", "--env"),
        ("--E SECRET_KEY=topsecret", "--E", "--env"),
        ("--en=SECRET_KEY=topsecret", "--en", "--env"),
        ("--Env SECRET_KEY=topsecret", "--Env", "--env"),
        ("--envs SECRET_KEY=topsecret", "--envs", "--env"),
        ("--environ SECRET_KEY=topsecret", "--environ", "--env"),
        ("--enviroment SECRET_KEY=topsecret", "--enviroment", "--env"),
        ("--set-env SECRET_KEY=topsecret", "--set-env", "--env"),
        ("--ENV-FILE topsecret", "--ENV-FILE", "--env-file"),
        ("-E SECRET_KEY=topsecret", "-E", "--env"),
        ("-ESECRET_KEY=topsecret", "-E", "--env"),
        ("-itE=SECRET_KEY=topsecret", "-E", "--env"),
        ("--eSECRET_KEY=topsecret", "--eSECRET_KEY", "--env"),
        ("--envSECRET_KEY=topsecret", "--envSECRET_KEY", "--env"),
        ("--eK=topsecret", "--eK", "--env"),
    ] {
        for mode in ["-n", "--explain", "--"] {
            host()
                .file("etc/default/a", format!("IMAGE=x:y\nOPTS='--rm {opts} --init'\n"))
                .args([mode, "a"])
                .stderr(&format!(
                    "docker-runner: [folder]/etc/default/a:2: docker run has no option {option}: did you mean \
                     {meant}?\n"
                ))
                .code(125)
                .run();
        }
    }
}

#[test]
fn secrets_are_shown_on_a_terminal_only() {
    for option in ["--dry-run", "--explain"] {
        antisocial()
            .args([option, "--show-secrets", "antisocial"])
            .stderr(
                "docker-runner: --show-secrets works on a terminal only: standard output is not a terminal\n",
            )
            .code(125)
            .run();
    }
}
