//! The status: its rows, and the table of them.

use crate::text_table;
use serde::Serialize;

/// A row of the status: a unit on a host, or a host or app without a state.
/// The field names are the keys of `--format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusRow {
    pub app: String,
    pub host: String,
    /// Empty if the host does not respond.
    pub role: String,
    /// The tag in the TAG file.
    pub tag: Option<String>,
    /// The tag that the unit's container runs.
    pub runs: Option<String>,
    /// The image's digest, or its ID if it has none.
    pub digest: Option<String>,
    pub unit: String,
    pub healthy: bool,
    /// What `healthy` is based on.
    pub health: String,
    /// The start time of the unit's container.
    pub since: Option<String>,
    /// Differences from other hosts and from a completed push.
    pub drift: Vec<String>,
}

/// A row for each unit; one that needs attention is marked with `!`.
pub fn render(rows: &[StatusRow]) -> String {
    let header = ["", "APP", "HOST", "ROLE", "TAG", "DIGEST", "UNIT", "SINCE (UTC)", "HEALTH"];
    let mut table = vec![header.map(str::to_owned).to_vec()];
    for row in rows {
        let mark = if row.healthy && row.drift.is_empty() { "" } else { "!" };
        let health = if row.healthy { format!("ok ({})", row.health) } else { row.health.clone() };
        table.push(vec![
            mark.into(),
            row.app.clone(),
            row.host.clone(),
            row.role.clone(),
            row.tag.clone().unwrap_or_else(dash),
            row.digest.as_deref().map_or_else(dash, short_digest),
            row.unit.clone(),
            row.since.as_deref().map_or_else(dash, short_time),
            [&[health], row.drift.as_slice()].concat().join("; "),
        ]);
    }
    text_table::render(&table)
}

fn dash() -> String {
    "-".to_owned()
}

fn short_digest(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(12).collect()
}

/// A time of RFC 3339 up to the seconds, with a space instead of the `T`.
fn short_time(time: &str) -> String {
    time.chars().take(19).map(|letter| if letter == 'T' { ' ' } else { letter }).collect()
}
