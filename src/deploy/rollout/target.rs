//! What a push or rollback deploys.

use crate::deploy::history::PushKind;

/// What to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Push(String),
    /// Roll back to this tag; `None` means the last good one.
    Rollback(Option<String>),
}

impl Target {
    pub fn kind(&self) -> PushKind {
        match self {
            Self::Push(_) => PushKind::Push,
            Self::Rollback(_) => PushKind::Rollback,
        }
    }

    /// The tag, if it was given.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Self::Push(tag) | Self::Rollback(Some(tag)) => Some(tag),
            Self::Rollback(None) => None,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Push(tag) => write!(f, "push of {tag}"),
            Self::Rollback(Some(tag)) => write!(f, "rollback to {tag}"),
            Self::Rollback(None) => f.write_str("rollback"),
        }
    }
}
