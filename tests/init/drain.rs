//! The drain: the process goes on serving after SIGTERM.

use crate::process::{REPORTER, RunningProcess, under_init};
use std::time::{Duration, Instant};

fn start_with_drain(time: &str) -> RunningProcess {
    let mut command = under_init(REPORTER);
    command.env_remove("ENTRYPOINT_INIT").env("ENTRYPOINT_DRAIN", time);
    RunningProcess::spawn_ready(command)
}

#[test]
fn the_drain_delays_sigterm_and_no_other_signal() {
    let mut running = start_with_drain("6s");
    let start = Instant::now();
    running.send_signal(15);
    for signal in ["1", "10", "28"] {
        running.send_signal(signal.parse().unwrap());
        assert_eq!(running.read_line(), signal);
    }
    assert_eq!(running.read_line(), "15");
    assert!(start.elapsed() >= Duration::from_secs(6), "{:?}", start.elapsed());
    running.send_signal(15);
    assert_eq!(running.read_line(), "15", "after the drain it is forwarded at once");
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn a_second_sigterm_ends_the_drain() {
    let mut running = start_with_drain("1h");
    running.send_signal(15);
    running.send_signal(10);
    assert_eq!(running.read_line(), "10");
    running.send_signal(15);
    assert_eq!(running.read_line(), "15");
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn the_end_of_the_child_ends_the_drain() {
    let running = start_with_drain("1h");
    running.send_signal(15);
    assert_eq!(running.finish(), Some(0));
}
