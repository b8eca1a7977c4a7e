//! Files that the caller cannot read are reported, not skipped.

use super::{antisocial, host};
use crate::run::{Test, binary};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The output for an unprivileged user: standard output, standard error, exit code.
fn run_unprivileged(test: Test, arguments: &[&str]) -> (String, String, Option<i32>) {
    let test = test.file_with_mode("etc/default/antisocial", "", 0);
    std::fs::set_permissions(test.folder(), PermissionsExt::from_mode(0o755)).unwrap();
    // Copied by another process: a child that another test starts meanwhile would hold the file
    // open for writing, and a file that is open for writing cannot be executed.
    let copied = Command::new("cp").arg(binary()).arg(test.path("bin/docker-runner")).status().unwrap();
    assert!(copied.success());
    let mut command = Command::new(test.path("bin/docker-runner"));
    command.args(arguments).env_clear().envs([("DOCKER_RUNNER_ROOT", test.folder())]);
    if nix::unistd::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(test.folder().to_str().unwrap(), "");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_overview_lists_unreadable_files() {
    let (_, stderr, _) = run_unprivileged(host().file("etc/default/blog", "IMAGE=b:v1\n"), &[]);
    assert!(
        stderr.contains("apps in /etc/default:\n  antisocial (cannot be read: run as root)\n  blog\n"),
        "{stderr}"
    );
}

#[test]
fn a_check_reports_unreadable_files_as_errors() {
    let (stdout, _, code) = run_unprivileged(antisocial(), &["--check"]);
    assert_eq!(
        stdout,
        "/etc/default/antisocial: error: cannot be read: Permission denied (os error 13): run as root\n\
         antisocial: 1 error, 0 warnings\n"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn unreadable_files_are_listed_and_completed() {
    let (stdout, _, _) = run_unprivileged(antisocial(), &["--list"]);
    assert!(stdout.contains("\nantisocial  ? (docker-runner --check antisocial)  -  "), "{stdout}");
    assert_eq!(run_unprivileged(antisocial(), &["--complete"]).0, "antisocial\n");
}
