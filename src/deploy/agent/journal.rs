//! What the host knows of pushes: the journal of the one that is going on,
//! the history of those that ended, their logs. All beside TAG, in `.deploy`.
//!
//! Every line is on the disk before the step that it announces is done, so that the next deploy
//! can resume after a crash at any time. [`crate::deploy::state`] has the format.

use super::machine::Machine;
use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::host_state::{LockHolder, OpenDeploy, Snapshot};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::state::{self, BadLine, RecordError};
use crate::deploy::timestamp::utc;
use std::path::{Path, PathBuf};

/// How many logs of pushes are kept.
const LOGS: usize = 20;

/// How many lines of history are told.
const TOLD: usize = 200;

/// Bytes that are set aside, so that a full disk does not keep us from
/// putting things back.
const RESERVE: usize = 64 << 10;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalLine {
    /// A push begins, or takes up one that was cut off.
    Begin {
        /// The push.
        ticket: Ticket,
        /// What the host was before.
        before: Snapshot,
    },
    /// A stage begins.
    Stage {
        /// Its name.
        name: String,
        /// When, in seconds of Unix time.
        at: u64,
    },
    /// A step is about to be done.
    StepStart {
        /// The step.
        step: String,
        /// When, in seconds of Unix time.
        at: u64,
    },
    /// That step is done.
    StepEnd {
        /// Why it failed, if it did.
        failed: Option<String>,
        /// Whether it changed the schema.
        migrated: bool,
        /// When, in seconds of Unix time.
        at: u64,
    },
    /// What a command said; lines.
    Output(String),
}

impl std::fmt::Display for JournalLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begin { ticket, .. } => {
                let began = utc(ticket.started);
                write!(
                    f,
                    "{began} {} of {} by {} on {}",
                    ticket.kind.name(),
                    ticket.tag,
                    ticket.user,
                    ticket.machine
                )
            }
            Self::Stage { name, at } => write!(f, "{} stage {name}", utc(*at)),
            Self::StepStart { step, at } => write!(f, "{} {step}", utc(*at)),
            Self::StepEnd { failed: None, at, .. } => write!(f, "{} done", utc(*at)),
            Self::StepEnd { failed: Some(why), at, .. } => write!(f, "{} failed: {why}", utc(*at)),
            Self::Output(text) => write!(f, "    {}", text.replace('\n', "\n    ")),
        }
    }
}

