//! `--shell`: files that need a real shell.

use super::host;
use crate::run::{Test, until};
use std::process::{Command, Stdio};

const PATH: &str = "[folder]/bin:/usr/bin:/bin";

fn shell(shell: &str, file: &str) -> Test {
    host().env("PATH", PATH).file("etc/default/a", file).args(["-n", "--shell", shell, "a"])
}

/// What dash and bash both source.
const FILE: &str = "echo to nobody\n\
    if true; then IMAGE=x; fi\n\
    OPTS=\"--rm --label app=$APP --label h=$(echo $HOSTNAME)\n-e A=secret\"\n";

#[test]
fn dash_and_bash_hand_their_variables_over() {
    for name in ["/bin/bash", "/bin/sh", "bash"] {
        shell(name, FILE)
            .env("HOSTNAME", "web1")
            .file("var/www/a/TAG", "TAG=y\n")
            .stdout("docker run --rm --label app=a --label h=web1 -e 'A=***' x:y\n")
            .run();
    }
}

#[test]
fn the_environment_may_name_the_shell() {
    host()
        .env("DOCKER_RUNNER_SHELL", "/bin/bash")
        .file("etc/default/a", "[[ a == a ]] && IMAGE=x:y\n")
        .args(["-n", "a"])
        .stdout("docker run x:y\n")
        .run();
}

#[test]
fn an_array_of_bash_keeps_its_elements_whole() {
    shell("/bin/bash", "IMAGE=x:y\nOPTS=(--rm --label \"a  b\" --label '' )\nEXTRA=()\n")
        .env("EXTRA", "--init")
        .stdout("docker run --rm --label 'a  b' --label '' x:y\n")
        .run();
}

#[test]
fn an_instance_is_sourced_after_its_app() {
    host()
        .file("etc/default/a", "IMAGE=x:y; f() { OPTS=\"--name $1\"; }; cd /\n")
        .file("etc/default/a@b", "f $APP-$INSTANCE\n")
        .args(["-n", "--shell", "/bin/bash", "a@b"])
        .stdout("docker run --name a-b x:y\n")
        .run();
}

#[test]
fn exactly_what_is_set_or_exported_comes_over() {
    let docker = "#!/bin/sh\necho \"${SET-unset} ${EXPORTED-unset} ${GONE-unset} ${KEPT-unset} ${SHLVL-unset}\"\n\
                  echo \"$LINES2\"\n";
    for shell in ["/bin/bash", "/bin/sh"] {
        host()
            .file(
                "etc/default/a",
                "IMAGE=x:y SET=1; export EXPORTED=2 LINES2='a\nIMAGE=z\nexport SET=1'; unset GONE\n",
            )
            .program("bin/docker", docker)
            .env("GONE", "1")
            .env("KEPT", "3")
            .args(["--shell", shell, "a"])
            .stdout("unset 2 unset 3 unset\na\nIMAGE=z\nexport SET=1\n")
            .run();
    }
}

#[test]
fn its_errors_reach_the_user_and_a_failure_stops_us() {
    let told = |code: i32| {
        format!(
            "docker-runner: [folder]/etc/default/a failed in /bin/sh with {code}: its last command has to \
             succeed, and it must not exit\n"
        )
    };
    for (file, stderr, code) in [
        ("IMAGE=x:y\nfalse\n", "", 1),
        ("IMAGE=x:y\nset -e\nfalse\nIMAGE=z\n", "", 1),
        ("IMAGE=x:y\nexit 0\n", "", 0),
        ("IMAGE=x:y\necho oops >&2\nreturn 3\n", "oops\n", 3),
    ] {
        shell("/bin/sh", file).stdout("").stderr(&format!("{stderr}{}", told(code))).code(125).run();
    }
    let output = shell("/bin/bash", "IMAGE=x:y\nif\n").output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("syntax error") && stderr.contains("failed in /bin/bash"), "{stderr}");
    assert_eq!(output.status.code(), Some(125));
}

#[test]
fn it_cannot_hang_on_what_a_file_leaves_running() {
    let test = shell("/bin/sh", "IMAGE=x:y\nsleep 1000 2>/dev/null &\necho $! >left\n");
    let mut child = test.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut ended = None;
    until("it is done", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    let left = std::fs::read_to_string(test.path("left")).unwrap();
    // It is still there, and nobody's any more.
    assert!(Command::new("kill").arg(left.trim()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "docker run x:y\n");
    assert!(ended.unwrap().success());
}

#[test]
fn a_shell_that_is_none() {
    shell("/nowhere/sh", "IMAGE=x:y\n")
        .stderr("docker-runner: --shell /nowhere/sh is not there: give a POSIX shell, such as /bin/bash\n")
        .code(125)
        .run();
    shell("/bin/true", "IMAGE=x:y\n")
        .stderr(
            "docker-runner: --shell /bin/true is no shell that docker-runner understands: give a POSIX shell, \
             such as /bin/bash\n",
        )
        .code(125)
        .run();
}

#[test]
fn what_everyone_may_write_is_not_even_sourced() {
    let test = host().file_with_mode("etc/default/a", "touch touched\n", 0o602);
    let folder = test
        .args(["--shell", "/bin/sh", "a"])
        .stderr(
            "docker-runner: [folder]/etc/default/a: cannot trust this file, which decides what runs as root: \
             everyone may write it: chmod go-w\n",
        )
        .code(125)
        .run();
    assert!(!folder.path().join("touched").exists());
}
