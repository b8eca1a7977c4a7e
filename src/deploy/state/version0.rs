//! Version 0 of the journal, written by release 0.1.0: records without `version`. History and holder
//! of version 0 differ in the names of fields only, which are aliases in [`super::records`] and [`super::history`].

use super::journal::JournalLine;
use super::records::{SnapshotRecord, TicketRecord};
use super::{RecordError, from_value};
use serde::Deserialize;
use serde_json::Value;

const KINDS: [&str; 5] = ["begun", "stage", "about", "did", "said"];

/// A line: an object with one member, whose name is the kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum JournalRecord0 {
    Begun {
        ticket: TicketRecord,
        #[serde(default)]
        before: Box<SnapshotRecord>,
    },
    Stage {
        name: String,
        #[serde(default)]
        at: u64,
    },
    About {
        step: String,
        #[serde(default)]
        at: u64,
    },
    Did {
        failed: Option<String>,
        #[serde(default)]
        migrated: bool,
        #[serde(default)]
        at: u64,
    },
    Said(String),
}

impl JournalRecord0 {
    pub(super) fn parse(value: Value) -> Result<Self, RecordError> {
        let members = value.as_object().filter(|members| members.len() == 1);
        match members.and_then(|members| members.keys().next()) {
            Some(kind) if !KINDS.contains(&kind.as_str()) => Err(RecordError::UnknownKind(kind.clone())),
            _ => from_value(value),
        }
    }
}

impl TryFrom<JournalRecord0> for JournalLine {
    type Error = RecordError;

    fn try_from(record: JournalRecord0) -> Result<Self, RecordError> {
        Ok(match record {
            JournalRecord0::Begun { ticket, before } => {
                Self::Begin { ticket: ticket.try_into()?, snapshot: (*before).try_into()? }
            }
            JournalRecord0::Stage { name, at } => Self::Stage { name, at },
            JournalRecord0::About { step, at } => Self::StepStart { step, at },
            JournalRecord0::Did { failed, migrated, at } => Self::StepEnd { error: failed, migrated, at },
            JournalRecord0::Said(text) => Self::Output(text),
        })
    }
}
