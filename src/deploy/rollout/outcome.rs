//! How a deploy ended, and why it was undone.

use crate::deploy::protocol::step_error::{self, StepError};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The new tag is on every host.
    Done,
    /// All hosts are as before.
    Undone {
        /// Why.
        why: UndoReason,
        /// Whether migrations ran: the schema is not as before.
        migrated: bool,
    },
    /// Some host is not as before.
    Broken {
        /// Why it was undone.
        why: UndoReason,
        /// Whether migrations ran.
        migrated: bool,
        /// Which hosts, and what kept each.
        hosts: Vec<(String, StepError)>,
        /// The tag of all hosts before, where it was the same.
        before: Option<String>,
    },
}

/// Why a deploy is undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoReason {
    /// A step failed.
    #[error("{host}: {}", step_error::at(.step, .failure))]
    Step {
        /// Where.
        host: String,
        /// What.
        step: String,
        /// Why.
        failure: StepError,
    },
    /// The hosts pulled different images.
    #[error("{first} and {other} have different images of {tag}: {first_digest} and {other_digest}")]
    Digest {
        /// A host.
        first: String,
        /// Its digest.
        first_digest: String,
        /// Another.
        other: String,
        /// Its digest.
        other_digest: String,
        /// The tag.
        tag: String,
    },
    /// No other web host would have served meanwhile.
    #[error("no web host but {host} passes its gate, so it was not stopped: {failure}")]
    NoSpare {
        /// The host.
        host: String,
        /// What another one's gate said.
        failure: StepError,
    },
    /// Ctrl-C, or the deployer was told to end.
    #[error("interrupted")]
    Interrupted,
}

impl Outcome {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Undone { .. } => 1,
            Self::Broken { .. } => 3,
        }
    }
}
