//! `--explain`, and what `--dry-run` shows beside the plain line.

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
fn a_value_from_two_lines_tells_both() {
    host()
        .file("etc/default/a", "DB=postgres://db\nIMAGE=x\nOPTS=(-ite \"A=b $DB\")\n")
        .args(["--explain", "--tag", "v1", "a@b", "shell"])
        .stdout(
            "docker run
  -ite 'A=***'   [folder]/etc/default/a:3, [folder]/etc/default/a:1 (OPTS)
  x:v1           [folder]/etc/default/a:2 (IMAGE), --tag
  shell          argument

[folder]/etc/default/a: sets DB, IMAGE, OPTS
[folder]/etc/default/a@b: is not there
--tag: says TAG
EXTRA: nothing
",
        )
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
fn secrets_are_shown_on_a_terminal_alone() {
    for option in ["--dry-run", "--explain"] {
        antisocial()
            .args([option, "--show-secrets", "antisocial"])
            .stderr("docker-runner: --show-secrets shows them on a terminal only: standard output is none\n")
            .code(125)
            .run();
    }
}
