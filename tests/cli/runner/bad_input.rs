//! Bad input: each gives one clear line, and nothing starts.

use super::{antisocial, bare, host};
use crate::run::Test;
use std::os::unix::fs::PermissionsExt;

pub(super) fn refused(test: Test, stderr: &str) {
    test.stderr(stderr).code(125).run();
}

#[test]
fn refuses_a_call_without_app() {
    refused(
        antisocial(),
        "docker-runner runs an app of this host in Docker: docker-runner APP [ARG…]\n\
         See docker-runner --help for the options\n\n\
         apps in [folder]/etc/default:\n  antisocial\n\
         docker-runner: cannot run: no APP given\n",
    );
    refused(
        host(),
        "docker-runner runs an app of this host in Docker: docker-runner APP [ARG…]\n\
         See docker-runner --help for the options\n\n\
         no apps: no file in [folder]/etc/default sets IMAGE\n\
         docker-runner: cannot run: no APP given\n",
    );
}

#[test]
fn refuses_an_invalid_app_name() {
    let error = |shown: &str| {
        format!(
            "docker-runner: {shown} is not a valid app name: use letters, digits, '_', '.' and '-', \
             the first a letter or digit (APP or APP@INSTANCE)\n"
        )
    };
    for (app, shown) in [("../x", "../x"), ("", "''"), ("a@", "a@"), ("a\nb", "a\\nb")] {
        refused(bare().args([app]), &error(shown));
    }
}

#[test]
fn refuses_unknown_options_and_values() {
    refused(
        bare().args(["--dry-rum", "antisocial"]),
        "docker-runner: unexpected argument '--dry-rum' found: a similar argument exists: '--dry-run' \
         (see docker-runner --help)\n",
    );
    refused(
        bare().args(["--check", "--format", "xml"]),
        "docker-runner: invalid value 'xml' for '--format <FORMAT>': possible values: text, json \
         (see docker-runner --help)\n",
    );
    refused(
        bare().args(["--tag", "", "antisocial"]),
        "docker-runner: --tag '' is not a valid Docker tag: letters, digits, '_', '.' and '-', at most 128\n",
    );
    for mode in ["--list", "--unit=systemd"] {
        refused(
            bare().args([mode, "--tag", "v2"]),
            &format!(
                "docker-runner: the argument '{}' cannot be used with '--tag <TAG>' \
                 (see docker-runner --help)\n",
                if mode == "--list" { mode } else { "--unit <MANAGER>" }
            ),
        );
    }
    refused(
        bare().args(["--bogus", "antisocial"]),
        "docker-runner: unexpected argument '--bogus' found (see docker-runner --help)\n",
    );
}

#[test]
fn suggests_the_nearest_app() {
    refused(
        antisocial().args(["antisocail", "migrate"]),
        "docker-runner: cannot run antisocail: [folder]/etc/default/antisocail does not exist: \
         did you mean antisocial?\n",
    );
    refused(
        antisocial().args(["blog@x"]),
        "docker-runner: cannot run blog@x: neither [folder]/etc/default/blog nor \
         [folder]/etc/default/blog@x exists: create a settings file with IMAGE=…\n",
    );
}

#[test]
fn refuses_a_world_writable_file() {
    refused(
        bare().file_with_mode("etc/default/a", "IMAGE=x\n", 0o666).args(["a"]),
        "docker-runner: [folder]/etc/default/a: cannot trust this file, which decides what runs as root: \
         everyone can write it: chmod go-w\n",
    );
}

#[test]
fn refuses_what_is_not_a_regular_file() {
    let help = "replace it with a regular file of the usual size";
    let folder = bare();
    std::fs::create_dir_all(folder.path("etc/default/a")).unwrap();
    let error = |file: &str, what: &str| format!("docker-runner: [folder]/{file} {what}: {help}\n");
    refused(folder.args(["a"]), &error("etc/default/a", "is not a regular file"));
    refused(
        bare().link("etc/default/a", "/nowhere/at/all").args(["a"]),
        "docker-runner: [folder]/etc/default/a is a link to a file that does not exist: correct the link, or remove it\n",
    );
    let fifo = bare().file("var/www/a/x", "");
    nix::unistd::mkfifo(&fifo.path("var/www/a/TAG"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(fifo.args(["a"]), &error("var/www/a/TAG", "is not a regular file"));
    let large = bare().file("etc/default/a", "");
    std::fs::File::create(large.path("etc/default/a")).unwrap().set_len(1 << 30).unwrap();
    refused(large.args(["a"]), &error("etc/default/a", "is larger than 16777216 bytes"));
}

#[test]
fn refuses_an_option_without_its_value() {
    refused(
        bare().env("OPTS", "--rm --name").args(["a"]),
        "docker-runner: the environment: --name at the end of OPTS has no value, and docker would take the \
         image as its value: add its value, or remove it\n",
    );
}

#[test]
fn reports_a_missing_docker() {
    bare()
        .env("PATH", "[folder]/nothing")
        .args(["a"])
        .stderr("docker-runner: cannot find docker on PATH: install docker, or correct PATH\n")
        .code(127)
        .run();
    let test = bare();
    std::fs::set_permissions(test.path("bin/docker"), PermissionsExt::from_mode(0o644)).unwrap();
    test.args(["a"])
        .stderr("docker-runner: cannot execute [folder]/bin/docker: it is not executable\n")
        .code(126)
        .run();
}
