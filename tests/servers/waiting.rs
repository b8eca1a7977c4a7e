//! A `migrate` that waits. In the place of `manage.py` it runs the server's own
//! client once: that this succeeds is what "ready" means.

use crate::executable;
use crate::server::PATIENCE;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A `migrate` that waits.
pub(crate) struct Waiting {
    process: Child,
    lines: Receiver<String>,
    heard: Vec<String>,
    _folder: TempDir,
}

impl Waiting {
    /// Starts it with these variables; `client` is the shell line that has to
    /// succeed afterwards.
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
        Self { process, lines, heard: Vec::new(), _folder: folder }
    }

    /// Waits until it has said this.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.heard.iter().any(|line| line.contains(words)) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.heard.push(line),
                Err(_) => panic!("it does not say {words}, but {:?}", self.heard),
            }
        }
    }

    /// Asserts that it is still waiting.
    #[track_caller]
    pub(crate) fn is_waiting(&mut self) {
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(self.process.try_wait().unwrap(), None, "it does not wait: {:?}", self.heard);
    }

    /// Waits for its end; its exit code and all that it and the client said.
    pub(crate) fn end(mut self) -> (i32, String) {
        let code = self.process.wait().unwrap().code().unwrap();
        self.heard.extend(self.lines.iter());
        let mut output = String::new();
        std::io::Read::read_to_string(&mut self.process.stdout.take().unwrap(), &mut output).unwrap();
        (code, self.heard.join("\n") + "\n" + &output)
    }

    /// Waits for its end, which has to be the client's success.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        let (code, said) = self.end();
        assert_eq!(code, 0, "{said}");
        said
    }
}

/// Waits for two seconds, time enough for an answer, and tells what was said of the one target at last.
#[track_caller]
pub(crate) fn reason_of(url: &str) -> String {
    let waiting = Waiting::start(&[("ENTRYPOINT_WAIT", url), ("ENTRYPOINT_WAIT_TIMEOUT", "2s")], "exit 1");
    let (code, said) = waiting.end();
    assert_eq!(code, 124, "{said}");
    let line = said.lines().rfind(|line| line.contains("is not ready")).unwrap();
    line.split_once(" after 2 s: ").unwrap().1.to_owned()
}
