//! The history as a table.

use crate::deploy::history::Entry;
use crate::deploy::timestamp::stamp;
use crate::text_table;

/// A row for each push or rollback.
pub fn render(history: &[Entry]) -> String {
    let header = ["PUSH", "ENDED (UTC)", "WHO", "FROM", "KIND", "TAG", "OLD TAG", "RESULT"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for entry in history {
        let ticket = &entry.ticket;
        let reason = entry.why.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let migrated = if entry.migrated { ", migrations ran" } else { "" };
        table.push(vec![
            ticket.id.clone(),
            stamp(entry.ended),
            ticket.who.clone(),
            ticket.from.clone(),
            ticket.kind.name().to_owned(),
            ticket.tag.clone(),
            entry.before.clone().unwrap_or_else(|| "-".into()),
            format!("{}{migrated}{reason}", entry.outcome.name()),
        ]);
    }
    text_table::render(&table)
}
