//! The drain: serving on after SIGTERM.

use crate::process::{REPORTER, Running, init};
use std::time::{Duration, Instant};

fn draining(time: &str) -> Running {
    let mut command = init(REPORTER);
    command.env_remove("ENTRYPOINT_INIT").env("ENTRYPOINT_DRAIN", time);
    Running::ready(command)
}

#[test]
fn sigterm_waits_and_everything_else_does_not() {
    let mut running = draining("6s");
    let start = Instant::now();
    running.signal(15);
    for signal in ["1", "10", "28"] {
        running.signal(signal.parse().unwrap());
        assert_eq!(running.line(), signal);
    }
    assert_eq!(running.line(), "15");
    assert!(start.elapsed() >= Duration::from_secs(6), "{:?}", start.elapsed());
    running.signal(15);
    assert_eq!(running.line(), "15", "after the drain it is passed on at once");
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn a_second_sigterm_ends_the_wait() {
    let mut running = draining("1h");
    running.signal(15);
    running.signal(10);
    assert_eq!(running.line(), "10");
    running.signal(15);
    assert_eq!(running.line(), "15");
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn a_child_that_ends_meanwhile_ends_the_wait() {
    let running = draining("1h");
    running.signal(15);
    assert_eq!(running.finish(), Some(0));
}
