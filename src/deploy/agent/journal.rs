//! The deploy files of an app on this host: the journal of the open deploy, the history of ended
//! deploys, and their logs. They are in `.deploy`, in the folder of TAG.
//!
//! Every line is synced to the disk before its step starts, so that the next deploy can resume after
//! a crash at any time. The formats are in [`crate::deploy::state`].

use super::machine::Machine;
use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::host_state::{LockHolder, OpenDeploy, Snapshot};
use crate::deploy::protocol::response::DeployLog;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::state::journal::JournalLine;
use crate::deploy::state::{self, BadLine, RecordError};
use std::path::{Path, PathBuf};

/// How many logs are kept.
const MAX_LOGS: usize = 20;

/// How many entries of the history are returned.
const MAX_HISTORY: usize = 200;

/// The size of the reserve file in bytes. An undo removes the file, so that it can write even if the
/// disk is full.
const RESERVE: usize = 64 << 10;

/// The folder with the deploy files of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The deploy files of the app whose TAG is in `folder`.
    pub fn in_app_folder(folder: &Path) -> Self {
        Self { folder: folder.join(".deploy") }
    }

    /// The file on which the app's lock is taken.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("journal")
    }

    fn history_file(&self) -> PathBuf {
        self.folder.join("history")
    }

    fn holder_file(&self) -> PathBuf {
        self.folder.join("holder")
    }

    fn logs(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn reserve(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    /// Creates the folders.
    pub fn prepare(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        for folder in [&self.folder, &self.logs()] {
            machine.create_folder(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        Ok(())
    }

    /// Opens the journal. Lines of an interrupted deploy are kept.
    pub fn begin(
        &self,
        machine: &mut dyn Machine,
        ticket: &Ticket,
        snapshot: &Snapshot,
    ) -> Result<(), StepError> {
        let reserve = self.reserve();
        if !machine.exists(&reserve) {
            let bytes = vec![b'.'; RESERVE];
            machine.replace(&reserve, &bytes).map_err(|error| cannot_write(&reserve, &error))?;
        }
        self.write(machine, &JournalLine::Begin { ticket: ticket.clone(), snapshot: snapshot.clone() })
    }

    /// Removes the reserve file, so that an undo can write on a full disk.
    pub fn use_reserve(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        let reserve = self.reserve();
        machine.remove(&reserve).map_err(|error| cannot_write(&reserve, &error))
    }

    /// Writes a line and syncs it to the disk.
    pub fn write(&self, machine: &mut dyn Machine, line: &JournalLine) -> Result<(), StepError> {
        append(machine, &self.file(), &state::journal::encode(line))
    }

    /// Opens the journal for the output of a step. Its lines are written at once, and synced to the
    /// disk with the line that ends the step.
    pub fn appender(&self, machine: &mut dyn Machine) -> Result<JournalAppender, StepError> {
        let path = self.file();
        let file = machine.appender(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok(JournalAppender { path, file })
    }

    /// The deploy that has not ended.
    pub fn open(&self, machine: &dyn Machine) -> Result<Contents<Option<OpenDeploy>>, StepError> {
        let contents = read_records(machine, &self.file(), state::journal::parse)?;
        Ok(contents.map(|lines| lines.into_iter().fold(None, apply)))
    }

    /// The newest entries of the history, the oldest first.
    pub fn history(&self, machine: &dyn Machine) -> Result<Contents<Vec<HistoryEntry>>, StepError> {
        let contents = read_records(machine, &self.history_file(), state::history::parse)?;
        Ok(contents.map(|mut all| all.split_off(all.len().saturating_sub(MAX_HISTORY))))
    }

    /// The lock holder in the file; `None` if the file does not exist.
    pub fn holder(&self, machine: &dyn Machine) -> Result<Option<LockHolder>, StepError> {
        let path = self.holder_file();
        let Some(bytes) = read_bytes(machine, &path)? else { return Ok(None) };
        state::holder::parse(&bytes).map(Some).map_err(|error| cannot_read(&path, &error))
    }

    pub fn write_holder(&self, machine: &mut dyn Machine, holder: &LockHolder) -> Result<(), StepError> {
        let path = self.holder_file();
        let bytes = state::holder::encode(holder);
        machine.replace(&path, &bytes).map_err(|error| cannot_write(&path, &error))
    }

    /// Closes the journal: writes the deploy into the history, then moves the journal to the logs.
    /// A deploy in the history has ended, even if its journal could not be moved.
    pub fn end(&self, machine: &mut dyn Machine, entry: &HistoryEntry) -> Result<(), StepError> {
        append(machine, &self.history_file(), &state::history::encode(entry))?;
        let log = self.logs().join(&entry.ticket.id);
        if machine.exists(&self.file()) {
            machine.rename(&self.file(), &log).map_err(|error| cannot_write(&log, &error))?;
        }
        self.remove_old_logs(machine)
    }

    fn remove_old_logs(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        let logs = machine.list(&self.logs());
        for name in logs.iter().take(logs.len().saturating_sub(MAX_LOGS)) {
            let log = self.logs().join(name);
            machine.remove(&log).map_err(|error| cannot_write(&log, &error))?;
        }
        Ok(())
    }

    /// The log of the deploy with this id, which may be open; without an id, of the newest deploy.
    /// `None` if there is no such deploy.
    pub fn log(&self, machine: &dyn Machine, id: Option<&str>) -> Result<Option<DeployLog>, StepError> {
        let open = LogFile::read(machine, self.file())?;
        let is_wanted = match id {
            Some(id) => open.begins(id),
            None => !open.lines.is_empty(),
        };
        if is_wanted {
            return open.deploy_log();
        }
        let mut names = machine.list(&self.logs()).into_iter().filter_map(|name| name.into_string().ok());
        let name = match id {
            Some(id) => names.find(|name| name == id),
            None => names.next_back(),
        };
        match name {
            Some(name) => LogFile::read(machine, self.logs().join(name))?.deploy_log(),
            // The open deploy may be the wanted one if the line that begins it cannot be read.
            None => open.first_error().map_or(Ok(None), Err),
        }
    }
}

/// The lines of a log or of the journal.
struct LogFile {
    path: PathBuf,
    lines: Vec<Result<JournalLine, BadLine>>,
}

impl LogFile {
    /// A missing file has no lines.
    fn read(machine: &dyn Machine, path: PathBuf) -> Result<Self, StepError> {
        let bytes = read_bytes(machine, &path)?.unwrap_or_default();
        Ok(Self { lines: state::read_lines(&bytes, state::journal::parse), path })
    }

    /// The deploys that begin in it: that of the file, and those that it continues.
    fn tickets(&self) -> impl DoubleEndedIterator<Item = &Ticket> {
        self.lines.iter().flatten().filter_map(JournalLine::ticket)
    }

    fn begins(&self, id: &str) -> bool {
        self.tickets().any(|ticket| ticket.id == id)
    }

    fn first_error(&self) -> Option<StepError> {
        let bad = self.lines.iter().find_map(|line| line.as_ref().err());
        bad.map(|bad| cannot_read(&self.path, bad))
    }

    /// Invalid lines are part of the log, but without a ticket there is no log.
    fn deploy_log(&self) -> Result<Option<DeployLog>, StepError> {
        let Some(ticket) = self.tickets().next_back().cloned() else {
            return self.first_error().map_or(Ok(None), Err);
        };
        let text = |line: &Result<JournalLine, BadLine>| match line {
            Ok(line) => line.to_string(),
            Err(bad) => format!("cannot read {bad}"),
        };
        Ok(Some(DeployLog { ticket, lines: self.lines.iter().map(text).collect() }))
    }
}

/// Applies a line of the journal. A deploy that resumes another one has the snapshot of that one.
fn apply(open: Option<OpenDeploy>, line: JournalLine) -> Option<OpenDeploy> {
    if let JournalLine::Begin { ticket, snapshot } = line {
        let migrated = open.is_some_and(|open| open.migrated);
        return Some(OpenDeploy { ticket, snapshot, stage: "begin".into(), step: None, migrated });
    }
    let mut open = open?;
    match line {
        JournalLine::Stage { name, .. } => open.stage = name,
        JournalLine::StepStart { step, .. } => open.step = Some((step, false)),
        JournalLine::StepEnd { migrated, .. } => {
            open.migrated |= migrated;
            open.step = open.step.map(|(step, _)| (step, true));
        }
        JournalLine::Begin { .. } | JournalLine::Output(_) => {}
    }
    Some(open)
}

/// The journal, open for the output of one step.
pub struct JournalAppender {
    path: PathBuf,
    file: Box<dyn std::io::Write>,
}

impl JournalAppender {
    pub fn write(&mut self, line: &JournalLine) -> Result<(), StepError> {
        self.file.write_all(&state::journal::encode(line)).map_err(|error| cannot_write(&self.path, &error))
    }
}

fn append(machine: &mut dyn Machine, path: &Path, line: &[u8]) -> Result<(), StepError> {
    machine.append(path, line).map_err(|error| cannot_write(path, &error))
}

/// The content of a file, and its first error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents<T> {
    /// From the valid lines.
    pub value: T,
    /// The first invalid line.
    pub error: Option<StepError>,
}

impl<T> Contents<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Contents<U> {
        Contents { value: change(self.value), error: self.error }
    }

    /// The value, if every line is valid.
    pub fn complete(self) -> Result<T, StepError> {
        self.error.map_or(Ok(self.value), Err)
    }
}

type Parse<T> = fn(serde_json::Value) -> Result<T, RecordError>;

fn read_records<T>(
    machine: &dyn Machine,
    path: &Path,
    parse: Parse<T>,
) -> Result<Contents<Vec<T>>, StepError> {
    let (mut value, mut error) = (Vec::new(), None);
    for line in state::read_lines(&read_bytes(machine, path)?.unwrap_or_default(), parse) {
        match line {
            Ok(record) => value.push(record),
            Err(bad) => error = error.or_else(|| Some(cannot_read(path, &bad))),
        }
    }
    Ok(Contents { value, error })
}

fn read_bytes(machine: &dyn Machine, path: &Path) -> Result<Option<Vec<u8>>, StepError> {
    let content = machine.read(path).map_err(|error| cannot_read(path, &error))?;
    Ok(content.map(|content| content.bytes))
}

fn cannot_read(path: &Path, error: &dyn std::fmt::Display) -> StepError {
    StepError::Read { path: path.display().to_string(), text: error.to_string() }
}

pub fn cannot_write(path: &Path, error: &std::io::Error) -> StepError {
    StepError::Write { path: path.display().to_string(), text: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::test_machine;
    use super::{MAX_LOGS, RESERVE};
    use crate::deploy::host_state::Snapshot;
    use crate::deploy::test_values::{done, ticket};

    #[test]
    fn an_open_deploy_has_a_reserve_and_a_log() {
        let mut host = test_machine::host(&[]);
        let journal = host.journal();
        journal.begin(&mut host.machine, &ticket("1"), &Snapshot::default()).unwrap();
        let reserve = || host.machine.text("/var/www/site/.deploy/reserve").map(|text| text.len());
        assert_eq!(reserve(), Some(RESERVE));
        let lines = |id| journal.log(&host.machine, id).unwrap().map_or(0, |log| log.lines.len());
        assert_eq!((lines(Some("1")), lines(Some("2")), lines(None)), (1, 0, 1));
        journal.use_reserve(&mut host.machine).unwrap();
        assert_eq!(host.machine.text("/var/www/site/.deploy/reserve"), None);
    }

    #[test]
    fn only_the_newest_logs_are_kept() {
        let mut host = test_machine::host(&[]);
        let journal = host.journal();
        for id in (100..100 + MAX_LOGS + 3).map(|id| id.to_string()) {
            journal.begin(&mut host.machine, &ticket(&id), &Snapshot::default()).unwrap();
            journal.end(&mut host.machine, &done(ticket(&id))).unwrap();
        }
        let has_log = |id: usize| host.machine.text(&format!("/var/www/site/.deploy/log/{id}")).is_some();
        assert!(!has_log(102) && has_log(103) && has_log(102 + MAX_LOGS));
    }
}
