//! Commands run, and what they say: heard, kept, masked.

use super::journal::JournalLine;
use super::machine::{Call, CommandEnd, Machine, Stream};
use super::{Agent, Heard, LONG, SHORT, redact};
use crate::deploy::protocol::step_error::StepError;
use crate::runner::app::Root;
use crate::runner::config;
use crate::world::World;
use std::time::Duration;

impl<M: Machine> Agent<M> {
    /// Runs a command that tells something: what it said on standard output.
    pub(super) fn call(&mut self, words: &[String], limit: Duration) -> Result<String, StepError> {
        let (mut out, mut last) = (String::new(), String::new());
        let mut keep = |stream, line: &str| match stream {
            Stream::Out => {
                out.push_str(line);
                out.push('\n');
            }
            Stream::Err => last = line.to_owned(),
        };
        let call = self.called(words, limit);
        let end = self.machine.run(&call, &mut keep);
        self.ended(&call, end, &last).map(|()| out)
    }

    /// A short question that may fail without stopping anything.
    pub(super) fn succeeds(&mut self, words: &[String]) -> Result<(), StepError> {
        self.call(words, SHORT).map(|_| ())
    }

    /// Runs a command for what it says, masked, on standard error too with
    /// `both`; how it ends is all one.
    pub(super) fn lines(&mut self, words: &[String], both: bool) -> Vec<String> {
        let call = self.called(words, SHORT);
        let (secrets, mut lines) = (&self.secrets, Vec::new());
        let _ = self.machine.run(&call, &mut |stream, line| {
            if both || stream == Stream::Out {
                lines.push(redact::masked(line, secrets));
            }
        });
        lines
    }

    /// Runs a command whose output people want to see, masked; the lines that
    /// `keep` chooses go into the journal as they come.
    pub(super) fn show(
        &mut self,
        words: &[String],
        keep: fn(&str) -> bool,
        heard: Heard<'_>,
    ) -> Result<Vec<String>, StepError> {
        let call = self.called(words, LONG);
        let secrets = std::mem::take(&mut self.secrets);
        let mut lines: Vec<String> = Vec::new();
        let mut pen = self.journal().appender(&mut self.machine)?;
        let mut written = Ok(());
        let end = self.machine.run(&call, &mut |_, line| {
            let line = redact::masked(line, &secrets);
            heard(&line);
            if written.is_ok() && keep(&line) {
                written = pen.write(&JournalLine::Said(line.clone()));
            }
            lines.push(line);
        });
        self.secrets = secrets;
        written?;
        let last = lines.last().cloned().unwrap_or_default();
        self.ended(&call, end, &last).map(|()| lines)
    }

    fn called(&self, words: &[String], limit: Duration) -> Call {
        let first = words.first().map_or("", String::as_str);
        let docker = first == "docker" || (first != "sudo" && words.iter().any(|word| word == "--tag"));
        let words = words.to_vec();
        let words = if docker && self.sudo_docker { through_sudo(words) } else { words };
        Call { words, limit }
    }

    /// The words of a command that only root may do.
    pub(super) fn as_root(&self, words: Vec<String>) -> Vec<String> {
        if self.machine.is_root() { words } else { through_sudo(words) }
    }

    fn ended(&self, call: &Call, end: CommandEnd, said: &str) -> Result<(), StepError> {
        let line = || redact::masked(&line(&call.words), &self.secrets);
        match end {
            CommandEnd::Code(0) => Ok(()),
            CommandEnd::Code(code) => Err(StepError::Command {
                line: line(),
                code,
                said: redact::masked(said.trim(), &self.secrets),
            }),
            CommandEnd::Slow => Err(StepError::Slow { line: line(), seconds: call.limit.as_secs() }),
            CommandEnd::Cancelled => Err(StepError::Cancelled),
            CommandEnd::Missing => {
                Err(StepError::Missing { program: call.words.first().cloned().unwrap_or_default() })
            }
        }
    }
}

/// What tells docker-runner, and the host's side, to read an app's files as we do.
pub fn options(world: &World, root: &Root) -> Vec<String> {
    let options = config::forwarded_options(root, world.non_empty(config::SHELL));
    options.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// The words through sudo, which asks for no password.
pub fn through_sudo(words: Vec<String>) -> Vec<String> {
    ["sudo", "-n"].into_iter().map(str::to_owned).chain(words).collect()
}

/// The words as a shell line.
pub fn line(words: &[String]) -> String {
    let quoted = words.iter().map(|word| crate::shell::quote::word(word.as_ref()));
    quoted.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
