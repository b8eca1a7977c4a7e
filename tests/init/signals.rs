//! All signals are forwarded, and the child starts with the initial mask and dispositions.

use crate::process::{
    REPORTER, RunningProcess, children, clean_command, entrypoint, send_signal, state, status_field,
    under_init, wait_until,
};
use std::process::Output;

/// Two processes, which print `ready` when both are. The exit code is 5 if SIGUSR1 kills the
/// second one, and 6 after SIGTERM.
const MAIN_AND_OTHER: &[&str] = &[
    "perl",
    "-e",
    "pipe my $its_ready, my $ready; $SIG{USR1} = 'IGNORE'; my $other = fork;
     if (!$other) { $SIG{USR1} = 'DEFAULT'; syswrite $ready, 1; sleep 1000; exit }
     $SIG{TERM} = sub { kill 9, $other; exit 6 };
     sysread $its_ready, my $byte, 1; $| = 1; print \"ready\\n\"; waitpid $other, 0; exit 5",
];

#[test]
fn every_signal_that_can_be_caught_arrives_once() {
    let mut running = RunningProcess::spawn_ready(under_init(REPORTER));
    let can_be_caught = |number: &i32| ![9, 17, 19, 32, 33].contains(number); // SIGKILL, SIGCHLD, SIGSTOP, libc's
    for number in (1..=64).filter(can_be_caught) {
        running.send_signal(number);
        assert_eq!(running.read_line(), number.to_string());
    }
    assert_eq!(running.finish(), Some(0));
}

#[test]
fn signals_go_to_the_main_process_alone() {
    let running = RunningProcess::spawn_ready(under_init(MAIN_AND_OTHER));
    let other = children(running.main_process())[0];
    running.send_signal(10);
    running.send_signal(15);
    assert_eq!({ running }.wait().code(), Some(6));
    // Its new parent reaps it, or leaves it as a zombie.
    wait_until("the other process has ended", || [' ', 'Z'].contains(&state(other)));
}

#[test]
fn with_group_mode_signals_go_to_the_group() {
    let mut group = under_init(MAIN_AND_OTHER);
    group.env("ENTRYPOINT_INIT_GROUP", "1");
    let mut running = RunningProcess::spawn_ready(group);
    running.send_signal(10);
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn a_main_process_that_left_its_group_still_gets_signals() {
    let moves = "setpgrp(0, getpgrp(getppid)); $| = 1; $SIG{TERM} = sub { exit 9 };
                 print \"ready\\n\"; sleep 1 while 1";
    let mut group = under_init(&["perl", "-e", moves]);
    group.env("ENTRYPOINT_INIT_GROUP", "1");
    let mut running = RunningProcess::spawn_ready(group);
    running.send_signal(15);
    assert_eq!(running.wait().code(), Some(9));
}

/// Runs `line` with the signal settings of coreutils' `env`.
fn run_with_signals(settings: &[&str], line: &[&str], mode: &str) -> Output {
    let mut command = clean_command("env");
    command.args(settings).args(line).env("ENTRYPOINT_INIT", mode);
    command.output().unwrap()
}

#[test]
fn the_child_gets_the_initial_mask_and_dispositions() {
    let show = ["grep", "^Sig[BIC]", "/proc/self/status"];
    let entrypoint = entrypoint();
    let under_entrypoint: Vec<&str> = std::iter::once(entrypoint.to_str().unwrap()).chain(show).collect();
    for settings in [
        &["--default-signal"][..],
        &["--ignore-signal=PIPE"],
        &["--ignore-signal=CHLD,TTOU,INT", "--block-signal=TERM,ILL,TTIN,USR1"],
        &["--ignore-signal", "--block-signal"],
    ] {
        let expected = run_with_signals(settings, &show, "");
        assert!(expected.stdout.starts_with(b"SigBlk:"), "{expected:?}");
        for mode in ["always", "never"] {
            let actual = run_with_signals(settings, &under_entrypoint, mode);
            let utf8 = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(utf8(&actual), utf8(&expected), "{mode} {settings:?}");
        }
    }
}

#[test]
fn an_ignored_sigchld_does_not_lose_the_exit_code() {
    let entrypoint = entrypoint();
    let line = [entrypoint.to_str().unwrap(), "sh", "-c", "exit 42"];
    assert_eq!(run_with_signals(&["--ignore-signal=CHLD"], &line, "always").status.code(), Some(42));
}

#[test]
fn a_closed_pipe_ends_the_child_with_sigpipe() {
    for mode in ["always", "never"] {
        let line = "\"$0\" sh -c 'while echo y; do :; done; echo \"$?\" >&3' 3>&1 | head -n 1 >/dev/null";
        let piped = format!("({line}; echo \"${{PIPESTATUS[0]}}\")");
        let mut command = clean_command("bash");
        command.args(["-c", &piped]).arg(entrypoint()).env("ENTRYPOINT_INIT", mode);
        assert_eq!(String::from_utf8_lossy(&command.output().unwrap().stdout), "141\n", "{mode}");
    }
}

#[test]
fn the_init_survives_a_signal_that_races_with_the_end_of_the_main_process() {
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 4"]));
    let main = running.main_process();
    send_signal(running.pid(), 18);
    running.write_input("go on\n");
    assert_eq!(running.wait().code(), Some(4));
    assert_eq!(status_field(main, "State"), "");
}
