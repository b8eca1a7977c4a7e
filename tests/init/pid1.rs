//! As PID 1 of a PID namespace, as in a container.

use crate::jobs::{SLOW_TO_STOP, goes_on_at_once};
use crate::process::{REPORTER, Running, children, entrypoint, plain, send, state, until};
use std::process::Command;

/// Us as PID 1, by our own choice of what to be.
pub(crate) fn first(command: &[&str]) -> Command {
    let mut unshare = plain("unshare");
    if !nix::unistd::geteuid().is_root() {
        unshare.arg("--map-root-user");
    }
    unshare.args(["--pid", "--fork", "--mount-proc", "--kill-child"]).arg(entrypoint()).args(command);
    unshare
}

/// PID 1, as it is called outside.
fn outside(running: &Running) -> i32 {
    running.main_process()
}

#[test]
fn it_stays_and_passes_signals_on() {
    let mut running = Running::ready(first(REPORTER));
    let init = outside(&running);
    assert_eq!(children(init).len(), 1);
    for signal in ["15", "2", "1", "10", "28", "20", "18"] {
        send(init, signal.parse().unwrap());
        assert_eq!(running.line(), signal);
    }
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn a_process_without_handlers_ends_with_sigterm() {
    let mut running = Running::ready(first(&["sh", "-c", "echo ready; exec sleep 1000"]));
    send(outside(&running), 15);
    assert_eq!(running.wait().code(), Some(143));
}

#[test]
fn orphans_are_reaped() {
    let script = "i=0; while [ $i -lt 100 ]; do (true &); i=$((i + 1)); done; echo ready; read line; exit 3";
    let mut running = Running::ready(first(&["sh", "-c", script]));
    let init = outside(&running);
    until("only the main process is left", || children(init).len() == 1);
    running.write("\n");
    assert_eq!(running.wait().code(), Some(3));
}

#[test]
fn a_stop_signal_leaves_pid_1_awake() {
    let mut running = Running::ready(first(&["sh", "-c", "echo ready; read line; exit 5"]));
    let init = outside(&running);
    let main = children(init)[0];
    send(init, 20);
    until("it is stopped", || state(main) == 'T');
    assert_ne!(state(init), 'T');
    send(init, 18);
    until("it goes on", || state(main) == 'S');
    running.write("\n");
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn sigcont_is_not_lost_on_pid_1_either() {
    let running = Running::ready(first(SLOW_TO_STOP));
    let init = outside(&running);
    goes_on_at_once(running, init, children(init)[0]);
}

#[test]
fn what_handles_its_signals_takes_our_place() {
    let folder = tempfile::tempdir().unwrap();
    for server in ["gunicorn", "uvicorn", "celery", "uwsgi"] {
        let file = folder.path().join(server);
        crate::executable::write(&file, "#!/bin/sh\necho $$\n");
        let output = first(&[file.to_str().unwrap()]).output().unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"1\n"[..], &b""[..]), "{server}");
    }
    let never = first(&["sh", "-c", "echo $$"]).env("ENTRYPOINT_INIT", "never").output().unwrap();
    assert_eq!(never.stdout, b"1\n");
    let stays = first(&["sh", "-c", "echo $$"]).output().unwrap();
    assert_ne!(stays.stdout, b"1\n");
}