/// Where all of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The journal of the app whose TAG is in `folder`.
    pub fn beside(folder: &Path) -> Self {
        Self { folder: folder.join(".deploy") }
    }

    /// The file whose lock is the app's.
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

    /// Makes the folders.
    pub fn prepare(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        for folder in [&self.folder, &self.logs()] {
            machine.create_folder(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        Ok(())
    }

    /// Opens the journal. A push that was cut off is kept in it, above.
    pub fn begin(
        &self,
        machine: &mut dyn Machine,
        ticket: &Ticket,
        before: &Snapshot,
    ) -> Result<(), StepError> {
        let reserve = self.reserve();
        if !machine.exists(&reserve) {
            let bytes = vec![b'.'; RESERVE];
            machine.replace(&reserve, &bytes).map_err(|error| cannot_write(&reserve, &error))?;
        }
        self.write(machine, &JournalLine::Begin { ticket: ticket.clone(), before: before.clone() })
    }

    /// Gives up the bytes set aside: what comes now puts things back.
    pub fn use_reserve(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        let reserve = self.reserve();
        machine.remove(&reserve).map_err(|error| cannot_write(&reserve, &error))
    }

    /// Writes a line; it is on the disk when this comes back.
    pub fn write(&self, machine: &mut dyn Machine, line: &JournalLine) -> Result<(), StepError> {
        append(machine, &self.file(), &state::journal::encode(line))
    }

    /// For lines that come one after the other while a step goes on: written at
    /// once, on the disk with the line that ends the step.
    pub fn appender(&self, machine: &mut dyn Machine) -> Result<JournalAppender, StepError> {
        let path = self.file();
        let file = machine.appender(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok(JournalAppender { path, file })
    }

    /// The deploy that has not ended.
    pub fn open(&self, machine: &dyn Machine) -> Result<Contents<Option<OpenDeploy>>, StepError> {
        let contents = read(machine, &self.file(), state::journal::parse)?;
        Ok(contents.map(|lines| lines.into_iter().fold(None, fold)))
    }

    /// The last lines of the history, the oldest first.
    pub fn history(&self, machine: &dyn Machine) -> Result<Contents<Vec<HistoryEntry>>, StepError> {
        let contents = read(machine, &self.history_file(), state::history::parse)?;
        Ok(contents.map(|mut all| all.split_off(all.len().saturating_sub(TOLD))))
    }

    /// Who has the lock, as the file says; `None` where there is no file.
    pub fn holder(&self, machine: &dyn Machine) -> Result<Option<LockHolder>, StepError> {
        let path = self.holder_file();
        let Some(bytes) = bytes(machine, &path)? else { return Ok(None) };
        state::holder::parse(&bytes).map(Some).map_err(|error| cannot_read(&path, &error))
    }

    /// Writes who has the lock.
    pub fn write_holder(&self, machine: &mut dyn Machine, holder: &LockHolder) -> Result<(), StepError> {
        let path = self.holder_file();
        let bytes = state::holder::encode(holder);
        machine.replace(&path, &bytes).map_err(|error| cannot_write(&path, &error))
    }

    /// Closes the journal: the push goes into the history, its journal among
    /// the logs. In this order: what is in the history has ended, even where
    /// the journal could not be put away any more.
    pub fn end(&self, machine: &mut dyn Machine, entry: &HistoryEntry) -> Result<(), StepError> {
        append(machine, &self.history_file(), &state::history::encode(entry))?;
        let log = self.logs().join(&entry.ticket.id);
        if machine.exists(&self.file()) {
            machine.rename(&self.file(), &log).map_err(|error| cannot_write(&log, &error))?;
        }
        self.forget_old_logs(machine)
    }

    fn forget_old_logs(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        let logs = machine.list(&self.logs());
        for name in logs.iter().take(logs.len().saturating_sub(LOGS)) {
            let log = self.logs().join(name);
            machine.remove(&log).map_err(|error| cannot_write(&log, &error))?;
        }
        Ok(())
    }

    /// The lines of the deploy with this id, open or ended; of the newest without an id.
    pub fn log(&self, machine: &dyn Machine, id: Option<&str>) -> Result<Vec<LogLine>, StepError> {
        let open = log_lines(machine, &self.file())?;
        let is_open = |id: &str| {
            open.iter().any(|line| matches!(line, Ok(JournalLine::Begin { ticket, .. }) if ticket.id == id))
        };
        let names = || machine.list(&self.logs()).into_iter().filter_map(|name| name.into_string().ok());
        match id {
            Some(id) if is_open(id) => Ok(open),
            Some(id) => match names().find(|name| name == id) {
                Some(name) => log_lines(machine, &self.logs().join(name)),
                None => Ok(Vec::new()),
            },
            None if !open.is_empty() => Ok(open),
            None => match names().next_back() {
                Some(name) => log_lines(machine, &self.logs().join(name)),
                None => Ok(Vec::new()),
            },
        }
    }
}

/// What a line makes of what was known before it. A push that takes up
/// another one brings that one's `before` with it.
fn fold(open: Option<OpenDeploy>, line: JournalLine) -> Option<OpenDeploy> {
    if let JournalLine::Begin { ticket, before } = line {
        let migrated = open.is_some_and(|open| open.migrated);
        return Some(OpenDeploy { ticket, snapshot: before, stage: "begin".into(), step: None, migrated });
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

/// The journal, open for the lines of one step.
pub struct JournalAppender {
    path: PathBuf,
    file: Box<dyn std::io::Write>,
}

impl JournalAppender {
    /// Writes a line.
    pub fn write(&mut self, line: &JournalLine) -> Result<(), StepError> {
        self.file.write_all(&state::journal::encode(line)).map_err(|error| cannot_write(&self.path, &error))
    }
}

fn append(machine: &mut dyn Machine, path: &Path, line: &[u8]) -> Result<(), StepError> {
    machine.append(path, line).map_err(|error| cannot_write(path, &error))
}

/// What a file says, and the first of its lines that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents<T> {
    /// What the usable lines say.
    pub value: T,
    /// Why it is not all.
    pub error: Option<StepError>,
}

impl<T> Contents<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Contents<U> {
        Contents { value: change(self.value), error: self.error }
    }

    /// The value, if every line of the file can be used.
    pub fn complete(self) -> Result<T, StepError> {
        self.error.map_or(Ok(self.value), Err)
    }
}

/// A line of a log, or why it cannot be shown.
pub type LogLine = Result<JournalLine, BadLine>;

type Parse<T> = fn(serde_json::Value) -> Result<T, RecordError>;

fn read<T>(machine: &dyn Machine, path: &Path, parse: Parse<T>) -> Result<Contents<Vec<T>>, StepError> {
    let (mut value, mut error) = (Vec::new(), None);
    for line in state::read_lines(&bytes(machine, path)?.unwrap_or_default(), parse) {
        match line {
            Ok(record) => value.push(record),
            Err(bad) => error = error.or_else(|| Some(cannot_read(path, &bad))),
        }
    }
    Ok(Contents { value, error })
}

fn log_lines(machine: &dyn Machine, path: &Path) -> Result<Vec<LogLine>, StepError> {
    let bytes = bytes(machine, path)?.unwrap_or_default();
    Ok(state::read_lines(&bytes, state::journal::parse))
}

fn bytes(machine: &dyn Machine, path: &Path) -> Result<Option<Vec<u8>>, StepError> {
    let content = machine.read(path).map_err(|error| cannot_read(path, &error))?;
    Ok(content.map(|content| content.bytes))
}

fn cannot_read(path: &Path, error: &dyn std::fmt::Display) -> StepError {
    StepError::Read { path: path.display().to_string(), text: error.to_string() }
}

/// A file that the kernel would not have written.
pub fn cannot_write(path: &Path, error: &std::io::Error) -> StepError {
    StepError::Write { path: path.display().to_string(), text: error.to_string() }
}
