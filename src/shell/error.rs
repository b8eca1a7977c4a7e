//! Why a file is refused.

use super::scope::Place;
use crate::report::Excerpt;

/// A file is refused: where, why, and the line with a caret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {refusal}")]
pub struct Error {
    /// Where the refused construct starts.
    pub place: Place,
    /// What it is.
    pub refusal: Refusal,
    /// The line, its values masked; `None` where nothing may be shown.
    pub(super) excerpt: Option<Excerpt>,
}

impl Error {
    /// The line with the caret, and the mend; values in it are masked.
    /// `None` where nothing of the file may be shown.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_ref()
    }
}

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A NUL byte.
    #[error("a NUL byte can't stand in a shell file")]
    Nul,
}
