//! What the host knows of pushes: the journal of the one that is going on,
//! the history of those that ended, their logs. All beside TAG, in `.deploy`.
//!
//! A line is a JSON object. Every line is written whole to the disk before
//! the step it announces is done, so that whatever is cut off can be taken up
//! again. A line that is torn (power gone while it was written) is passed over.

use super::machine::Machine;
use crate::deploy::history::{Entry, Ticket};
use crate::deploy::host_state::{Open, Snapshot};
use crate::deploy::protocol::codec;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::timestamp::stamp;
use crate::json::wire::Wire;
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
    Begun {
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
    About {
        /// The step.
        step: String,
        /// When, in seconds of Unix time.
        at: u64,
    },
    /// That step is done.
    Did {
        /// Why it failed, if it did.
        failed: Option<String>,
        /// Whether it changed the schema.
        migrated: bool,
        /// When, in seconds of Unix time.
        at: u64,
    },
    /// What a command said; lines.
    Said(String),
}

impl std::fmt::Display for JournalLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begun { ticket, .. } => {
                let began = stamp(ticket.began);
                write!(
                    f,
                    "{began} {} of {} by {} on {}",
                    ticket.kind.name(),
                    ticket.tag,
                    ticket.who,
                    ticket.from
                )
            }
            Self::Stage { name, at } => write!(f, "{} stage {name}", stamp(*at)),
            Self::About { step, at } => write!(f, "{} {step}", stamp(*at)),
            Self::Did { failed: None, at, .. } => write!(f, "{} done", stamp(*at)),
            Self::Did { failed: Some(why), at, .. } => write!(f, "{} failed: {why}", stamp(*at)),
            Self::Said(text) => write!(f, "    {}", text.replace('\n', "\n    ")),
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
        self.write(machine, &JournalLine::Begun { ticket: ticket.clone(), before: before.clone() })
    }

    /// Gives up the bytes set aside: what comes now puts things back.
    pub fn use_reserve(&self, machine: &mut dyn Machine) -> Result<(), StepError> {
        let reserve = self.reserve();
        machine.remove(&reserve).map_err(|error| cannot_write(&reserve, &error))
    }

    /// Writes a line; it is on the disk when this comes back.
    pub fn write(&self, machine: &mut dyn Machine, line: &JournalLine) -> Result<(), StepError> {
        append(machine, &self.file(), line)
    }

    /// For lines that come one after the other while a step goes on: written at
    /// once, on the disk with the line that ends the step.
    pub fn appender(&self, machine: &mut dyn Machine) -> Result<JournalAppender, StepError> {
        let path = self.file();
        let file = machine.appender(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok(JournalAppender { path, file })
    }

    /// The push that is not closed.
    pub fn open(&self, machine: &dyn Machine) -> Result<Option<Open>, StepError> {
        Ok(self.lines(machine)?.into_iter().fold(None, fold))
    }

    fn lines(&self, machine: &dyn Machine) -> Result<Vec<JournalLine>, StepError> {
        lines(machine, &self.file())
    }

    /// The history, the oldest first.
    pub fn history(&self, machine: &dyn Machine) -> Result<Vec<Entry>, StepError> {
        let mut all: Vec<Entry> = lines(machine, &self.history_file())?;
        let old = all.len().saturating_sub(TOLD);
        Ok(all.split_off(old))
    }

    /// Closes the journal: the push goes into the history, its journal among
    /// the logs. In this order: what is in the history has ended, even where
    /// the journal could not be put away any more.
    pub fn end(&self, machine: &mut dyn Machine, entry: &Entry) -> Result<(), StepError> {
        append(machine, &self.history_file(), entry)?;
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

    /// The lines of a push that ended, or of the one that is going on; of the
    /// newest where none is named.
    pub fn log(&self, machine: &dyn Machine, id: Option<&str>) -> Result<Vec<JournalLine>, StepError> {
        let open = self.lines(machine)?;
        let is_open = |id: &str| {
            open.iter().any(|line| matches!(line, JournalLine::Begun { ticket, .. } if ticket.id == id))
        };
        let names = || machine.list(&self.logs()).into_iter().filter_map(|name| name.into_string().ok());
        match id {
            Some(id) if is_open(id) => Ok(open),
            Some(id) => match names().find(|name| name == id) {
                Some(name) => lines(machine, &self.logs().join(name)),
                None => Ok(Vec::new()),
            },
            None if !open.is_empty() => Ok(open),
            None => match names().next_back() {
                Some(name) => lines(machine, &self.logs().join(name)),
                None => Ok(Vec::new()),
            },
        }
    }
}

/// What a line makes of what was known before it. A push that takes up
/// another one brings that one's `before` with it.
fn fold(open: Option<Open>, line: JournalLine) -> Option<Open> {
    if let JournalLine::Begun { ticket, before } = line {
        let migrated = open.is_some_and(|open| open.migrated);
        return Some(Open { ticket, before, stage: "begin".into(), step: None, migrated });
    }
    let mut open = open?;
    match line {
        JournalLine::Stage { name, .. } => open.stage = name,
        JournalLine::About { step, .. } => open.step = Some((step, false)),
        JournalLine::Did { migrated, .. } => {
            open.migrated |= migrated;
            open.step = open.step.map(|(step, _)| (step, true));
        }
        JournalLine::Begun { .. } | JournalLine::Said(_) => {}
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
        self.file.write_all(&own_line(line)).map_err(|error| cannot_write(&self.path, &error))
    }
}

/// A line of its own even after a torn one: the newline stands before it too.
fn own_line(value: &impl Wire) -> Vec<u8> {
    format!("\n{}", codec::line(value)).into_bytes()
}

fn append(machine: &mut dyn Machine, path: &Path, value: &impl Wire) -> Result<(), StepError> {
    machine.append(path, &own_line(value)).map_err(|error| cannot_write(path, &error))
}

fn lines<T: Wire>(machine: &dyn Machine, path: &Path) -> Result<Vec<T>, StepError> {
    let content = machine
        .read(path)
        .map_err(|error| StepError::Read { path: path.display().to_string(), text: error.to_string() })?;
    let bytes = content.map(|content| content.bytes).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.filter_map(|line| codec::read(line)).collect())
}

/// A file that the kernel would not have written.
pub fn cannot_write(path: &Path, error: &std::io::Error) -> StepError {
    StepError::Write { path: path.display().to_string(), text: error.to_string() }
}

crate::choice!(JournalLine {
    values { Said = "said" }
    records {
        Begun = "begun" { ticket, before },
        Stage = "stage" { name, at },
        About = "about" { step, at },
        Did = "did" { failed, migrated, at },
    }
});
