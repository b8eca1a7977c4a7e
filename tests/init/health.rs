//! `healthcheck` where the process table is our own: which process it takes for the container's.

use crate::pid1::as_pid_1;
use crate::process::entrypoint;
use std::process::Command;

const NOTHING_TO_CHECK: &str =
    "healthy: no web server, worker or beat runs in this container, so there is nothing to check\n";

/// A script of bash as PID 1, in which `$check` is a check; what it said and its exit code.
fn run_script(script: &str) -> (String, String, Option<i32>) {
    run_check(as_pid_1(&["bash", "-c", script]))
}

fn run_check(mut command: Command) -> (String, String, Option<i32>) {
    let check = format!("{} healthcheck", entrypoint().display());
    let output = command.env("check", check).env("ENTRYPOINT_INIT", "never").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_check_itself_is_not_the_process() {
    assert_eq!(run_script("$check"), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
    let two = "$check & first=$!; $check && wait $first";
    assert_eq!(run_script(two), (NOTHING_TO_CHECK.repeat(2), String::new(), Some(0)));
}

#[test]
fn an_entrypoint_that_waits_as_init_is_not_starting() {
    let script =
        format!("ENTRYPOINT_INIT=always {} bash -c '$check; exit $?'; exit $?", entrypoint().display());
    assert_eq!(run_script(&script), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
}

#[test]
fn beside_a_first_process_of_other_mounts() {
    let stuck = "(exec -a gunicorn sleep 100) & server=$!; \
                 until grep -qa ^gunicorn /proc/$server/cmdline; do :; done; kill -STOP $server; \
                 until grep -q ^State:.T /proc/$server/status; do :; done; $check";
    let unhealthy = |(stdout, stderr, code): (String, String, Option<i32>)| {
        assert_eq!((stdout.as_str(), code), ("", Some(1)), "{stderr}");
        assert!(
            stderr.contains("unhealthy: process ") && stderr.ends_with("is stopped by a signal\n"),
            "{stderr}"
        );
    };
    unhealthy(run_script(stuck));
    // PID 1 sees its own mounts, and the rest, as another container would, others.
    let shared = format!("unshare --mount bash -c '{stuck}'; exit $?");
    unhealthy(run_script(&shared));
    let nothing = "unshare --mount bash -c '$check; true'; exit $?";
    assert_eq!(run_script(nothing), (NOTHING_TO_CHECK.to_owned(), String::new(), Some(0)));
}
