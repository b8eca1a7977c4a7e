//! `--unit`: the text of service units, compared with reviewed files.

use super::host;
use crate::run::Test;

fn compared(test: Test, file: &str) {
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
fn systemd() {
    let web = antisocial("systemd").args(["--after", "postgresql.service", "--after", "rabbitmq-server"]);
    let web = web.args(["--extra", "-e SERVICE_NAME=antisocial -e RATE=5% -p 8000:8000", "antisocial"]);
    compared(web, "antisocial.service");
    compared(antisocial("systemd").args(["antisocial", "worker"]), "antisocial-worker.service");
    compared(antisocial("systemd").args(["antisocial@staging", "beat"]), "antisocial-staging-beat.service");
}

#[test]
fn upstart() {
    let web = antisocial("upstart").args(["--after", "postgresql"]);
    let web = web.args(["--extra", "-e 'X=it' -p 8000:8000", "antisocial"]);
    compared(web, "antisocial.conf");
    compared(antisocial("upstart").args(["antisocial", "beat"]), "antisocial-beat.conf");
}

#[test]
fn what_does_not_go_with_a_unit() {
    for (file, told) in [
        (
            "IMAGE=x\nOPTS='--rm -d'\n",
            "2: --detach does not go with a service unit, which does the same: take it out",
        ),
        (
            "IMAGE=x\nOPTS=--restart=always\n",
            "2: --restart does not go with a service unit, which does the same: take it out",
        ),
        (
            "IMAGE=x\nEXTRA=--init\n",
            "2: EXTRA is set here, and would hide the unit's own with its --name: move it into OPTS",
        ),
    ] {
        host()
            .file("etc/default/a", file)
            .args(["--unit", "systemd", "a"])
            .stderr(&format!("docker-runner: [folder]/etc/default/a:{told}\n"))
            .code(125)
            .run();
    }
}

#[test]
fn what_is_no_unit() {
    antisocial("systemd")
        .args(["--after", "a b", "antisocial"])
        .stderr("docker-runner: --after a b is no name of a unit: one such as postgresql.service\n")
        .code(125)
        .run();
    antisocial("systemd")
        .args(["antisocial", "a b"])
        .stderr("docker-runner: a b is no name of a process: run, worker, beat or another\n")
        .code(125)
        .run();
    antisocial("systemd").stderr("docker-runner: cannot run: no APP was given\n").code(125).run();
    host()
        .args(["--unit", "systemd", "gone"])
        .stderr("docker-runner: cannot run gone: no IMAGE, [folder]/etc/default/gone is not there\n")
        .code(125)
        .run();
}
