//! Status and history as tables.

use crate::deploy::commands::status::Row;
use crate::deploy::history::Entry;
use crate::deploy::timestamp::stamp;
use crate::text_table;

/// The rows as a table; what stands out has a `!`.
pub fn text(rows: &[Row]) -> String {
    let head = ["", "APP", "HOST", "ROLE", "TAG", "DIGEST", "UNIT", "SINCE (UTC)", "HEALTH"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for row in rows {
        let mark = if row.healthy && row.drift.is_empty() { "" } else { "!" };
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let digest = row.digest.as_deref().map_or("-".to_owned(), short);
        let since = row.since.as_deref().map_or("-".to_owned(), |since| {
            since.chars().take(19).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
        });
        let health = if row.healthy { format!("ok ({})", row.health) } else { row.health.clone() };
        let told = std::iter::once(health).chain(row.drift.iter().cloned()).collect::<Vec<_>>().join("; ");
        let (app, host, role) = (row.app.clone(), row.host.clone(), row.role.clone());
        cells.push(vec![
            mark.into(),
            app,
            host,
            role,
            or_dash(&row.tag),
            digest,
            row.unit.clone(),
            since,
            told,
        ]);
    }
    text_table::render(&cells)
}

fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(12).collect()
}

/// The history as a table.
pub fn history(history: &[Entry]) -> String {
    let head = ["PUSH", "ENDED (UTC)", "WHO", "FROM", "WHAT", "TAG", "BEFORE", "END"];
    let mut cells = vec![head.map(str::to_owned).to_vec()];
    for entry in history {
        let ticket = &entry.ticket;
        let why = entry.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let migrated = if entry.migrated { ", migrations ran" } else { "" };
        cells.push(vec![
            ticket.id.clone(),
            stamp(entry.ended),
            ticket.who.clone(),
            ticket.from.clone(),
            ticket.kind.name().to_owned(),
            ticket.tag.clone(),
            entry.before.clone().unwrap_or_else(|| "-".into()),
            format!("{}{migrated}{why}", entry.outcome.name()),
        ]);
    }
    text_table::render(&cells)
}
