//! `healthcheck` in a PID namespace: which process it checks.

use crate::pid1::as_pid_1;
use crate::process::entrypoint;
use std::process::Command;

const NOTHING_TO_CHECK: &str =
    "healthy: no web server, worker or beat runs in this container, so there is nothing to check\n";

/// Runs a bash script as PID 1, in which `$check` is the health check. Returns standard
/// output, standard error and the exit code.
fn run_script(script: &str) -> (String, String, Option<i32>) {
    run_check(as_pid_1(&["bash", "-c", script]))
}

fn run_check(mut command: Command) -> (String, String, Option<i32>) {
    let check = format!("{} healthcheck", entrypoint().display());
    let output = command.env("check", check).env("ENTRYPOINT_INIT", "never").output().unwrap();
    let utf8 = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (utf8(output.stdout), utf8(output.stderr), output.status.code())
}

#[test]
fn the_check_does_not_check_itself() {
    assert_eq!(run_script("$check"), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
    let two_checks = "$check & first=$!; $check && wait $first";
    assert_eq!(run_script(two_checks), (NOTHING_TO_CHECK.repeat(2), String::new(), Some(0)));
}

#[test]
fn an_entrypoint_that_stays_as_init_is_not_reported_as_starting() {
    let script =
        format!("ENTRYPOINT_INIT=always {} bash -c '$check; exit $?'; exit $?", entrypoint().display());
    assert_eq!(run_script(&script), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
}

#[test]
fn celery_is_asked_on_request() {
    let folder = tempfile::tempdir().unwrap();
    crate::executable::write(&folder.path().join("celery"), "#!/bin/sh\n");
    let script = |mode: &str| {
        format!(
            "(exec -a '[celeryd: celery@a:MainProcess] worker' sleep 100) & worker=$!; \
             until grep -qa '^.celeryd' /proc/$worker/cmdline; do :; done; \
             export ENTRYPOINT_HEALTH={mode} APP=shop ENTRYPOINT_APP_DIR=/ PATH={}:$PATH; \
             {} --dry-run healthcheck",
            folder.path().display(),
            entrypoint().display()
        )
    };
    let (stdout, stderr, code) = run_script(&script("auto"));
    assert!(stdout.starts_with("would check that the worker, process "), "{stdout}{stderr}");
    assert_eq!((stdout.lines().count(), code), (1, Some(0)), "{stdout}{stderr}");
    let (stdout, stderr, code) = run_script(&script("ping"));
    assert!(stdout.contains("celery -A shop inspect ping -d celery@"), "{stdout}{stderr}");
    assert_eq!((stdout.lines().count(), code), (2, Some(0)), "{stdout}{stderr}");
}

#[test]
fn processes_of_another_mount_namespace_are_not_checked() {
    let stuck = "(exec -a gunicorn sleep 100) & server=$!; \
                 until grep -qa ^gunicorn /proc/$server/cmdline; do :; done; kill -STOP $server; \
                 until grep -q ^State:.T /proc/$server/status; do :; done; $check";
    let assert_unhealthy = |(stdout, stderr, code): (String, String, Option<i32>)| {
        assert_eq!((stdout.as_str(), code), ("", Some(1)), "{stderr}");
        assert!(
            stderr.contains("unhealthy: process ") && stderr.ends_with("is stopped by a signal\n"),
            "{stderr}"
        );
    };
    assert_unhealthy(run_script(stuck));
    // The script runs in another mount namespace than PID 1, as another container would.
    let other_mounts = format!("unshare --mount bash -c '{stuck}'; exit $?");
    assert_unhealthy(run_script(&other_mounts));
    let nothing = "unshare --mount bash -c '$check; true'; exit $?";
    assert_eq!(run_script(nothing), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
}
