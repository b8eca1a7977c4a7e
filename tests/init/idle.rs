//! The idle init: only a signal wakes it, and it keeps no descriptor or folder in use.

use crate::process::{RunningProcess, send_signal, state, status_field, under_init, wait_until};
use std::fs;
use std::time::Duration;

/// The number of context switches of a process, voluntary and forced.
fn context_switches(pid: i32) -> u64 {
    let count = |field| status_field(pid, field).parse::<u64>().unwrap();
    count("voluntary_ctxt_switches") + count("nonvoluntary_ctxt_switches")
}

#[test]
fn only_a_signal_wakes_the_init() {
    // Long enough to notice a poll once a second.
    let mut running = RunningProcess::spawn_ready(under_init(&[
        "sh",
        "-c",
        "echo ready; read line; sleep 1.2; echo slept; read line",
    ]));
    // The state is S before the last context switch is counted: wait until the count is stable.
    let mut count = None;
    wait_until("it sleeps", || {
        let previous = count.replace(context_switches(running.pid()));
        std::thread::sleep(Duration::from_millis(20));
        state(running.pid()) == 'S' && previous == count
    });
    let count = count.unwrap();
    running.write_input("\n");
    assert_eq!(running.read_line(), "slept");
    assert_eq!(context_switches(running.pid()) - count, 0);
    send_signal(running.pid(), 28);
    wait_until("a signal wakes it", || context_switches(running.pid()) > count);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(0));
}

#[test]
fn descriptors_and_folder_of_the_child_are_not_kept_in_use() {
    let script = "echo ready; exec >&-; read line";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    assert_eq!(running.read_line(), "", "the output ends when the child closes it");
    let open_descriptors = |pid| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
        descriptors.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    wait_until("standard error alone is open", || open_descriptors(running.pid()) == ["2"]);
    assert_eq!(fs::read_link(format!("/proc/{}/cwd", running.pid())).unwrap().as_os_str(), "/");
    assert_eq!(status_field(running.pid(), "Threads"), "1");
    assert_eq!(status_field(running.pid(), "Name"), "docker-entrypoi");
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(0));
}
