//! Values for unit tests of several modules.

use crate::deploy::history::{DeployKind, EndOutcome, HistoryEntry, Ticket};
use crate::deploy::settings::DeploySettings;
use crate::runner::app::AppName;

/// The ticket of a push of `new`.
pub(super) fn ticket(id: &str) -> Ticket {
    Ticket {
        id: id.into(),
        kind: DeployKind::Push,
        tag: "new".into(),
        user: "ann".into(),
        machine: "desk".into(),
        started: 0,
    }
}

/// The history entry of a deploy that succeeded.
pub(super) fn done(ticket: Ticket) -> HistoryEntry {
    HistoryEntry {
        ticket,
        previous_tag: None,
        digest: None,
        outcome: EndOutcome::Done,
        reason: None,
        migrated: false,
        ended: 1,
    }
}

/// Settings without hosts and tasks.
pub(super) fn settings() -> DeploySettings {
    DeploySettings {
        app: AppName::parse("site".as_ref()).unwrap(),
        hosts: Vec::new(),
        repository: String::new(),
        ssh_user: None,
        tasks: Vec::new(),
        check_url: None,
        settle: None,
        proxies: Vec::new(),
        patience: 60,
        pull: true,
    }
}
