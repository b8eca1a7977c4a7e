//! Orphans: reaped by us, wherever we run.

use crate::process::{
    RunningProcess, children, clean_command, entrypoint, send_signal, under_init, wait_until,
};

#[test]
fn a_thousand_orphans_leave_nothing_behind() {
    let script =
        "i=0; while [ $i -lt 1000 ]; do (true &); i=$((i + 1)); done; echo ready; echo $$; read line; exit 3";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    let main: i32 = running.read_line().parse().unwrap();
    wait_until("only the main process is left", || children(running.pid()) == [main]);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(3));
}

#[test]
fn an_orphan_comes_to_us_and_its_end_is_not_ours() {
    let script = "(sh -c 'echo ready; echo $$; exec sleep 1000' &); read line; exit 4";
    let mut running = RunningProcess::spawn_ready(under_init(&["sh", "-c", script]));
    let orphan = running.read_line().parse().unwrap();
    let is_ours = || children(running.pid()).contains(&orphan);
    wait_until("the orphan came", is_ours);
    send_signal(orphan, 9);
    wait_until("the orphan went", || !is_ours());
    assert_eq!(children(running.pid()).len(), 1, "the main process alone");
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(4));
}

#[test]
fn a_child_that_ended_before_we_began_is_reaped() {
    // Nobody tells us of it any more: its SIGCHLD came to the shell that we once were.
    let mut command = clean_command("perl");
    let before = "my $child = fork or exit; 1 until `ps -o state= -p $child` =~ /^Z/; exec @ARGV";
    command.args(["-e", before]).arg(entrypoint()).args(["sh", "-c", "echo ready; read line; exit 5"]);
    command.env("ENTRYPOINT_INIT", "always");
    let mut running = RunningProcess::spawn_ready(command);
    wait_until("only the main process is left", || children(running.pid()).len() == 1);
    running.write_input("\n");
    assert_eq!(running.wait().code(), Some(5));
}
