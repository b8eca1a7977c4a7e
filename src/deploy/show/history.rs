//! The history as a table.

use crate::deploy::history::HistoryEntry;
use crate::deploy::timestamp::utc;
use crate::text_table;

/// A row for each push or rollback.
pub fn render(history: &[HistoryEntry]) -> String {
    let header = ["PUSH", "ENDED (UTC)", "WHO", "FROM", "KIND", "TAG", "OLD TAG", "RESULT"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for entry in history {
        let ticket = &entry.ticket;
        let reason = entry.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let migrated = if entry.migrated { ", migrations ran" } else { "" };
        table.push(vec![
            ticket.id.clone(),
            utc(entry.ended),
            ticket.user.clone(),
            ticket.machine.clone(),
            ticket.kind.name().to_owned(),
            ticket.tag.clone(),
            entry.previous_tag.clone().unwrap_or_else(|| "-".into()),
            format!("{}{migrated}{reason}", entry.outcome.name()),
        ]);
    }
    text_table::render(&table)
}
