//! The file `journal`: the steps of the open deploy. A log (`log/ID`) is the journal of a deploy that
//! has ended.

use super::records::{SnapshotRecord, TicketRecord};
use super::{RecordError, from_value, version, version0, write_line};
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

/// The format of a line. Times are seconds of Unix time. The aliases are the names in version 0.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum JournalRecord {
    Begin(Box<BeginRecord>),
    Stage(StageRecord),
    StepStart(StepStartRecord),
    StepEnd(StepEndRecord),
    Output(OutputRecord),
}

#[derive(Debug, Serialize, Deserialize)]
struct BeginRecord {
    ticket: TicketRecord,
    #[serde(default, alias = "before")]
    snapshot: SnapshotRecord,
}

#[derive(Debug, Serialize, Deserialize)]
struct StageRecord {
    name: String,
    #[serde(default)]
    at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct StepStartRecord {
    step: String,
    #[serde(default)]
    at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct StepEndRecord {
    /// Null if the step succeeded.
    #[serde(alias = "failed")]
    error: Option<String>,
    #[serde(default)]
    migrated: bool,
    #[serde(default)]
    at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct OutputRecord {
    text: String,
}

/// Encodes a line.
pub fn encode(line: &JournalLine) -> Vec<u8> {
    write_line(&match line.clone() {
        JournalLine::Begin { ticket, snapshot } => {
            let (ticket, snapshot) = ((&ticket).into(), (&snapshot).into());
            JournalRecord::Begin(Box::new(BeginRecord { ticket, snapshot }))
        }
        JournalLine::Stage { name, at } => JournalRecord::Stage(StageRecord { name, at }),
        JournalLine::StepStart { step, at } => JournalRecord::StepStart(StepStartRecord { step, at }),
        JournalLine::StepEnd { error, migrated, at } => {
            JournalRecord::StepEnd(StepEndRecord { error, migrated, at })
        }
        JournalLine::Output(text) => JournalRecord::Output(OutputRecord { text }),
    })
}

/// Parses a line of a journal or a log.
pub fn parse(value: Value) -> Result<JournalLine, RecordError> {
    let value = if version(&value)? == 0 { version0::to_version_1(value)? } else { value };
    // By the kind instead of by a derived enum: that one would need a second deserializer.
    match value.get("kind").and_then(Value::as_str) {
        Some("begin") => {
            let BeginRecord { ticket, snapshot } = from_value(&value)?;
            Ok(JournalLine::Begin { ticket: ticket.try_into()?, snapshot: snapshot.try_into()? })
        }
        Some("stage") => {
            let StageRecord { name, at } = from_value(&value)?;
            Ok(JournalLine::Stage { name, at })
        }
        Some("step-start") => {
            let StepStartRecord { step, at } = from_value(&value)?;
            Ok(JournalLine::StepStart { step, at })
        }
        Some("step-end") => {
            let StepEndRecord { error, migrated, at } = from_value(&value)?;
            Ok(JournalLine::StepEnd { error, migrated, at })
        }
        Some("output") => {
            let OutputRecord { text } = from_value(&value)?;
            Ok(JournalLine::Output(text))
        }
        Some(kind) => Err(RecordError::UnknownKind(kind.to_owned())),
        None => Err(RecordError::Invalid("'kind' is missing or not a string".into())),
    }
}
