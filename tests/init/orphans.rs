//! The init reaps orphans, as PID 1 and as a subreaper.

use crate::process::{
    RunningProcess, children, clean_command, entrypoint, send_signal, under_init, wait_until,
};

#[test]
fn a_thousand_orphans_leave_no_zombies() {
    let script =
        "i=0; while [ $i -lt 1000 ]; do (true &); i=$((i + 1)); done; echo ready; echo $$; read line; exit 3";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    let main: i32 = running.read_line().parse().unwrap();
    wait_until("only the main process is left", || children(running.pid()) == [main]);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(3));
}

#[test]
fn the_end_of_an_orphan_does_not_end_the_init() {
    let script = "(sh -c 'echo ready; echo $$; exec sleep 1000' &); read line; exit 4";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    let orphan = running.read_line().parse().unwrap();
    let is_child = || children(running.pid()).contains(&orphan);
    wait_until("the orphan is a child of the init", is_child);
    send_signal(orphan, 9);
    wait_until("the orphan is reaped", || !is_child());
    assert_eq!(children(running.pid()).len(), 1, "only the main process is left");
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(4));
}

#[test]
fn a_child_that_ended_before_the_init_started_is_reaped() {
    // Its SIGCHLD was delivered to the perl process that executed the init.
    let mut command = clean_command("perl");
    let script = "my $child = fork or exit; 1 until `ps -o state= -p $child` =~ /^Z/; exec @ARGV";
    command.args(["-e", script]).arg(entrypoint()).args(["sh", "-c", "echo ready; read line; exit 5"]);
    command.env("ENTRYPOINT_INIT", "always");
    let mut running = RunningProcess::spawn_ready(command);
    wait_until("only the main process is left", || children(running.pid()).len() == 1);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(5));
}
