//! What a rollout has done so far, as its undo and the history need it.

use crate::deploy::history::{EndOutcome, HistoryEntry};
use crate::deploy::host_state::ImageIdentity;
use crate::deploy::plan::{RolloutPlan, Step};
use crate::deploy::rollout::outcome::UndoReason;

/// What was done so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// The steps that were started, in order.
    pub(super) started: Vec<Step>,
    /// The image of the new tag on each host that has reported it.
    pub(super) images: Vec<(usize, ImageIdentity)>,
    pub(super) migrated: bool,
}

impl Progress {
    /// The entry for a host's history.
    pub(super) fn entry(
        &self,
        plan: &RolloutPlan,
        host: usize,
        outcome: EndOutcome,
        reason: Option<&UndoReason>,
        ended: u64,
    ) -> HistoryEntry {
        let image = self.images.iter().find(|(image_host, _)| *image_host == host);
        HistoryEntry {
            ticket: plan.ticket.clone(),
            previous_tag: plan.snapshots[host].running_tag(),
            digest: image.and_then(|(_, image)| image.digest.clone()),
            outcome,
            reason: reason.map(ToString::to_string),
            migrated: self.migrated,
            ended,
        }
    }
}
