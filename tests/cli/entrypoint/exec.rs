//! Arguments, environment and exit code of the process.

use super::{image, project};
use crate::run::{Test, binary};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn arguments_are_passed_whole() {
    let expected = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<say>\n<a b>\n<'\"$HOME\\>\n<>\n<--dry-run>\n<-->\n<*>\n<two\nlines>\n";
    let arguments = ["manage", "say", "a b", "'\"$HOME\\", "", "--dry-run", "--", "*", "two\nlines"];
    project().args(arguments).stdout(expected).run();
}

#[test]
fn non_utf8_bytes_are_passed() {
    let bytes = OsStr::from_bytes(b"\xff\xfe");
    let out = project().args([OsStr::new("manage"), bytes]).output();
    assert!(out.stdout.ends_with(b"<manage.py>\n<\xff\xfe>\n"));
    let out = project().env("BYTES", bytes).args(["sh", "-c", "printf %s \"$BYTES\""]).output();
    assert_eq!(out.stdout, b"\xff\xfe");
}

#[test]
fn run_sh_is_the_same_program() {
    let expected = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n";
    image("/run.sh").file("app/manage.py", "").args(["migrate"]).stdout(expected).run();
}

#[test]
fn the_exit_code_is_that_of_the_process() {
    project().args(["sh", "-c", "exit 3"]).code(3).run();
}

#[test]
fn a_file_that_is_not_a_program_gives_126() {
    let text = "docker-entrypoint: cannot execute [folder]/app/notes: it is not an executable file\n";
    project().file("app/notes", "").args(["./notes"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: it is neither a program for this machine nor a \
                script with a #! line\n";
    project().program("app/run", "\x7fELF of another machine\n").args(["./run"]).stderr(text).code(126).run();
    project().program("app/run", "data\0\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: the interpreter /no/such/sh does not exist: add it \
                to the image, or correct the script's first line\n";
    project().program("app/run", "#! /no/such/sh -e\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: the interpreter /bin/sh\\r does not exist: the script \
                has Windows line endings (CRLF), convert it to LF\n";
    project().program("app/run", "#!/bin/sh\r\nexit 3\r\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/ve/bin/gunicorn: the interpreter /old/ve/bin/python3.13 does \
                not exist: create the virtualenv again in this image, or exclude it with .dockerignore\n";
    let moved = project().program("ve/bin/gunicorn", "#!/old/ve/bin/python3.13\n");
    moved.args(["run"]).stderr(text).code(126).run();
}

#[test]
fn a_script_without_a_first_line_runs_with_sh() {
    let script = "printf '<%s>\\n' \"$0\" \"$@\"; exit 3\n";
    let expected = "<[folder]/app/run>\n<a b>\n<>\n";
    for mode in ["never", "always"] {
        let test = project().program("app/run", script).env("ENTRYPOINT_INIT", mode);
        test.args(["./run", "a b", ""]).stdout(expected).code(3).run();
        project().program("app/run", "").env("ENTRYPOINT_INIT", mode).args(["./run"]).run();
    }
}

#[test]
fn a_binary_with_the_setuid_or_setgid_bit_refuses_to_run() {
    for (mode, bits) in [(0o4755, "u-s"), (0o2755, "g-s"), (0o6755, "ug-s")] {
        let test = Test::new("docker-entrypoint");
        let copy = test.path("docker-runner");
        std::fs::copy(binary(), &copy).unwrap();
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(mode)).unwrap();
        for name in ["docker-entrypoint", "docker-runner", "docker-deploy"] {
            let output = Command::new(&copy).args([name, "--version"]).output().unwrap();
            let copy = copy.display();
            let text = format!(
                "docker-runner: cannot run with the setuid or setgid bit of {copy} set, which would let any user \
                 act as the file's owner: remove it with chmod {bits} {copy}\n"
            );
            assert_eq!(String::from_utf8_lossy(&output.stderr), text);
            assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(125), &b""[..]));
        }
    }
}

#[test]
fn a_program_that_a_process_needs_is_127() {
    let text = "docker-entrypoint: cannot find gunicorn: add it to the requirements of the image, or put its folder \
                on PATH\n";
    let bare = Test::new("docker-entrypoint").env("ENTRYPOINT_APP_DIR", "app").env("VIRTUAL_ENV", "../ve");
    let bare = bare.env("PATH", "[folder]/empty").program("ve/bin/python", "").file("app/site/wsgi.py", "");
    bare.args(["run"]).stderr(text).code(127).run();
}

#[test]
fn a_shell_starts_in_a_broken_project() {
    let text = "docker-entrypoint: cannot use the virtualenv [folder]/app/../none: the folder does not exist: correct \
                or unset VIRTUAL_ENV\n";
    let test = Test::new("docker-entrypoint").env("VIRTUAL_ENV", "../none").env("ENTRYPOINT_APP_DIR", "app");
    let test = test.env("PATH", "/usr/bin:/bin").file("app/x", "").env("SETTINGS", "production");
    test.args(["sh", "-c", "pwd"]).stdout("[folder]/app\n").stderr(text).run();
    let test =
        Test::new("docker-entrypoint").env("PATH", "/bin").env("ENTRYPOINT_APP_DIR", "/no/such/folder");
    test.args(["sh", "-c", "pwd"]).stdout("[folder]\n").run();
}
