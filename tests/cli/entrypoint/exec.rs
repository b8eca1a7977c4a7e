//! What the process gets, and what comes of it.

use super::{image, project};
use crate::run::Test;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn arguments_arrive_whole() {
    let expected = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<say>\n<a b>\n<'\"$HOME\\>\n<>\n<--dry-run>\n<-->\n<*>\n<two\nlines>\n";
    let arguments = ["manage", "say", "a b", "'\"$HOME\\", "", "--dry-run", "--", "*", "two\nlines"];
    project().args(arguments).stdout(expected).run();
}

#[test]
fn bytes_that_are_no_text_arrive() {
    let bytes = OsStr::from_bytes(b"\xff\xfe");
    let out = project().args([OsStr::new("manage"), bytes]).output();
    assert!(out.stdout.ends_with(b"<manage.py>\n<\xff\xfe>\n"));
    let out = project().env("BYTES", bytes).args(["sh", "-c", "printf %s \"$BYTES\""]).output();
    assert_eq!(out.stdout, b"\xff\xfe");
}

#[test]
fn the_old_name_is_the_same() {
    let expected = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n";
    image("/run.sh").file("app/manage.py", "").args(["migrate"]).stdout(expected).run();
}

#[test]
fn the_exit_code_is_the_process_s_own() {
    project().args(["sh", "-c", "exit 3"]).code(3).run();
}

#[test]
fn what_is_no_program_is_126() {
    let text = "docker-entrypoint: cannot execute [folder]/app/notes: it is not an executable file\n";
    project().file("app/notes", "").args(["./notes"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: it is neither a program for this machine nor a \
                script whose first line begins with #!\n";
    project().program("app/run", "echo hello\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: the interpreter /no/such/sh is not there: add it \
                to the image, or correct the script's first line\n";
    project().program("app/run", "#! /no/such/sh -e\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/app/run: the interpreter /bin/sh\\r is not there: the script's \
                lines end as on Windows, make them end in LF alone\n";
    project().program("app/run", "#!/bin/sh\r\nexit 3\r\n").args(["./run"]).stderr(text).code(126).run();
    let text = "docker-entrypoint: cannot execute [folder]/ve/bin/gunicorn: the interpreter /old/ve/bin/python3.13 is \
                not there: make the virtualenv again in this image, or keep it out with .dockerignore\n";
    let moved = project().program("ve/bin/gunicorn", "#!/old/ve/bin/python3.13\n");
    moved.args(["run"]).stderr(text).code(126).run();
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
fn a_broken_project_does_not_keep_a_shell_out() {
    let text = "docker-entrypoint: cannot use the virtualenv [folder]/app/../none: the folder does not exist: correct \
                or unset VIRTUAL_ENV\n";
    let test = Test::new("docker-entrypoint").env("VIRTUAL_ENV", "../none").env("ENTRYPOINT_APP_DIR", "app");
    let test = test.env("PATH", "/usr/bin:/bin").file("app/x", "").env("SETTINGS", "production");
    test.args(["sh", "-c", "pwd"]).stdout("[folder]/app\n").stderr(text).run();
    let test =
        Test::new("docker-entrypoint").env("PATH", "/bin").env("ENTRYPOINT_APP_DIR", "/no/such/folder");
    test.args(["sh", "-c", "pwd"]).stdout("[folder]\n").run();
}
