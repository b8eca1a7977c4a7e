//! Signals: all of them arrive, and the child's own are as we found ours.

use crate::process::{
    REPORTER, RunningProcess, children, clean_command, entrypoint, send_signal, state, status_field,
    under_init, wait_until,
};
use std::process::Output;

/// Says `ready` when both are: 5 if the other one dies of SIGUSR1, 6 after SIGTERM.
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
    let own = |number: &i32| ![9, 17, 19, 32, 33].contains(number); // SIGKILL, SIGCHLD, SIGSTOP, libc's
    for number in (1..=64).filter(own) {
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
    // Whoever it comes to now has to reap it, or leaves it a zombie.
    wait_until("the other is gone", || [' ', 'Z'].contains(&state(other)));
}

#[test]
fn in_group_mode_they_go_to_its_group() {
    let mut group = under_init(MAIN_AND_OTHER);
    group.env("ENTRYPOINT_INIT_GROUP", "1");
    let mut running = RunningProcess::spawn_ready(group);
    running.send_signal(10);
    assert_eq!(running.wait().code(), Some(5));
}

#[test]
fn a_main_process_that_left_its_group_is_still_reached() {
    let moves = "setpgrp(0, getpgrp(getppid)); $| = 1; $SIG{TERM} = sub { exit 9 };
                 print \"ready\\n\"; sleep 1 while 1";
    let mut group = under_init(&["perl", "-e", moves]);
    group.env("ENTRYPOINT_INIT_GROUP", "1");
    let mut running = RunningProcess::spawn_ready(group);
    running.send_signal(15);
    assert_eq!(running.wait().code(), Some(9));
}

/// What `env` of coreutils sets before it starts `line`.
fn run_with_signals(settings: &[&str], line: &[&str], mode: &str) -> Output {
    let mut command = clean_command("env");
    command.args(settings).args(line).env("ENTRYPOINT_INIT", mode);
    command.output().unwrap()
}

#[test]
fn the_child_gets_the_mask_and_the_dispositions_that_we_got() {
    let show = ["grep", "^Sig[BIC]", "/proc/self/status"];
    let entrypoint = entrypoint();
    let under_us: Vec<&str> = std::iter::once(entrypoint.to_str().unwrap()).chain(show).collect();
    for settings in [
        &["--default-signal"][..],
        &["--ignore-signal=PIPE"],
        &["--ignore-signal=CHLD,TTOU,INT", "--block-signal=TERM,ILL,TTIN,USR1"],
        &["--ignore-signal", "--block-signal"],
    ] {
        let expected = run_with_signals(settings, &show, "");
        assert!(expected.stdout.starts_with(b"SigBlk:"), "{expected:?}");
        for mode in ["always", "never"] {
            let got = run_with_signals(settings, &under_us, mode);
            let text = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(text(&got), text(&expected), "{mode} {settings:?}");
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
fn a_pipe_s_reader_that_is_gone_ends_the_child_quietly() {
    for mode in ["always", "never"] {
        let line = "\"$0\" sh -c 'while echo y; do :; done; echo \"$?\" >&3' 3>&1 | head -n 1 >/dev/null";
        let piped = format!("({line}; echo \"${{PIPESTATUS[0]}}\")");
        let mut command = clean_command("bash");
        command.args(["-c", &piped]).arg(entrypoint()).env("ENTRYPOINT_INIT", mode);
        assert_eq!(String::from_utf8_lossy(&command.output().unwrap().stdout), "141\n", "{mode}");
    }
}

#[test]
fn a_signal_for_a_process_that_is_gone_harms_nobody() {
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", "echo ready; read line; exit 4"]));
    let main = running.main_process();
    send_signal(running.pid(), 18);
    running.write_input("go on\n");
    assert_eq!(running.wait().code(), Some(4));
    assert_eq!(status_field(main, "State"), "");
}
