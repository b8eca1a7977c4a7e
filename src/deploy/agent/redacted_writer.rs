//! All lines of text leave the agent here: to the deployer, and into the
//! journal. Every line is redacted.

use super::journal::{Journal, JournalAppender};
use super::machine::Machine;
use super::redact::{RedactedLine, Redactor};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::state::journal::JournalLine;
use std::collections::VecDeque;
use std::sync::Arc;

/// Receives the redacted output lines of a request.
pub type OnLine<'a> = &'a mut dyn FnMut(&RedactedLine);

/// Writes the lines of one request.
pub struct RedactedWriter<'a> {
    redactor: Arc<Redactor>,
    journal: Journal,
    undoing: bool,
    on_line: OnLine<'a>,
}

impl<'a> RedactedWriter<'a> {
    /// A writer to the deployer, `on_line`, and to the journal.
    pub fn new(redactor: Arc<Redactor>, journal: Journal, undoing: bool, on_line: OnLine<'a>) -> Self {
        Self { redactor, journal, undoing, on_line }
    }

    /// From here on the deploy is undone. The undo matters more than a complete
    /// journal, so a failed write is ignored.
    pub fn set_undoing(&mut self, undoing: bool) {
        self.undoing = undoing;
    }

    /// Sends a line to the deployer.
    pub fn send(&mut self, line: &str) {
        (self.on_line)(&self.redactor.redact(line));
    }

    /// Sends a line to the deployer and logs it. A failed write is ignored.
    pub fn send_and_log(&mut self, machine: &mut dyn Machine, line: &str) {
        self.send(line);
        let _ = self.log(machine, JournalLine::Output(line.to_owned()));
    }

    /// Writes a line into the journal, synced to the disk.
    pub fn log(&self, machine: &mut dyn Machine, line: JournalLine) -> Result<(), StepError> {
        let written = self.journal.write(machine, &self.redactor.journal_line(line));
        if self.undoing { Ok(()) } else { written }
    }

    /// Opens the journal for the output of a command.
    pub fn open_step_log(&mut self, machine: &mut dyn Machine) -> Result<StepLog<'_, 'a>, StepError> {
        let appender = self.journal.appender(machine)?;
        Ok(StepLog { writer: self, appender, written: Ok(()), head: 0, tail: Tail::default() })
    }
}

/// How much of the beginning and of the end of a command's output is logged, in bytes each. A task may
/// write gigabytes, and every later command reads the journal.
const MAX_LOGGED: usize = 256 << 10;

/// Writes the output of one command to the deployer, and the beginning and the end of it into the journal.
pub struct StepLog<'w, 'a> {
    writer: &'w mut RedactedWriter<'a>,
    appender: JournalAppender,
    written: Result<(), StepError>,
    /// The bytes that are logged so far.
    head: usize,
    tail: Tail,
}

/// The newest lines of an output, which are logged at its end.
#[derive(Default)]
struct Tail {
    lines: VecDeque<String>,
    /// Of the lines together, in bytes.
    size: usize,
    /// How many lines were removed.
    removed: u64,
}

impl Tail {
    fn push(&mut self, line: &str) {
        self.size += line.len();
        self.lines.push_back(line.to_owned());
        while self.size > MAX_LOGGED
            && let Some(oldest) = self.lines.pop_front()
        {
            self.size -= oldest.len();
            self.removed += 1;
        }
    }
}

impl StepLog<'_, '_> {
    /// Sends a line to the deployer, and logs it if `keep` is true.
    pub fn write(&mut self, line: &str, keep: bool) {
        self.writer.send(line);
        if !keep {
            return;
        }
        if self.tail.lines.is_empty() && self.head + line.len() <= MAX_LOGGED {
            self.head += line.len();
            self.append(line);
        } else {
            self.tail.push(line);
        }
    }

    fn append(&mut self, line: &str) {
        if self.written.is_ok() {
            let line = self.writer.redactor.journal_line(JournalLine::Output(line.to_owned()));
            self.written = self.appender.write(&line);
        }
    }

    /// Logs the end of the output. Returns the first error of writing the journal.
    pub fn close(mut self) -> Result<(), StepError> {
        let tail = std::mem::take(&mut self.tail);
        if tail.removed > 0 {
            self.append(&format!("[{} more lines, which are not logged]", tail.removed));
        }
        tail.lines.iter().for_each(|line| self.append(line));
        self.written
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_machine::{self, with_writer};
    use super::JournalLine;

    #[test]
    fn only_an_undo_continues_without_the_journal() {
        let log = |undoing| {
            let mut host = test_machine::host(&[]);
            host.machine.is_full = true;
            let result = with_writer(&mut host, false, |host, writer| {
                writer.set_undoing(undoing);
                writer.log(&mut host.machine, JournalLine::Output("x".into()))
            });
            result.0.is_ok()
        };
        assert!(log(true) && !log(false));
    }

    #[test]
    fn the_journal_has_the_lines_to_keep_and_reports_a_failed_write() {
        let mut host = test_machine::host(&[]);
        let write = |host: &mut super::super::app_host::AppHost<test_machine::TestMachine>| {
            with_writer(host, false, |host, writer| {
                let mut log = writer.open_step_log(&mut host.machine)?;
                log.write("kept", true);
                log.write("progress", false);
                log.close()
            })
        };
        let (result, lines) = write(&mut host);
        assert_eq!((result, lines), (Ok(()), vec!["kept".to_owned(), "progress".to_owned()]));
        let journal = host.machine.text("/var/www/site/.deploy/journal").unwrap();
        assert!(journal.contains("kept") && !journal.contains("progress"), "{journal}");
        host.machine.is_full = true;
        assert!(write(&mut host).0.is_err());
    }
}
