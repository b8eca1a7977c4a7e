//! A deployer and an agent of different releases.
//!
//! tests/fixtures/wire has a folder for each number of the inspection protocol, with the lines that
//! the first release with that number sent. A release reads all numbers from
//! [`OLDEST_INSPECT`] to [`INSPECT`].

use super::{bare, local_host};
use crate::run::Test;
use docker_runner::deploy::protocol::codec::{INSPECT, OLDEST_INSPECT, PROTOCOL};
use std::io::Write;
use std::process::{Output, Stdio};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An agent that sends recorded lines, and records every request that is not an inspection.
const AGENT: &str = r#"#!/bin/sh
folder=$(cd "${0%/*}/.." && pwd)
cat "$folder/hello"
while read -r line; do
    case $line in
        *'{"inspect":'*) cat "$folder/host-state" ;;
        *'{"log":'*) cat "$folder/log" ;;
        *'{"request":'*) printf '%s\n' "$line" >>"$folder/requests" ;;
    esac
done
"#;

pub(super) fn hello(version: &str, protocol: u32, inspect: u32) -> String {
    format!("{{\"hello\":{{\"version\":\"{version}\",\"protocol\":{protocol},\"inspect\":{inspect}}}}}\n")
}

/// The host `web1`, whose agent sends this hello and then the lines of the first fixture.
pub(super) fn with_agent(hello: &str) -> Test {
    bare()
        .program("bin/ssh", AGENT)
        .env("HOSTS", "web1")
        .env("SETTLE", "0")
        .file("hello", hello)
        .file("host-state", include_str!("../../fixtures/wire/inspect1/host-state.json"))
        .file("log", include_str!("../../fixtures/wire/inspect1/log.json"))
}

/// Standard output, standard error and exit code.
pub(super) fn run(test: &Test, arguments: &[&str]) -> (String, String, Option<i32>) {
    let Output { stdout, stderr, status } = test.command().args(arguments).output().unwrap();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code())
}

#[test]
fn a_fixture_exists_for_every_number_that_is_read() {
    assert_eq!((OLDEST_INSPECT..=INSPECT).collect::<Vec<_>>(), [1]);
}

