//! A host that was taken over: what its agent sends is data, whatever it is.

use super::versions::{hello, run, with_agent};
use docker_runner::deploy::protocol::codec::{INSPECT, PROTOCOL};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn own_hello() -> String {
    hello(VERSION, PROTOCOL, INSPECT)
}

/// The deployer may use half the memory that the message has.
#[test]
fn a_message_without_end_is_a_lost_connection() {
    let agent = "#!/bin/sh\nfolder=$(cd \"${0%/*}/..\" && pwd)\ncat \"$folder/hello\"\nread -r line\nhead -c 400M /dev/zero | tr '\\0' x\nsleep 60\n";
    let test = with_agent(&own_hello()).program("bin/ssh", agent);
    let limited = format!("ulimit -v 200000; exec {} history site", test.path("bin/docker-deploy").display());
    let variables: Vec<_> =
        test.command().get_envs().map(|(n, v)| (n.to_owned(), v.unwrap().to_owned())).collect();
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", &limited]).env_clear().envs(variables).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("docker-deploy: web1: no connection: "), "{stderr}");
    assert_eq!(output.status.code(), Some(125), "{stderr}");
}

#[test]
fn escape_sequences_do_not_reach_the_terminal() {
    let escape = "\\u001b]0;x\\u0007\\u001b[2J\\u009b1A";
    let log = include_str!("../../fixtures/wire/inspect1/log.json").replace("stage pull", escape);
    let state = include_str!("../../fixtures/wire/inspect1/host-state.json");
    let state = state.replace("its health check passed", escape).replace("\"ann\"", &format!("\"{escape}\""));
    let test = with_agent(&own_hello()).file("log", log).file("host-state", state);
    for command in [&["log", "site"][..], &["history", "site"], &["status", "site"]] {
        let (stdout, stderr, _) = run(&test, command);
        let raw = |text: &str| text.chars().any(|letter| letter.is_control() && letter != '\n');
        assert!(!raw(&stdout) && !raw(&stderr), "{stdout:?} {stderr:?}");
        assert!(stdout.contains(r"\u{1b}]0;x\u{7}\u{1b}[2J\u{9b}1A"), "{command:?} {stdout:?} {stderr:?}");
    }
}

#[test]
fn a_date_of_any_size_is_shown_at_once() {
    let state = include_str!("../../fixtures/wire/inspect1/host-state.json");
    let state = state.replace("\"ended\":1795000017", "\"ended\":18446744073709551615");
    let (stdout, stderr, code) =
        run(&with_agent(&own_hello()).file("host-state", state), &["history", "site"]);
    assert!(stdout.contains("584554051223-11-09"), "{stdout} {stderr}");
    assert_eq!(code, Some(0));
}
