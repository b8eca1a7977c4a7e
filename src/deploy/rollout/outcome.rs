//! How a rollout ended, and why it was undone.

use crate::deploy::protocol::step_error::{self, StepError};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The new tag is on every host.
    Done,
    /// All hosts are restored.
    Undone {
        reason: UndoReason,
        /// Whether migrations ran: the database schema is not restored.
        migrated: bool,
    },
    /// Some host is not restored.
    Failed {
        reason: UndoReason,
        /// Whether migrations ran: the database schema is not restored.
        migrated: bool,
        /// The hosts that are not restored, and what failed on each.
        hosts: Vec<(String, StepError)>,
        /// The tag from before, if it was the same on all hosts.
        old_tag: Option<String>,
    },
}

/// Why a rollout is undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoReason {
    #[error("{host}: {}", step_error::at(.step, .failure))]
    Step { host: String, step: String, failure: StepError },
    /// Two hosts have different images of the tag.
    #[error("{first} and {other} have different images of {tag}: {first_digest} and {other_digest}")]
    Digest { first: String, first_digest: String, other: String, other_digest: String, tag: String },
    /// No other web host would have served while this one restarts.
    #[error("{host} is the only web host that passes its gate, so it was not stopped: {failure}")]
    NoSpare {
        host: String,
        /// Why the gate of another web host failed.
        failure: StepError,
    },
    /// Ctrl-C or another signal to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Outcome {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Undone { .. } => 1,
            Self::Failed { .. } => 3,
        }
    }
}
