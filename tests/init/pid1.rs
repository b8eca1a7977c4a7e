//! The entrypoint as PID 1 of a PID namespace, as in a container.

use crate::jobs::{SLOW_TO_STOP, check_sigcont_before_stop_is_seen};
use crate::process::{
    REPORTER, RunningProcess, children, clean_command, entrypoint, send_signal, state, wait_until,
};
use std::process::Command;

/// The entrypoint as PID 1. It decides itself whether it stays as init.
pub(crate) fn as_pid_1(command: &[&str]) -> Command {
    let mut unshare = clean_command("unshare");
    if !nix::unistd::geteuid().is_root() {
        unshare.arg("--map-root-user");
    }
    unshare.args(["--pid", "--fork", "--mount-proc", "--kill-child"]).arg(entrypoint()).args(command);
    unshare
}

/// The process id of PID 1 outside of the namespace.
fn init_pid(running: &RunningProcess) -> i32 {
    running.main_process()
}

#[test]
fn it_stays_and_forwards_signals() {
    let mut running = RunningProcess::spawn_ready(as_pid_1(REPORTER));
    let init = init_pid(&running);
    assert_eq!(children(init).len(), 1);
    for signal in ["15", "2", "1", "10", "28", "20", "18"] {
        send_signal(init, signal.parse().unwrap());
        assert_eq!(running.read_line(), signal);
    }
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn sigterm_ends_a_process_without_handlers() {
    let mut running = RunningProcess::spawn_ready(as_pid_1(&["sh", "-c", "echo ready; exec sleep 1000"]));
    send_signal(init_pid(&running), 15);
    assert_eq!(running.wait().code(), Some(143));
}

#[test]
fn orphans_are_reaped() {
    let script = "i=0; while [ $i -lt 100 ]; do (true &); i=$((i + 1)); done; echo ready; read line; exit 3";
    let mut running = RunningProcess::spawn_ready(as_pid_1(&["sh", "-c", script]));
    let init = init_pid(&running);
    wait_until("only the main process is left", || children(init).len() == 1);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(3));
}

#[test]
fn a_stop_signal_does_not_stop_pid_1() {
    let mut running = RunningProcess::spawn_ready(as_pid_1(&["sh", "-c", "echo ready; read line; exit 5"]));
    let init = init_pid(&running);
    let main = children(init)[0];
    send_signal(init, 20);
    wait_until("it is stopped", || state(main) == 'T');
    assert_ne!(state(init), 'T');
    send_signal(init, 18);
    wait_until("it continues", || state(main) == 'S');
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn sigcont_is_not_lost_on_pid_1() {
    let running = RunningProcess::spawn_ready(as_pid_1(SLOW_TO_STOP));
    let init = init_pid(&running);
    check_sigcont_before_stop_is_seen(running, init, children(init)[0]);
}

#[test]
fn a_server_that_handles_signals_replaces_the_entrypoint() {
    let folder = tempfile::tempdir().unwrap();
    for server in ["gunicorn", "uvicorn", "celery", "uwsgi"] {
        let file = folder.path().join(server);
        crate::executable::write(&file, "#!/bin/sh\necho $$\n");
        let output = as_pid_1(&[file.to_str().unwrap()]).output().unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"1\n"[..], &b""[..]), "{server}");
    }
    let never = as_pid_1(&["sh", "-c", "echo $$"]).env("ENTRYPOINT_INIT", "never").output().unwrap();
    assert_eq!(never.stdout, b"1\n");
    let stays = as_pid_1(&["sh", "-c", "echo $$"]).output().unwrap();
    assert_ne!(stays.stdout, b"1\n");
}
