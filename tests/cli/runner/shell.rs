//! `--shell`: files that need a real shell.

use super::host;
use crate::run::{Test, until};
use std::process::{Command, Stdio};

const PATH: &str = "[folder]/bin:/usr/bin:/bin";

fn shell(shell: &str, file: &str) -> Test {
    host().env("PATH", PATH).file("etc/default/a", file).args(["-n", "--shell", shell, "a"])
}

/// What dash and bash both source.
const FILE: &str = "echo dropped\n\
    if true; then IMAGE=x; fi\n\
    OPTS=\"--rm --label app=$APP --label h=$(echo $HOSTNAME)\n-e A=secret\"\n";

#[test]
fn takes_variables_from_dash_and_bash() {
    for name in ["/bin/bash", "/bin/sh", "bash"] {
        shell(name, FILE)
            .env("HOSTNAME", "web1")
            .file("var/www/a/TAG", "TAG=y\n")
            .stdout("docker run --rm --label app=a --label h=web1 -e 'A=***' x:y\n")
            .run();
    }
}

#[test]
fn the_environment_can_name_the_shell() {
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
fn takes_only_variables_that_are_set_or_exported() {
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
fn errors_of_the_shell_reach_the_user_and_an_exit_is_an_error() {
    for name in ["/bin/sh", "/bin/bash"] {
        let error = |code: i32| {
            format!(
                "docker-runner: [folder]/etc/default/a failed in {name} with exit code {code}: the file must not exit, also \
                 not by set -e, and must have no syntax error\n"
            )
        };
        for (file, stderr, code) in [
            ("IMAGE=x:y\nset -e\nfalse\nIMAGE=z\n", "", 1),
            ("IMAGE=x:y\nset -e\nfalse\n", "", 1),
            ("IMAGE=x:y\nexit 0\n", "", 0),
            ("IMAGE=x:y\necho oops >&2\nexit 3\n", "oops\n", 3),
        ] {
            shell(name, file).stdout("").stderr(&format!("{stderr}{}", error(code))).code(125).run();
        }
        for file in ["IMAGE=x:y\nif\n", "IMAGE=x:y\nA=\"\n", "IMAGE=x:y\n)\n"] {
            let output = shell(name, file).output();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let is_syntax =
                ["yntax error", "unexpected EOF", "nterminated"].iter().any(|text| stderr.contains(text));
            assert!(is_syntax && stderr.contains(&format!("failed in {name}")), "{stderr}");
            assert_eq!(output.status.code(), Some(125));
        }
    }
}

/// A script that sources the file would continue too.
#[test]
fn reads_a_file_whose_last_command_fails() {
    for name in ["/bin/sh", "/bin/bash"] {
        for end in ["[ -f /nonexistent ] && A=2", "false", "return 3", "set -e; set +e; false", "(exit 2)"] {
            shell(name, &format!("IMAGE=x:y\nOPTS=--rm\n{end}\n")).stdout("docker run --rm x:y\n").run();
        }
        shell(name, "IMAGE=x:y\necho oops >&2\nfalse\n").stdout("docker run x:y\n").stderr("oops\n").run();
        host()
            .file("etc/default/a", "IMAGE=x:y; false\n")
            .file("etc/default/a@b", "OPTS=\"--name $APP-$INSTANCE\"; false\n")
            .args(["-n", "--shell", name, "a@b"])
            .stdout("docker run --name a-b x:y\n")
            .run();
    }
    // bash -n alone does not know that extglob is on.
    let extglob = "shopt -s extglob\nIMAGE=x:y\ncase b in !(a)) false ;; esac\n";
    shell("/bin/bash", extglob).stdout("docker run x:y\n").run();
}

#[test]
fn a_files_ifs_splits_opts_and_extra() {
    for name in ["/bin/sh", "/bin/bash"] {
        let file = |text: &str| shell(name, &format!("IMAGE=x:y\n{text}\n"));
        file("IFS=,; OPTS='--rm,--label,a b'").stdout("docker run --rm --label 'a b' x:y\n").run();
        file("OPTS='--rm,--label ,  a'; IFS=' ,'").stdout("docker run --rm --label a x:y\n").run();
        file("OPTS='--rm, --init'; IFS=").code(0).stdout("docker run '--rm, --init' x:y\n").run();
        file("OPTS='--rm  --init'; IFS=,; unset IFS").stdout("docker run --rm --init x:y\n").run();
        file("IFS=,").env("EXTRA", "--label,a b").stdout("docker run --label 'a b' x:y\n").run();
        // A shell starts with its own IFS, whatever the environment says.
        file("OPTS='--rm --init'").env("IFS", ",").stdout("docker run --rm --init x:y\n").run();
        file("IFS=1; OPTS=--rm1--init; false").stdout("docker run --rm --init x:y\n").run();
    }
    let array = "IMAGE=x:y; IFS=,; OPTS=(--label 'a,b')\n";
    shell("/bin/bash", array).stdout("docker run --label a,b x:y\n").run();
}

#[test]
fn an_exported_bash_env_reaches_docker() {
    for name in ["/bin/sh", "/bin/bash"] {
        let test = |file: &str| {
            let docker = "#!/bin/sh\necho \"${BASH_ENV-unset} ${BASH_VERSION-unset} ${BASH-unset}\"\n";
            let test =
                host().program("bin/docker", docker).file("etc/default/a", format!("IMAGE=x:y; {file}\n"));
            test.args(["--shell", name, "a"])
        };
        test("export BASH_ENV=/etc/x").stdout("/etc/x unset unset\n").run();
        test("BASH_ENV=/etc/x").stdout("unset unset unset\n").run();
        test("unset BASH_ENV").env("BASH_ENV", "/nonexistent").stdout("unset unset unset\n").run();
        test("").env("BASH_ENV", "/nonexistent").stdout("/nonexistent unset unset\n").run();
    }
}

#[test]
fn does_not_wait_for_a_process_that_a_file_starts() {
    let test = shell("/bin/sh", "IMAGE=x:y\nsleep 1000 2>/dev/null &\necho $! >left\n");
    let mut child = test.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut ended = None;
    until("it is done", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    let left = std::fs::read_to_string(test.path("left")).unwrap();
    // It still runs, without a parent.
    assert!(Command::new("kill").arg(left.trim()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "docker run x:y\n");
    assert!(ended.unwrap().success());
}

#[test]
fn refuses_what_is_not_a_shell() {
    shell("/nowhere/sh", "IMAGE=x:y\n")
        .stderr("docker-runner: --shell /nowhere/sh was not found: use a POSIX shell, such as /bin/bash\n")
        .code(125)
        .run();
    shell("/bin/true", "IMAGE=x:y\n")
        .stderr(
            "docker-runner: --shell /bin/true does not work as a POSIX shell: use a POSIX shell, \
             such as /bin/bash\n",
        )
        .code(125)
        .run();
}

#[test]
fn a_world_writable_file_is_not_sourced() {
    let test = host().file_with_mode("etc/default/a", "touch touched\n", 0o602);
    let folder = test
        .args(["--shell", "/bin/sh", "a"])
        .stderr(
            "docker-runner: [folder]/etc/default/a: cannot trust this file, which decides what runs as root: \
             everyone can write it: chmod go-w\n",
        )
        .code(125)
        .run();
    assert!(!folder.path().join("touched").exists());
}
