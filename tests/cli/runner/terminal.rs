//! On a real pseudo-terminal, and with pipes.

use super::antisocial;
use crate::pty::Pty;
use crate::run::Test;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

/// What the call writes to a terminal that is its standard input and output. The CR LF of
/// the terminal is replaced by LF.
fn on_terminal(test: &Test) -> String {
    let pty = Pty::open();
    let mut command = test.command();
    command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end());
    let mut child = command.spawn().unwrap();
    drop(command);
    drop(pty.slave);
    let text = read_all(pty.master);
    child.wait().unwrap();
    text.replace("\r\n", "\n")
}

/// Reads until every process has closed the terminal (EIO, pty(7)).
fn read_all(mut master: File) -> String {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count) = master.read(&mut buffer) {
        if count == 0 {
            break;
        }
        text.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn adds_it_on_a_terminal() {
    let screen = on_terminal(&antisocial().args(["-n", "antisocial", "shell"]));
    assert!(screen.starts_with("docker run -it --link "), "{screen}");
    let screen = on_terminal(&antisocial().env("EXTRA", "-i").args(["-n", "antisocial", "shell"]));
    assert!(screen.starts_with("docker run --link "), "{screen}");
    let screen = on_terminal(&antisocial().args(["antisocial", "shell"]));
    let start = "[run]\n[-it]\n[--link]\n[postfix:postfix]\n[--rm]\n[--env-file]\n";
    assert!(screen.starts_with(start), "{screen}");
    assert!(screen.ends_with("[shell]\n"), "{screen}");
}

#[test]
fn shows_secrets_on_request() {
    let screen = on_terminal(&antisocial().args(["-n", "--show-secrets", "antisocial"]));
    assert!(
        screen.contains("-e SECRET_KEY=some_secret_key -e BROKER_URL=amqp://user:pass@rabbit:5672//"),
        "{screen}"
    );
    let screen = on_terminal(&antisocial().args(["--explain", "--show-secrets", "antisocial"]));
    assert!(screen.contains("-e SECRET_KEY=some_secret_key"), "{screen}");
}

#[test]
fn explains_the_options_for_the_terminal() {
    let explain = || antisocial().args(["--explain", "antisocial", "shell"]);
    let screen = on_terminal(&explain());
    let reason = "   standard input and output are a terminal\n";
    assert!(screen.lines().any(|line| line.starts_with("  -it ")) && screen.contains(reason), "{screen}");
    let test = explain();
    let output = test.command().stdin(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let reason = "   standard input is not a terminal, and the process reads it\n";
    assert!(text.lines().any(|line| line.starts_with("  -i ")) && text.contains(reason), "{text}");
}

#[test]
fn colours_only_on_a_terminal() {
    let listed = || antisocial().args(["--list"]);
    assert!(on_terminal(&listed().env("TERM", "xterm")).starts_with("\x1b[1mAPP"));
    assert!(on_terminal(&listed().env("TERM", "xterm").env("NO_COLOR", "1")).starts_with("APP"));
    assert!(listed().env("TERM", "xterm").output().stdout.starts_with(b"APP"));
}

#[test]
fn a_pipe_reaches_only_processes_that_read_it() {
    let cat = "#!/bin/sh\ncase \" $* \" in *' -i '*) cat;; *) exec < /dev/null; echo nothing;; esac\n";
    for (process, expected) in [("manage", "line\n"), ("shell", "line\n"), ("migrate", "nothing\n")] {
        let test = antisocial().env("PATH", "[folder]/bin:/usr/bin:/bin").program("bin/docker", cat);
        let test = test.args(["antisocial", process]);
        let mut command = test.command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // A process that does not read it may have ended.
        let _ = child.stdin.take().unwrap().write_all(b"line\n");
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{process}");
    }
}