/// Every subcommand that changes nothing works. A push fails and changes nothing.
#[test]
fn an_agent_one_protocol_older_can_be_inspected() {
    let test = with_agent(&hello("0.0.9", PROTOCOL - 1, 1));
    let mismatch =
        format!("docker-deploy 0.0.9 is installed there, but {VERSION} here; run docker-deploy install web1");
    let (stdout, stderr, code) = run(&test, &["status", "site"]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let row = stdout.lines().nth(1).unwrap();
    assert!(row.starts_with("!  site  web1  web   old  digest-of-ol  site"), "{stdout}");
    assert!(row.ends_with(&format!("ok (its health check passed); {mismatch}")), "{stdout}");
    let (stdout, stderr, code) = run(&test, &["history", "site"]);
    assert_eq!((stderr.as_str(), code, stdout.lines().count()), ("", Some(0), 4), "{stdout}");
    assert!(stdout.contains("20261118-120657-7") && stdout.contains("restart site: x ended with 1"));
    let (stdout, stderr, code) = run(&test, &["log", "site"]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
    assert!(stdout.contains("web1: 2026-11-18 12:12:30 restart site\n"), "{stdout}");
    let (stdout, stderr, code) = run(&test, &["plan", "site", "new"]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
    assert!(stdout.contains("web1: systemctl restart site.service\n"), "{stdout}");
    assert!(stdout.contains(&format!("web1: {mismatch}\n")), "{stdout}");
    for command in [&["push", "site", "new"][..], &["rollback", "site"]] {
        let (_, stderr, code) = run(&test, command);
        let expected = format!("docker-deploy: web1: {mismatch}\ndocker-deploy: nothing was changed\n");
        assert_eq!((stderr, code), (expected, Some(125)));
    }
    assert!(!test.path("requests").exists());
}

/// The agent of 0.1.0 does not send an inspection number, and cannot decode current requests.
#[test]
fn the_error_for_an_agent_that_cannot_be_inspected_says_what_to_type() {
    let old = "{\"hello\":{\"version\":\"0.0.9\",\"protocol\":2}}\n";
    for hello in [old, &hello("0.0.9", PROTOCOL - 1, 0), &hello("0.0.9", PROTOCOL - 1, INSPECT + 1)] {
        let test = with_agent(hello);
        let line = format!(
            "web1: docker-deploy 0.0.9 is installed there, but {VERSION} here; run docker-deploy install web1\n"
        );
        for command in [&["push", "site", "new"][..], &["plan", "site", "new"], &["history", "site"]] {
            let (_, stderr, code) = run(&test, command);
            assert!(stderr.starts_with(&format!("docker-deploy: {line}")), "{stderr}");
            assert_eq!(code, Some(125));
        }
        assert!(!test.path("requests").exists());
    }
}

/// The same release with another protocol: a development build.
#[test]
fn two_builds_of_one_release_are_distinguished_by_their_protocols() {
    let (_, stderr, code) = run(&with_agent(&hello(VERSION, 2, 0)), &["push", "site", "new"]);
    let line = format!(
        "docker-deploy: web1: docker-deploy {VERSION} (protocol 2) is installed there, but {VERSION} (protocol {PROTOCOL}) \
         here; run docker-deploy install web1\n"
    );
    assert!(stderr.starts_with(&line) && code == Some(125), "{stderr}");
}

/// It may send unknown fields. The error suggests an upgrade before a downgrade.
#[test]
fn an_agent_of_a_later_release_can_be_inspected() {
    let state = include_str!("../../fixtures/wire/inspect1/host-state.json");
    let state = state
        .replace("\"names\":", "\"later\":{\"a\":[1]},\"names\":")
        .replace("\"id\":\"sha", "\"later\":1,\"id\":\"sha");
    let test = with_agent(&hello("99.0.0", PROTOCOL + 1, 1)).file("host-state", state);
    let next = format!(
        "docker-deploy 99.0.0 is installed there, but {VERSION} here; install 99.0.0 here, or run docker-deploy install web1 \
         to install {VERSION} there"
    );
    let (stdout, _, code) = run(&test, &["status", "site"]);
    assert!(stdout.contains(&next) && stdout.contains("digest-of-ol") && code == Some(0), "{stdout}");
    let (_, stderr, code) = run(&test, &["push", "site", "new"]);
    assert_eq!((stderr.lines().next(), code), (Some(&*format!("docker-deploy: web1: {next}")), Some(125)));
}

#[test]
fn a_response_that_cannot_be_read_is_an_error() {
    let response = "{\"response\":{\"id\":1,\"result\":{\"Ok\":{\"later\":{}}}}}\n";
    let test = with_agent(&hello("0.0.9", PROTOCOL - 1, 1)).file("host-state", response);
    let (_, stderr, code) = run(&test, &["history", "site"]);
    assert!(stderr.starts_with("docker-deploy: web1: docker-deploy 0.0.9 is installed there"), "{stderr}");
    assert_eq!(code, Some(125));
}

/// The agent may still carry out its request, so the connection counts as lost.
#[test]
fn a_line_that_cannot_be_read_ends_the_connection() {
    let test = with_agent(&hello(VERSION, PROTOCOL, INSPECT)).file("host-state", "text\n");
    let (_, stderr, code) = run(&test, &["history", "site"]);
    let expected = "docker-deploy: web1: no connection: its agent sent a line that cannot be read\n";
    assert_eq!((stderr.as_str(), code), (expected, Some(125)));
}

/// An agent answers the requests of other releases, also those that it does not know.
#[test]
fn an_agent_answers_a_request_that_it_does_not_know() {
    let test = local_host(&["site"]).args(["on-host", "site"]);
    let mut agent = test.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = concat!(
        "{\"request\":{\"id\":1,\"request\":{\"promote\":{\"tag\":\"b1\"}}}}\n",
        "{\"request\":{\"id\":2,\"request\":\"apps\",\"later\":1}}\n",
    );
    let mut input = agent.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    let mut output = std::io::BufReader::new(agent.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).unwrap();
        line
    };
    assert_eq!(line(), hello(VERSION, PROTOCOL, INSPECT));
    let mut answers = [line(), line()];
    answers.sort();
    let unknown = format!("docker-deploy {VERSION} on this host does not know this request");
    assert_eq!(
        answers,
        [
            format!(
                "{{\"response\":{{\"id\":1,\"result\":{{\"Err\":{{\"config\":{{\"text\":\"{unknown}\"}}}}}}}}}}\n"
            ),
            "{\"response\":{\"id\":2,\"result\":{\"Ok\":{\"apps\":[\"site\"]}}}}\n".to_owned(),
        ]
    );
    drop(input);
    assert!(agent.wait().unwrap().success());
}
