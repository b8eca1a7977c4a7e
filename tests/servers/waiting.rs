//! A `migrate` that waits. Instead of `manage.py` it runs the server's own client
//! once, which succeeds if the server is ready.

use crate::executable;
use crate::server::{TIMEOUT, until};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) struct Waiting {
    process: Child,
    lines: Receiver<String>,
    output_lines: Vec<String>,
    _folder: TempDir,
}

impl Waiting {
    /// Starts it with these variables; `client` is the shell command that has to
    /// succeed when the wait is over.
    pub(crate) fn start(variables: &[(&str, &str)], client: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("ve/bin/python");
        std::fs::create_dir_all(folder.path().join("app/shop")).unwrap();
        std::fs::create_dir_all(python.parent().unwrap()).unwrap();
        std::fs::write(folder.path().join("app/manage.py"), "").unwrap();
        executable::write(&python, format!("#!/bin/sh\n{client}\n"));
        let mut process = Command::new(env!("CARGO_BIN_EXE_docker-runner"))
            .arg0("docker-entrypoint")
            .arg("migrate")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("VIRTUAL_ENV", folder.path().join("ve"))
            .env("ENTRYPOINT_APP_DIR", folder.path().join("app"))
            .env("ENTRYPOINT_WAIT_TIMEOUT", "10m")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { process, lines, output_lines: Vec::new(), _folder: folder }
    }

    /// Waits until it prints a line with this text.
    #[track_caller]
    pub(crate) fn expect_line(&mut self, text: &str) {
        let deadline = Instant::now() + TIMEOUT;
        while !self.output_lines.iter().any(|line| line.contains(text)) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.output_lines.push(line),
                Err(_) => panic!("no line with {text} in {:?}", self.output_lines),
            }
        }
    }

    /// Asserts that it is still waiting.
    #[track_caller]
    pub(crate) fn assert_waiting(&mut self) {
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(self.process.try_wait().unwrap(), None, "it has ended: {:?}", self.output_lines);
    }

    /// Waits until it exits; its exit code, and its output and the client's.
    pub(crate) fn end(mut self) -> (i32, String) {
        let code = self.process.wait().unwrap().code().unwrap();
        self.output_lines.extend(self.lines.iter());
        let mut output = String::new();
        std::io::Read::read_to_string(&mut self.process.stdout.take().unwrap(), &mut output).unwrap();
        (code, self.output_lines.join("\n") + "\n" + &output)
    }

    /// Waits until it exits, and asserts that the client succeeds.
    #[track_caller]
    pub(crate) fn expect_success(self) -> String {
        let (code, output) = self.end();
        assert_eq!(code, 0, "{output}");
        output
    }
}

/// Reasons of a server that has not responded yet.
const NO_RESPONSE: [&str; 3] = [
    "no response to the connection request",
    "accepts connections but does not respond",
    "sends an incomplete response",
];

/// Waits with a timeout of two seconds, and returns the reason that the last line gives. On a busy
/// machine a server may need longer for its response: then it waits again.
#[track_caller]
pub(crate) fn timeout_reason(url: &str) -> String {
    let mut reason = String::new();
    until("the server responds", || {
        reason = reason_after_two_seconds(url);
        !NO_RESPONSE.contains(&reason.as_str())
    });
    reason
}

#[track_caller]
fn reason_after_two_seconds(url: &str) -> String {
    let waiting = Waiting::start(&[("ENTRYPOINT_WAIT", url), ("ENTRYPOINT_WAIT_TIMEOUT", "2s")], "exit 1");
    let (code, output) = waiting.end();
    assert_eq!(code, 124, "{output}");
    let line = output.lines().rfind(|line| line.contains("is not ready")).unwrap();
    line.split_once(" after 2 s: ").unwrap().1.to_owned()
}
