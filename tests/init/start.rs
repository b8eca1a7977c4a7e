//! The streams, descriptors and folder that the child starts with.

use crate::pid1::as_pid_1;
use crate::process::{clean_command, entrypoint};
use std::process::Output;

fn run_in_bash(line: &str, mode: &str) -> Output {
    let mut command = clean_command("bash");
    command.args(["-c", line]).arg(entrypoint()).env("ENTRYPOINT_INIT", mode);
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn closed_standard_streams_are_tolerated() {
    for mode in ["always", "never"] {
        for closed in ["<&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-"] {
            let output = run_in_bash(&format!("\"$0\" sh -c 'cat; exit 7' {closed}"), mode);
            assert_eq!(output.status.code(), Some(7), "{mode} {closed}");
        }
        // No output of the entrypoint ends up in a file that the child opens.
        let line = "\"$0\" sh -c 'exec 3>\"$0\"; echo mine >&3; cat \"$0\"; rm \"$0\"' $(mktemp) <&- 2>&-";
        assert_eq!(stdout(&run_in_bash(line, mode)), "mine\n");
    }
}

#[test]
fn the_child_has_the_inherited_descriptors_and_no_others() {
    let open = |line: &str, mode| {
        let lines = stdout(&run_in_bash(&format!("exec 5</dev/zero; {line} ls -l /proc/self/fd"), mode));
        let name = |line: &str| Some(line.split(" -> ").next()?.rsplit(' ').next()?.to_owned());
        lines.lines().filter_map(name).collect::<Vec<_>>()
    };
    let expected = open("", "");
    assert!(expected.contains(&"5".to_owned()));
    for mode in ["always", "never"] {
        assert_eq!(open("\"$0\"", mode), expected, "{mode}");
    }
}

#[test]
fn the_child_keeps_the_folder_and_leads_its_own_group() {
    let output = run_in_bash("cd /usr && \"$0\" sh -c 'pwd; cut -d \" \" -f 1,5 /proc/$$/stat'", "always");
    let text = stdout(&output);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words[0], "/usr");
    assert_eq!(words[1], words[2]);
}

#[test]
fn the_init_is_reported_unless_it_was_requested_and_can_be_turned_off() {
    let stderr = |output: Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let messages = |mode: &str, arguments: &str| stderr(run_in_bash(&format!("\"$0\" {arguments}"), mode));
    let as_pid_1 = |command: &[&str]| stderr(as_pid_1(command).output().unwrap());
    let line = "docker-entrypoint: runs true as its init: signals go to it alone, orphans are reaped \
                (ENTRYPOINT_INIT=never turns this off)\n";
    assert_eq!(as_pid_1(&["true"]), line);
    assert_eq!(as_pid_1(&["--dry-run", "true"]), line);
    assert_eq!(messages("always", "true") + &messages("always", "--dry-run true"), "");
    let output = run_in_bash("ENTRYPOINT_DRAIN=50ms \"$0\" true", "always");
    assert_eq!(stderr(output), "");
    let drains = line.replace("reaped", "reaped, SIGTERM is forwarded after 50 ms");
    let drains = drains.replace("INIT=never turns this off", "DRAIN");
    let output = run_in_bash("ENTRYPOINT_DRAIN=50ms \"$0\" true", "auto");
    assert_eq!(stderr(output), drains);
    assert_eq!(messages("never", "true") + &messages("auto", "true"), "");
    let error = "docker-entrypoint: ENTRYPOINT_INIT=on must be auto, always or never\n";
    assert_eq!(messages("on", "true"), error);
}
