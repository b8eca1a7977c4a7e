//! Stopped and continued, without a terminal.

use crate::process::{REPORTER, Running, init, send, state, until};

#[test]
fn a_stop_signal_stops_us_with_the_main_process_and_sigcont_continues_both() {
    for signal in [20, 21, 22] {
        let mut running = Running::ready(init(&["sh", "-c", "echo ready; read line; exit 5"]));
        let main = running.main_process();
        running.signal(signal);
        until("both are stopped", || state(main) == 'T' && state(running.pid()) == 'T');
        running.signal(18);
        until("both go on", || state(main) == 'S' && state(running.pid()) == 'S');
        running.write("\n");
        assert_eq!(running.wait().code(), Some(5));
    }
}

#[test]
fn a_main_process_that_handles_a_stop_signal_goes_on_and_so_do_we() {
    let mut running = Running::ready(init(REPORTER));
    for signal in ["20", "21", "22", "18"] {
        running.signal(signal.parse().unwrap());
        assert_eq!(running.line(), signal);
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
pub(crate) fn goes_on_at_once(mut running: Running, init: i32, main: i32) {
    send(init, 20);
    assert_eq!(running.line(), "asked");
    send(init, 19);
    until("the init is held up", || state(init) == 'T');
    running.write("\n");
    until("it is stopped", || state(main) == 'T');
    send(init, 18);
    until("both go on", || state(main) == 'S' && state(init) == 'S');
    running.write("\n");
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn sigcont_is_not_lost_where_it_comes_before_we_heard_of_the_stop() {
    let running = Running::ready(init(SLOW_TO_STOP));
    let (init, main) = (running.pid(), running.main_process());
    goes_on_at_once(running, init, main);
}

#[test]
fn we_keep_reaping_where_only_the_main_process_was_stopped() {
    let mut running = Running::ready(init(&["sh", "-c", "echo ready; read line; exit 6"]));
    let main = running.main_process();
    send(main, 19);
    until("it is stopped", || state(main) == 'T');
    send(main, 18);
    until("it goes on", || state(main) == 'S');
    send(main, 19);
    until("it is stopped", || state(main) == 'T');
    assert_ne!(state(running.pid()), 'T');
    running.signal(18);
    until("it goes on", || state(main) == 'S');
    running.write("\n");
    assert_eq!(running.wait().code(), Some(6));
}
