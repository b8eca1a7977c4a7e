//! On a real pseudo-terminal, and with pipes.

use super::antisocial;
use crate::pty::Pty;
use crate::run::Test;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;

/// What it writes to a terminal, where standard input and output are one.
/// A terminal ends its lines in CR LF.
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

/// Until everybody closed the terminal (EIO, pty(7)).
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
fn a_terminal_gets_it() {
    let told = on_terminal(&antisocial().args(["-n", "antisocial", "shell"]));
    assert!(told.starts_with("docker run -it --link "), "{told}");
    let told = on_terminal(&antisocial().env("EXTRA", "-i").args(["-n", "antisocial", "shell"]));
    assert!(told.starts_with("docker run --link "), "{told}");
    let told = on_terminal(&antisocial().args(["antisocial", "shell"]));
    assert!(told.starts_with("[run]\n[-it]\n[--link]\n"), "{told}");
    assert!(told.ends_with("[shell]\n"), "{told}");
}

#[test]
fn secrets_are_shown_where_asked_for() {
    let told = on_terminal(&antisocial().args(["-n", "--show-secrets", "antisocial"]));
    assert!(
        told.contains("-e SECRET_KEY=some_secret_key -e BROKER_URL=amqp://user:pass@rabbit:5672//"),
        "{told}"
    );
    let told = on_terminal(&antisocial().args(["--explain", "--show-secrets", "antisocial"]));
    assert!(told.contains("-e SECRET_KEY=some_secret_key"), "{told}");
}

#[test]
fn colours_are_for_terminals() {
    let listed = || antisocial().args(["--list"]);
    assert!(on_terminal(&listed().env("TERM", "xterm")).starts_with("\x1b[1mAPP"));
    assert!(on_terminal(&listed().env("TERM", "xterm").env("NO_COLOR", "1")).starts_with("APP"));
    assert!(listed().env("TERM", "xterm").output().stdout.starts_with(b"APP"));
}

#[test]
fn a_pipe_reaches_those_who_read_and_is_left_alone_by_others() {
    let cat = "#!/bin/sh\ncase \" $* \" in *' -i '*) cat;; *) exec < /dev/null; echo nothing;; esac\n";
    for (process, expected) in [("manage", "line\n"), ("shell", "line\n"), ("migrate", "nothing\n")] {
        let test = antisocial().env("PATH", "[folder]/bin:/usr/bin:/bin").program("bin/docker", cat);
        let test = test.args(["antisocial", process]);
        let mut command = test.command();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // Whoever does not read it may be gone already.
        let _ = child.stdin.take().unwrap().write_all(b"line\n");
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{process}");
    }
}
