//! Stop and continue without a terminal.

use crate::process::{REPORTER, RunningProcess, send_signal, state, under_init, wait_until};

#[test]
fn a_stop_signal_stops_init_and_main_process_and_sigcont_continues_both() {
    for signal in [20, 21, 22] {
        let mut running =
            RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 5"]));
        let main = running.main_process();
        running.send_signal(signal);
        wait_until("both are stopped", || state(main) == 'T' && state(running.pid()) == 'T');
        running.send_signal(18);
        wait_until("both continue", || state(main) == 'S' && state(running.pid()) == 'S');
        running.write_input("\n");
        assert_eq!(running.wait().code(), Some(5));
    }
}

#[test]
fn a_main_process_that_handles_stop_signals_keeps_running_with_its_init() {
    let mut running = RunningProcess::spawn_ready(under_init(REPORTER));
    for signal in ["20", "21", "22", "18"] {
        running.send_signal(signal.parse().unwrap());
        assert_eq!(running.read_line(), signal);
    }
    assert_eq!(running.finish(), Some(0));
}

/// A program that on SIGTSTP waits for a line before it stops.
pub(crate) const SLOW_TO_STOP: &[&str] = &[
    "perl",
    "-e",
    "$| = 1; sub line { 1 until sysread STDIN, my $byte, 1 }
     $SIG{TSTP} = sub { $SIG{TSTP} = 'DEFAULT'; print \"asked\\n\"; line(); kill TSTP => $$ };
     print \"ready\\n\"; line(); exit 5",
];

/// Sends SIGTSTP, suspends the init until the main process has stopped, and then sends
/// SIGCONT to the init: both must continue.
pub(crate) fn check_sigcont_before_stop_is_seen(mut running: RunningProcess, init: i32, main: i32) {
    send_signal(init, 20);
    assert_eq!(running.read_line(), "asked");
    send_signal(init, 19);
    wait_until("the init is suspended", || state(init) == 'T');
    running.write_input("\n");
    wait_until("it is stopped", || state(main) == 'T');
    send_signal(init, 18);
    wait_until("both continue", || state(main) == 'S' && state(init) == 'S');
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn sigcont_is_not_lost_if_it_arrives_before_the_stop_is_seen() {
    let running = RunningProcess::spawn_ready(under_init(SLOW_TO_STOP));
    let (init, main) = (running.pid(), running.main_process());
    check_sigcont_before_stop_is_seen(running, init, main);
}

#[test]
fn the_init_keeps_running_if_only_the_main_process_was_stopped() {
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 6"]));
    let main = running.main_process();
    send_signal(main, 19);
    wait_until("it is stopped", || state(main) == 'T');
    send_signal(main, 18);
    wait_until("it continues", || state(main) == 'S');
    send_signal(main, 19);
    wait_until("it is stopped", || state(main) == 'T');
    assert_ne!(state(running.pid()), 'T');
    running.send_signal(18);
    wait_until("it continues", || state(main) == 'S');
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(6));
}
