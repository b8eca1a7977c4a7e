//! A file is refused: where, why, and the line with a caret.

use super::excerpt::excerpt;
use super::refusal::{Refusal, Refused};
use super::scope::Place;
use super::source::{Source, Span};
use crate::report::Excerpt;

/// A file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {refusal}")]
pub struct Error {
    /// Where the refused construct starts.
    pub place: Place,
    /// What it is.
    pub refusal: Refusal,
    /// The line, its values masked; `None` where nothing may be shown.
    pub(super) excerpt: Option<Box<Excerpt>>,
}

impl Error {
    pub(super) fn new(source: &Source, shown: &[Span], refused: Refused) -> Self {
        let Refused { refusal, span } = refused;
        let excerpt = excerpt(source, shown, &span, refusal.help());
        Self { place: source.place(span.start), refusal, excerpt: Some(Box::new(excerpt)) }
    }

    /// The line with the caret, and the mend; values in it are masked.
    /// `None` where nothing of the file may be shown.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }
}
