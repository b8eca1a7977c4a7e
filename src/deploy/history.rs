//! The deploys of an app: when they started, who started them, and how they ended.

use serde::{Deserialize, Serialize};

/// The identity of a deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The start time and the process id of the deployer: `20261121-043045-7`.
    pub id: String,
    pub kind: DeployKind,
    /// The tag to deploy.
    pub tag: String,
    /// The user who started it.
    #[serde(default)]
    pub user: String,
    /// The machine on which it was started.
    #[serde(default)]
    pub machine: String,
    /// The start time, in seconds of Unix time by the deployer's clock.
    #[serde(default)]
    pub started: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployKind {
    /// Deploys a new tag.
    Push,
    /// Deploys an older tag.
    Rollback,
}

impl DeployKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Rollback => "rollback",
        }
    }
}

/// How a deploy ended on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndOutcome {
    /// Every host runs the tag.
    Done,
    /// It failed, and this host was restored.
    Undone,
}

impl EndOutcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Undone => "undone",
        }
    }
}

/// A deploy that has ended, as a host's history records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub ticket: Ticket,
    /// The tag that ran before.
    pub previous_tag: Option<String>,
    /// The digest of the image; `None` if the image does not come from a registry.
    pub digest: Option<String>,
    pub outcome: EndOutcome,
    /// Why it was undone; `None` if it is done.
    pub reason: Option<String>,
    /// Whether migrations ran. An undo does not revert the schema.
    #[serde(default)]
    pub migrated: bool,
    /// The end time, in seconds of Unix time.
    #[serde(default)]
    pub ended: u64,
}

/// Merges the histories of several hosts into one, the oldest entry first. Of several entries
/// for one deploy, the one that ended last counts.
pub fn merge<'a>(histories: impl IntoIterator<Item = &'a [HistoryEntry]>) -> Vec<HistoryEntry> {
    let mut all: Vec<HistoryEntry> = Vec::new();
    for entry in histories.into_iter().flatten() {
        match all.iter_mut().find(|known| known.ticket.id == entry.ticket.id) {
            // Done on one host and undone on another: the first was lost after it was done.
            Some(known) if entry.ended > known.ended => *known = entry.clone(),
            Some(_) => {}
            None => all.push(entry.clone()),
        }
    }
    all.sort_unstable_by(|a, b| (a.ended, &a.ticket.id).cmp(&(b.ended, &b.ticket.id)));
    all
}

/// The tags that a rollback can return to, the newest last. They include the tag that ran before
/// the first deploy. A rollback removes the tags after the one that it deploys, because they were
/// not good.
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

/// The newest good tag other than the current one. If a deploy was interrupted (`open`), it is the
/// newest good tag.
pub fn last_good_tag(history: &[HistoryEntry], current: Option<&str>, open: bool) -> Option<String> {
    let tags = good_tags(history);
    let others = tags.iter().rev().find(|tag| open || Some(**tag) != current);
    others.map(|tag| (*tag).to_owned())
}

/// Whether migrations ran after the last deploy of `tag`.
pub fn migrated_since(history: &[HistoryEntry], tag: &str) -> bool {
    let deployed =
        history.iter().rposition(|entry| entry.outcome == EndOutcome::Done && entry.ticket.tag == tag);
    history[deployed.map_or(0, |at| at + 1)..].iter().any(|entry| entry.migrated)
}

#[cfg(test)]
mod tests {
    use super::{
        DeployKind, EndOutcome, HistoryEntry, Ticket, good_tags, last_good_tag, merge, migrated_since,
    };

    fn entry(id: u64, kind: DeployKind, tag: &str, outcome: EndOutcome) -> HistoryEntry {
        let (id, tag) = (format!("p{id}"), tag.to_owned());
        let started = id[1..].parse().unwrap();
        let ticket = Ticket { id, kind, tag, user: "ann".into(), machine: "desk".into(), started };
        HistoryEntry {
            ticket,
            previous_tag: None,
            digest: None,
            outcome,
            reason: None,
            migrated: kind == DeployKind::Push,
            ended: started + 1,
        }
    }

    #[test]
    fn each_rollback_returns_to_the_previous_good_tag() {
        use {DeployKind::Push, DeployKind::Rollback, EndOutcome::Done, EndOutcome::Undone};
        let mut history = vec![
            entry(1, Push, "a", Done),
            entry(2, Push, "b", Done),
            entry(3, Push, "b", Done),
            entry(4, Push, "bad", Undone),
            entry(5, Push, "c", Done),
        ];
        assert_eq!(last_good_tag(&history, Some("c"), false).as_deref(), Some("b"));
        assert!(migrated_since(&history, "b") && !migrated_since(&history, "c"));
        history.push(entry(6, Rollback, "b", Done));
        assert_eq!(last_good_tag(&history, Some("b"), false).as_deref(), Some("a"));
        assert_eq!(last_good_tag(&history, Some("x"), false).as_deref(), Some("b"));
        assert_eq!(last_good_tag(&history, Some("b"), true).as_deref(), Some("b"));
        assert!(!migrated_since(&history, "b"));
        assert_eq!(last_good_tag(&[], Some("b"), false), None);
    }

    #[test]
    fn of_two_entries_for_one_deploy_the_later_counts() {
        let done = entry(1, DeployKind::Push, "a", EndOutcome::Done);
        let undone = HistoryEntry { ended: 9, ..entry(1, DeployKind::Push, "a", EndOutcome::Undone) };
        let other = entry(0, DeployKind::Push, "z", EndOutcome::Done);
        let all = merge([std::slice::from_ref(&done), &[undone.clone(), other.clone()][..]]);
        assert_eq!(all, [other, undone.clone()]);
        assert_eq!(
            merge([std::slice::from_ref(&undone), std::slice::from_ref(&done)]),
            std::slice::from_ref(&undone)
        );
        let at_the_same_time = HistoryEntry { ended: done.ended, ..undone };
        assert_eq!(merge([std::slice::from_ref(&done), &[at_the_same_time]]), [done]);
    }

    #[test]
    fn good_tags_begin_with_the_one_before_the_first_deploy() {
        use {DeployKind::Push, EndOutcome::Done, EndOutcome::Undone};
        let from = |previous: &str, entry| HistoryEntry { previous_tag: Some(previous.to_owned()), ..entry };
        let mut history = vec![
            from("bad", entry(1, Push, "worse", Undone)),
            from("a", entry(2, Push, "b", Done)),
            from("b", entry(3, Push, "b", Done)),
        ];
        assert_eq!(good_tags(&history), ["a", "b"]);
        history.push(from("b", entry(4, Push, "a", Done)));
        assert_eq!(good_tags(&history), ["a", "b", "a"]);
    }

    #[test]
    fn names() {
        assert_eq!([DeployKind::Push, DeployKind::Rollback].map(DeployKind::name), ["push", "rollback"]);
        assert_eq!([EndOutcome::Done, EndOutcome::Undone].map(EndOutcome::name), ["done", "undone"]);
    }
}
