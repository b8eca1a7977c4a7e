//! Bad input: one clear line, and nothing starts.

use super::{image, project};
use crate::run::Test;
use std::os::unix::ffi::OsStrExt;

#[track_caller]
fn fails(test: Test, process: &str, text: &str) {
    let text = format!("docker-entrypoint: {text}\n");
    test.args([process]).stderr(&text).code(125).run();
}

#[test]
fn a_missing_app_is_an_error() {
    let bare = || image("docker-entrypoint").file("app/manage.py", "");
    let text = "cannot find the package of the project: no folder in [folder]/app contains wsgi.py: set APP";
    fails(bare(), "run", text);
    fails(bare(), "worker", text);
    fails(bare().env("SETTINGS", "production"), "migrate", text);
    fails(
        project().file("app/shop/wsgi.py", ""),
        "run",
        "cannot choose the package of the project: bookmarks and shop contain wsgi.py in [folder]/app: set APP to one of them",
    );
}

#[test]
fn an_invalid_package_name_is_an_error() {
    let text = "APP=../x is not the name of a Python module: give one like bookmarks";
    fails(project().env("APP", "../x"), "run", text);
    let text = "SETTINGS=a/b is not the name of a Python module: give one like settings_docker or settings.production";
    fails(project().env("SETTINGS", "a/b"), "manage", text);
}

#[test]
fn an_invalid_port_stops_run() {
    for (port, shown) in
        [("abc", "abc"), ("0", "0"), ("70000", "70000"), ("+80", "+80"), ("80 ", "\"80 \""), (" ", "\" \"")]
    {
        let text = format!("PORT={shown} is not a port number: give a number from 1 to 65535");
        fails(project().env("PORT", port), "run", &text);
    }
}

#[test]
fn a_missing_manage_py_or_folder_is_an_error() {
    let text = "cannot find manage.py in [folder]/app: put the project there, or name its folder in ENTRYPOINT_APP_DIR";
    fails(image("docker-entrypoint").file("app/x", ""), "migrate", text);
    let text = "cannot find the app folder [folder]/app: put the project there, or name its folder in ENTRYPOINT_APP_DIR";
    fails(image("docker-entrypoint"), "run", text);
}

#[test]
fn a_broken_virtualenv() {
    let with = |test: Test| test.env("ENTRYPOINT_APP_DIR", "app").file("app/manage.py", "");
    let new = || with(Test::new("docker-entrypoint"));
    fails(
        new().env("VIRTUAL_ENV", "/no/such/ve"),
        "migrate",
        "cannot use the virtualenv /no/such/ve: the folder does not exist: correct or unset VIRTUAL_ENV",
    );
    fails(
        new().file("app/.venv/pyvenv.cfg", ""),
        "migrate",
        "cannot use the virtualenv [folder]/app/.venv: it has no bin/python: create it again with python3 -m venv",
    );
    fails(
        new().link("app/.venv/bin/python", "python3").link("app/.venv/bin/python3", "/no/such/python3.12"),
        "migrate",
        "cannot use the virtualenv [folder]/app/.venv: its bin/python is a link to /no/such/python3.12, which does \
         not exist or is not accessible: create the virtualenv again in this image, or exclude it with .dockerignore",
    );
    fails(
        new().file("app/.venv/bin/python", ""),
        "migrate",
        "cannot use the virtualenv [folder]/app/.venv: its bin/python is not executable: create it again with python3 -m venv",
    );
}

#[test]
fn a_variable_that_is_not_utf8_is_an_error() {
    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    for (name, process) in
        [("ENTRYPOINT_INSTALL", "dev"), ("ENTRYPOINT_SERVER", "run"), ("ENTRYPOINT_WAIT", "migrate")]
    {
        let text = format!("cannot read {name}: its value is not UTF-8");
        fails(project().env(name, bytes), process, &text);
    }
}
