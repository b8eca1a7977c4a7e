//! `--unit`: the text of service units, compared with reviewed files.

use super::host;
use crate::run::Test;

fn compare_with_file(test: Test, file: &str) {
    let golden = format!("{}/tests/cli/runner/units/{file}", env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read_to_string(&golden).unwrap();
    test.stdout(expected).run();
}

fn antisocial(manager: &str) -> Test {
    host()
        .file("bin/docker", "")
        .file(
            "etc/default/antisocial",
            "IMAGE=thraxil/antisocial\nOPTS='--link postfix:postfix -e ENTRYPOINT_DRAIN=5s'\n",
        )
        .args(["--unit", manager])
}

#[test]
fn prints_systemd_units() {
    let web = antisocial("systemd").args(["--after", "postgresql.service", "--after", "rabbitmq-server"]);
    let web = web.args(["--extra", "-e SERVICE_NAME=antisocial -e RATE=5% -p 8000:8000", "antisocial"]);
    compare_with_file(web, "antisocial.service");
    compare_with_file(antisocial("systemd").args(["antisocial", "worker"]), "antisocial-worker.service");
    let staging = antisocial("systemd").file("var/www/antisocial@staging/TAG", "TAG=next\n");
    compare_with_file(staging.args(["antisocial@staging", "beat"]), "antisocial-staging-beat.service");
}

#[test]
fn the_stop_timeout_of_opts_is_the_one_of_the_unit() {
    let unit = antisocial("systemd").file("etc/default/antisocial", "IMAGE=x\nOPTS='--stop-timeout 123'\n");
    let text = String::from_utf8(unit.args(["antisocial"]).output().stdout).unwrap();
    assert!(text.contains("docker stop -t 123 "), "{text}");
}

#[test]
fn prints_upstart_jobs() {
    let web = antisocial("upstart").args(["--after", "postgresql"]);
    let web = web.args(["--extra", "-e 'X=it' -p 8000:8000", "antisocial"]);
    compare_with_file(web, "antisocial.conf");
    compare_with_file(antisocial("upstart").args(["antisocial", "beat"]), "antisocial-beat.conf");
}

#[test]
fn a_very_long_stop_timeout_is_accepted() {
    let output = host()
        .file("etc/default/a", "IMAGE=x\nOPTS='--stop-timeout 4294967295 -e ENTRYPOINT_DRAIN=5s'\n")
        .args(["--unit", "systemd", "a"])
        .output();
    let unit = String::from_utf8_lossy(&output.stdout);
    assert!(unit.contains("docker stop -t 4294967295 a\n"), "{output:?}");
    assert!(unit.contains("TimeoutStopSec=4294967295\n"), "{output:?}");
}

#[test]
fn refuses_options_that_do_not_work_in_a_unit() {
    for (file, error) in [
        (
            "IMAGE=x\nOPTS='--rm -d'\n",
            ":2: --detach cannot be used in a service unit: the service manager does the same: remove it",
        ),
        (
            "IMAGE=x\nOPTS=--restart=always\n",
            ":2: --restart cannot be used in a service unit: the service manager does the same: remove it",
        ),
        (
            "IMAGE=x\nEXTRA=--init\n",
            ":2: EXTRA is changed here, so the EXTRA of the unit with its --name is lost: move it to OPTS",
        ),
        (
            "IMAGE=x\n\nEXTRA=(--init)\n",
            ":3: EXTRA is changed here, so the EXTRA of the unit with its --name is lost: move it to OPTS",
        ),
        ("IMAGE=x\nOPTS='--evn A=b'\n", ":2: docker run has no option --evn: did you mean --env?"),
        (
            "IMAGE=x\nOPTS='-e =x'\n",
            ":2: OPTS has an -e without a variable name: write -e NAME=VALUE or -e NAME",
        ),
        (
            "IMAGE=x\nunset EXTRA\n",
            ": EXTRA is changed here, so the EXTRA of the unit with its --name is lost: move it to OPTS",
        ),
    ] {
        host()
            .file("etc/default/a", file)
            .args(["--unit", "systemd", "a"])
            .stderr(&format!("docker-runner: [folder]/etc/default/a{error}\n"))
            .code(125)
            .run();
    }
}

#[test]
fn accepts_files_that_keep_the_extra_of_the_unit() {
    for file in [
        "IMAGE=x\n: ${EXTRA:=--init}\n",
        "IMAGE=x\nEXTRA=\"--init $EXTRA\"\n",
        "IMAGE=x\nOPTS='--name y -d=false'\n",
    ] {
        for shell in ["", "/bin/sh"] {
            let test = host().env("PATH", "[folder]/bin:/usr/bin:/bin").file("etc/default/a", file);
            let output = test.args(["--unit", "systemd", "--shell", shell, "a"]).output();
            let unit = String::from_utf8_lossy(&output.stdout);
            assert!(unit.contains("\nEnvironment=\"EXTRA=--name a --rm\"\n"), "{file}{output:?}");
        }
    }
}

#[test]
fn refuses_another_name() {
    antisocial("systemd")
        .args(["--extra", "--name mine", "antisocial"])
        .stderr(
            "docker-runner: --extra must not set --name: the container of the unit is called antisocial\n",
        )
        .code(125)
        .run();
}

#[test]
fn refuses_a_process_that_ends_by_itself() {
    for entry in docker_runner::entrypoint::PROCESSES {
        let name = entry.name;
        let test = antisocial("systemd").args(["antisocial", name]);
        if ["run", "worker", "beat", "dev"].contains(&name) {
            assert_eq!(test.output().status.code(), Some(0), "{name}");
            continue;
        }
        test.stderr(&format!(
            "docker-runner: {name} ends by itself, and a unit would start it again: use run, worker or \
             beat\n"
        ))
        .code(125)
        .run();
    }
}

#[test]
fn a_tag_file_may_be_invalid_and_another_file_may_not() {
    let invalid = || antisocial("systemd").args(["antisocial"]).file("var/www/antisocial/TAG", "\n");
    assert_eq!(invalid().output().status.code(), Some(0));
    invalid()
        .file("etc/default/antisocial", "IMAGE=x\nOPTS=(--init\n")
        .stderr(
            "docker-runner: [folder]/etc/default/antisocial:2:6: the array that opens here is never closed\n    \
             OPTS=(......\n         ^\n  help: close it, or quote the character if it is part of a value: \
             '\"' \"'\" \\$\n",
        )
        .code(125)
        .run();
}

#[test]
fn refuses_invalid_apps_units_and_processes() {
    for (app, error) in [
        (
            "antisocia",
            "cannot run antisocia: [folder]/etc/default/antisocia does not exist: did you mean antisocial?",
        ),
        (
            "antisocial@x",
            "antisocial@x has the settings and the tag of the app: neither [folder]/etc/default/antisocial@x nor \
             [folder]/var/www/antisocial@x/TAG exists: did you mean antisocial?",
        ),
    ] {
        antisocial("systemd").args([app]).stderr(&format!("docker-runner: {error}\n")).code(125).run();
    }
    antisocial("systemd")
        .args(["--after", "", "antisocial"])
        .stderr("docker-runner: --after '' is not a valid unit name: use one such as postgresql.service\n")
        .code(125)
        .run();

    antisocial("systemd")
        .args(["--after", "a b", "antisocial"])
        .stderr("docker-runner: --after a b is not a valid unit name: use one such as postgresql.service\n")
        .code(125)
        .run();
    antisocial("systemd")
        .args(["antisocial", "a b"])
        .stderr("docker-runner: a b is not a valid process name: use run, worker, beat or another process\n")
        .code(125)
        .run();
    antisocial("systemd").stderr("docker-runner: cannot run: no APP given\n").code(125).run();
    host()
        .args(["--unit", "systemd", "gone"])
        .stderr("docker-runner: cannot run gone: [folder]/etc/default/gone does not exist: create a settings file with IMAGE=…\n")
        .code(125)
        .run();
}
