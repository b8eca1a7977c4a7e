//! The file `history`: a line for each deploy that has ended, the oldest first.

use super::records::{TicketRecord, check_digest, check_tag};
use super::{RecordError, from_value, parse_name, version, write_line};
use crate::deploy::history::{EndOutcome, HistoryEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line. The aliases are the names in version 0.
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

/// Encodes a line.
pub fn encode(entry: &HistoryEntry) -> Vec<u8> {
    let HistoryEntry { ticket, previous_tag, digest, outcome, reason, migrated, ended } = entry.clone();
    write_line(&HistoryRecord {
        ticket: (&ticket).into(),
        previous_tag,
        digest,
        outcome: outcome.name().into(),
        reason,
        migrated,
        ended,
    })
}

/// Parses a line.
pub fn parse(value: Value) -> Result<HistoryEntry, RecordError> {
    version(&value)?;
    let HistoryRecord { ticket, previous_tag, digest, outcome, reason, migrated, ended } =
        from_value(&value)?;
    let outcome = parse_name(&outcome, &OUTCOMES)?;
    check_tag(previous_tag.as_deref())?;
    check_digest(digest.as_deref())?;
    let ticket = ticket.try_into()?;
    Ok(HistoryEntry { ticket, previous_tag, digest, outcome, reason, migrated, ended })
}
