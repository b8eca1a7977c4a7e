//! Stopped and continued, without a terminal.

use crate::process::{REPORTER, RunningProcess, send_signal, state, under_init, wait_until};

#[test]
fn a_stop_signal_stops_us_with_the_main_process_and_sigcont_continues_both() {
    for signal in [20, 21, 22] {
        let mut running =
            RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 5"]));
        let main = running.main_process();
        running.send_signal(signal);
        wait_until("both are stopped", || state(main) == 'T' && state(running.pid()) == 'T');
        running.send_signal(18);
        wait_until("both go on", || state(main) == 'S' && state(running.pid()) == 'S');
        running.write_input("\n");
        assert_eq!(running.wait().code(), Some(5));
    }
}

#[test]
fn a_main_process_that_handles_a_stop_signal_goes_on_and_so_do_we() {
    let mut running = RunningProcess::spawn_ready(under_init(REPORTER));
    for signal in ["20", "21", "22", "18"] {
        running.send_signal(signal.parse().unwrap());
        assert_eq!(running.read_line(), signal);
    }
    assert_eq!(running.finish(), Some(0));
}

/// Takes its time to stop: it waits for a line first.
pub(crate) const SLOW_TO_STOP: &[&str] = &[
    "perl",
    "-e",
    "$| = 1; sub line { 1 until sysread STDIN, my $byte, 1 }
     $SIG{TSTP} = sub { $SIG{TSTP} = 'DEFAULT'; print \"asked\\n\"; line(); kill TSTP => $$ };
     print \"ready\\n\"; line(); exit 5",
];

/// Has it asked to stop and to go on before its init, held up meanwhile, hears
/// that it has stopped.
pub(crate) fn check_sigcont_before_stop_is_seen(mut running: RunningProcess, init: i32, main: i32) {
    send_signal(init, 20);
    assert_eq!(running.read_line(), "asked");
    send_signal(init, 19);
    wait_until("the init is held up", || state(init) == 'T');
    running.write_input("\n");
    wait_until("it is stopped", || state(main) == 'T');
    send_signal(init, 18);
    wait_until("both go on", || state(main) == 'S' && state(init) == 'S');
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn sigcont_is_not_lost_where_it_comes_before_we_heard_of_the_stop() {
    let running = RunningProcess::spawn_ready(under_init(SLOW_TO_STOP));
    let (init, main) = (running.pid(), running.main_process());
    check_sigcont_before_stop_is_seen(running, init, main);
}

#[test]
fn we_keep_reaping_where_only_the_main_process_was_stopped() {
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 6"]));
    let main = running.main_process();
    send_signal(main, 19);
    wait_until("it is stopped", || state(main) == 'T');
    send_signal(main, 18);
    wait_until("it goes on", || state(main) == 'S');
    send_signal(main, 19);
    wait_until("it is stopped", || state(main) == 'T');
    assert_ne!(state(running.pid()), 'T');
    running.send_signal(18);
    wait_until("it goes on", || state(main) == 'S');
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(6));
}
