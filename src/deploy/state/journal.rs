//! The file `journal`: the steps of the open deploy. A log (`log/ID`) is the journal of a deploy that
//! has ended.

use super::records::{SnapshotRecord, TicketRecord};
use super::version0::JournalRecord0;
use super::{RecordError, from_value, version, write_line};
use crate::deploy::history::Ticket;
use crate::deploy::host_state::Snapshot;
use crate::deploy::timestamp::utc;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalLine {
    /// A deploy starts, or resumes an interrupted one.
    Begin { ticket: Ticket, snapshot: Snapshot },
    /// A stage starts.
    Stage {
        name: String,
        /// In seconds of Unix time.
        at: u64,
    },
    /// A step starts.
    StepStart {
        step: String,
        /// In seconds of Unix time.
        at: u64,
    },
    /// The step has ended.
    StepEnd {
        /// `None` if the step succeeded.
        error: Option<String>,
        /// Whether it changed the schema.
        migrated: bool,
        /// In seconds of Unix time.
        at: u64,
    },
    /// Output of a command, of one or more lines.
    Output(String),
}

impl JournalLine {
    /// The deploy that begins with this line.
    pub fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Begin { ticket, .. } => Some(ticket),
            Self::Stage { .. } | Self::StepStart { .. } | Self::StepEnd { .. } | Self::Output(_) => None,
        }
    }
}

impl std::fmt::Display for JournalLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begin { ticket, .. } => {
                let started = utc(ticket.started);
                write!(
                    f,
                    "{started} {} of {} by {} on {}",
                    ticket.kind.name(),
                    ticket.tag,
                    ticket.user,
                    ticket.machine
                )
            }
            Self::Stage { name, at } => write!(f, "{} stage {name}", utc(*at)),
            Self::StepStart { step, at } => write!(f, "{} {step}", utc(*at)),
            Self::StepEnd { error: None, at, .. } => write!(f, "{} done", utc(*at)),
            Self::StepEnd { error: Some(error), at, .. } => write!(f, "{} failed: {error}", utc(*at)),
            Self::Output(text) => write!(f, "    {}", text.replace('\n', "\n    ")),
        }
    }
}

/// The kinds of records.
const KINDS: [&str; 5] = ["begin", "stage", "step-start", "step-end", "output"];

/// The format of a line. Times are seconds of Unix time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum JournalRecord {
    Begin {
        ticket: TicketRecord,
        #[serde(default)]
        snapshot: Box<SnapshotRecord>,
    },
    Stage {
        name: String,
        #[serde(default)]
        at: u64,
    },
    StepStart {
        step: String,
        #[serde(default)]
        at: u64,
    },
    StepEnd {
        /// Null if the step succeeded.
        error: Option<String>,
        #[serde(default)]
        migrated: bool,
        #[serde(default)]
        at: u64,
    },
    Output {
        text: String,
    },
}

/// Encodes a line.
pub fn encode(line: &JournalLine) -> Vec<u8> {
    write_line(&JournalRecord::from(line))
}

/// Parses a line of a journal or a log.
pub fn parse(value: Value) -> Result<JournalLine, RecordError> {
    if version(&value)? == 0 {
        return JournalRecord0::parse(value)?.try_into();
    }
    match value.get("kind").and_then(Value::as_str) {
        Some(kind) if !KINDS.contains(&kind) => Err(RecordError::UnknownKind(kind.to_owned())),
        _ => from_value::<JournalRecord>(value)?.try_into(),
    }
}

impl From<&JournalLine> for JournalRecord {
    fn from(line: &JournalLine) -> Self {
        match line.clone() {
            JournalLine::Begin { ticket, snapshot } => {
                Self::Begin { ticket: (&ticket).into(), snapshot: Box::new((&snapshot).into()) }
            }
            JournalLine::Stage { name, at } => Self::Stage { name, at },
            JournalLine::StepStart { step, at } => Self::StepStart { step, at },
            JournalLine::StepEnd { error, migrated, at } => Self::StepEnd { error, migrated, at },
            JournalLine::Output(text) => Self::Output { text },
        }
    }
}

impl TryFrom<JournalRecord> for JournalLine {
    type Error = RecordError;

    fn try_from(record: JournalRecord) -> Result<Self, RecordError> {
        Ok(match record {
            JournalRecord::Begin { ticket, snapshot } => {
                Self::Begin { ticket: ticket.try_into()?, snapshot: (*snapshot).try_into()? }
            }
            JournalRecord::Stage { name, at } => Self::Stage { name, at },
            JournalRecord::StepStart { step, at } => Self::StepStart { step, at },
            JournalRecord::StepEnd { error, migrated, at } => Self::StepEnd { error, migrated, at },
            JournalRecord::Output { text } => Self::Output(text),
        })
    }
}
