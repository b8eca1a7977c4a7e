//! `history`: a line for each deploy that has ended, the oldest first.

use super::records::{TicketRecord, check_digest, check_tag};
use super::{RecordError, from_value, version, word, write_line};
use crate::deploy::history::{EndOutcome, HistoryEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line. Version 0 had other names for some fields.
#[derive(Debug, Serialize, Deserialize)]
struct HistoryRecord {
    ticket: TicketRecord,
    /// The tag that ran before.
    #[serde(alias = "before")]
    previous_tag: Option<String>,
    digest: Option<String>,
    outcome: String,
    /// Why it was undone.
    #[serde(alias = "why")]
    reason: Option<String>,
    #[serde(default)]
    migrated: bool,
    /// In seconds of Unix time.
    #[serde(default)]
    ended: u64,
}

const OUTCOMES: [(&str, EndOutcome); 2] = [("done", EndOutcome::Done), ("undone", EndOutcome::Undone)];

/// A line of the history.
pub fn encode(entry: &HistoryEntry) -> Vec<u8> {
    let HistoryEntry { ticket, previous_tag: before, digest, outcome, reason: why, migrated, ended } =
        entry.clone();
    write_line(&HistoryRecord {
        ticket: (&ticket).into(),
        previous_tag: before,
        digest,
        outcome: outcome.name().into(),
        reason: why,
        migrated,
        ended,
    })
}

/// Reads a line of a history.
pub fn parse(value: Value) -> Result<HistoryEntry, RecordError> {
    version(&value)?;
    let HistoryRecord { ticket, previous_tag, digest, outcome, reason, migrated, ended } = from_value(value)?;
    let outcome = word(&outcome, &OUTCOMES)?;
    check_tag(previous_tag.as_deref())?;
    check_digest(digest.as_deref())?;
    let ticket = ticket.try_into()?;
    Ok(HistoryEntry { ticket, previous_tag, digest, outcome, reason, migrated, ended })
}
