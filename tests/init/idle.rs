//! At rest: nothing wakes us but a signal, and we hold on to nothing.

use crate::process::{RunningProcess, send_signal, state, status_field, under_init, wait_until};
use std::fs;
use std::time::Duration;

/// How often it has run, whether it wanted to stop or had to.
fn context_switches(pid: i32) -> u64 {
    let count = |field| status_field(pid, field).parse::<u64>().unwrap();
    count("voluntary_ctxt_switches") + count("nonvoluntary_ctxt_switches")
}

#[test]
fn only_a_signal_wakes_us() {
    // Long enough for a poll that comes once a second.
    let mut running = RunningProcess::spawn_ready(under_init(&[
        "sh",
        "-c",
        "echo ready; read line; sleep 1.2; echo rested; read line",
    ]));
    // Who is about to sleep is called asleep already, before that is counted.
    let mut before = None;
    wait_until("it rests", || {
        let last = before.replace(context_switches(running.pid()));
        std::thread::sleep(Duration::from_millis(20));
        state(running.pid()) == 'S' && last == before
    });
    let before = before.unwrap();
    running.write_input("\n");
    assert_eq!(running.read_line(), "rested");
    assert_eq!(context_switches(running.pid()) - before, 0);
    send_signal(running.pid(), 28);
    wait_until("a signal wakes it", || context_switches(running.pid()) > before);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(0));
}

#[test]
fn what_is_the_child_s_is_not_held_open() {
    let script = "echo ready; exec >&-; read line";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    assert_eq!(running.read_line(), "", "the end of its output comes when it closes it");
    let open = |pid| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        descriptors.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    wait_until("standard error alone is open", || open(running.pid()) == ["2"]);
    assert_eq!(fs::read_link(format!("/proc/{}/cwd", running.pid())).unwrap().as_os_str(), "/");
    assert_eq!(status_field(running.pid(), "Threads"), "1");
    assert_eq!(status_field(running.pid(), "Name"), "docker-entrypoi");
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(0));
}
