//! What was pushed when, by whom, and how it ended.

use serde::{Deserialize, Serialize};

/// A push or rollback, as it was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its name: the time it began and the deployer's process.
    pub id: String,
    /// What it was.
    pub kind: DeployKind,
    /// The tag that was to be put on every host.
    pub tag: String,
    /// The user who asked.
    #[serde(default)]
    pub user: String,
    /// The machine where it was asked.
    #[serde(default)]
    pub machine: String,
    /// When it began, in seconds of Unix time by the deployer's clock.
    #[serde(default)]
    pub started: u64,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployKind {
    /// A tag on every host.
    Push,
    /// An older one back.
    Rollback,
}

impl DeployKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Rollback => "rollback",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndOutcome {
    /// The tag is on every host.
    Done,
    /// It failed, and this host is as it was before.
    Undone,
}

impl EndOutcome {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Undone => "undone",
        }
    }
}

/// A line of an app's history on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// What was asked.
    pub ticket: Ticket,
    /// The tag before.
    pub previous_tag: Option<String>,
    /// The digest of the image, where it came from a registry.
    pub digest: Option<String>,
    /// How it ended.
    pub outcome: EndOutcome,
    /// Why it was undone.
    pub reason: Option<String>,
    /// Whether migrations ran: the schema stays, whatever happens to the tag.
    #[serde(default)]
    pub migrated: bool,
    /// When it ended, in seconds of Unix time.
    #[serde(default)]
    pub ended: u64,
}

/// The histories of several hosts as one, the oldest first; of several lines
/// about one push the one that ended last.
pub fn merge<'a>(histories: impl IntoIterator<Item = &'a [HistoryEntry]>) -> Vec<HistoryEntry> {
    let mut all: Vec<HistoryEntry> = Vec::new();
    for entry in histories.into_iter().flatten() {
        match all.iter_mut().find(|known| known.ticket.id == entry.ticket.id) {
            // Undone here and done there: a host that was lost after it was done.
            Some(known) if entry.ended > known.ended => *known = entry.clone(),
            Some(_) => {}
            None => all.push(entry.clone()),
        }
    }
    all.sort_by(|a, b| (a.ended, &a.ticket.id).cmp(&(b.ended, &b.ticket.id)));
    all
}

/// The tags that were good, the newest last: what was there before the first
/// push counts too. A rollback takes away what it rolled back from: that tag
/// was not good.
pub fn good_tags(history: &[HistoryEntry]) -> Vec<&str> {
    let first = history.iter().find(|entry| entry.outcome == EndOutcome::Done);
    let mut tags: Vec<&str> = first.and_then(|entry| entry.previous_tag.as_deref()).into_iter().collect();
    for entry in history.iter().filter(|entry| entry.outcome == EndOutcome::Done) {
        let tag = entry.ticket.tag.as_str();
        let known = tags.iter().rposition(|good| *good == tag);
        match (entry.ticket.kind, known) {
            (DeployKind::Rollback, Some(at)) => tags.truncate(at + 1),
            (DeployKind::Rollback, None) => tags = vec![tag],
            (DeployKind::Push, Some(at)) if at + 1 == tags.len() => {}
            (DeployKind::Push, _) => tags.push(tag),
        }
    }
    tags
}

/// The last tag that was good, other than the one that is there now. In the
/// middle of a push that was cut off (`open`), the newest counts.
pub fn last_good_tag(history: &[HistoryEntry], now: Option<&str>, open: bool) -> Option<String> {
    let tags = good_tags(history);
    let others = tags.iter().rev().find(|tag| open || Some(**tag) != now);
    others.map(|tag| (*tag).to_owned())
}

/// Whether migrations ran after `tag` was last put in place.
pub fn migrated_since(history: &[HistoryEntry], tag: &str) -> bool {
    let placed =
        history.iter().rposition(|entry| entry.outcome == EndOutcome::Done && entry.ticket.tag == tag);
    history[placed.map_or(0, |at| at + 1)..].iter().any(|entry| entry.migrated)
}

#[cfg(test)]
mod tests {
    use super::{DeployKind, EndOutcome, HistoryEntry, Ticket, last_good_tag, merge, migrated_since};

    fn entry(id: u64, kind: DeployKind, tag: &str, outcome: EndOutcome) -> HistoryEntry {
        let (id, tag) = (format!("p{id}"), tag.to_owned());
        let began = id[1..].parse().unwrap();
        let ticket = Ticket { id, kind, tag, user: "ann".into(), machine: "desk".into(), started: began };
        let (before, digest, why) = (None, None, None);
        HistoryEntry {
            ticket,
            previous_tag: before,
            digest,
            outcome,
            reason: why,
            migrated: kind == DeployKind::Push,
            ended: began + 1,
        }
    }

    #[test]
    fn a_rollback_goes_one_good_tag_back_each_time() {
        use {DeployKind::Push, DeployKind::Rollback, EndOutcome::Done, EndOutcome::Undone};
        let mut history = vec![
            entry(1, Push, "a", Done),
            entry(2, Push, "b", Done),
            entry(3, Push, "b", Done),
            entry(4, Push, "bad", Undone),
            entry(5, Push, "c", Done),
        ];
        assert_eq!(last_good_tag(&history, Some("c"), false).as_deref(), Some("b"));
        assert!(migrated_since(&history, "b"));
        history.push(entry(6, Rollback, "b", Done));
        assert_eq!(last_good_tag(&history, Some("b"), false).as_deref(), Some("a"));
        assert_eq!(last_good_tag(&history, Some("x"), false).as_deref(), Some("b"));
        assert_eq!(last_good_tag(&history, Some("b"), true).as_deref(), Some("b"));
        assert!(!migrated_since(&history, "b"));
        assert_eq!(last_good_tag(&[], Some("b"), false), None);
    }

    #[test]
    fn of_two_hosts_lines_the_later_counts() {
        let done = entry(1, DeployKind::Push, "a", EndOutcome::Done);
        let undone = HistoryEntry { ended: 9, ..entry(1, DeployKind::Push, "a", EndOutcome::Undone) };
        let other = entry(0, DeployKind::Push, "z", EndOutcome::Done);
        let all = merge([&[done][..], &[undone.clone(), other.clone()][..]]);
        assert_eq!(all, [other, undone]);
    }
}
