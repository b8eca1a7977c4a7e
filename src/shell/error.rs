//! An error in a file: its place, its kind, and the line with a caret.

use super::error_kind::{ErrorKind, SpannedError};
use super::excerpt::excerpt;
use super::lexer::MultilineQuote;
use super::parser::Parser;
use super::scope::Place;
use super::source::{Source, Span};
use crate::report::Excerpt;
use std::borrow::Cow;

/// Why a file is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct Error {
    /// Where the construct starts.
    pub place: Place,
    pub kind: ErrorKind,
    help: Option<Cow<'static, str>>,
    excerpt: Option<Box<Excerpt>>,
}

impl Error {
    pub(super) fn new(source: &Source, parser: &Parser<'_>, error: SpannedError) -> Self {
        let SpannedError { kind, span } = error;
        let hint = parser.multiline_quote().and_then(|quote| missing_quote_hint(source, quote, &span));
        let help = match (hint, kind.help()) {
            (Some(hint), Some(help)) => Some(format!("{hint}; {help}").into()),
            (Some(hint), None) => Some(hint.into()),
            (None, help) => help.map(Cow::Borrowed),
        };
        let excerpt = excerpt(source, parser.visible(), &span, help.as_deref());
        Self { place: source.place(span.start), kind, help, excerpt: Some(Box::new(excerpt)) }
    }

    /// An error that shows nothing of the file but the place.
    pub(super) fn without_excerpt(source: &Source, error: &SpannedError) -> Self {
        let place = source.place(error.span.start);
        Self { place, kind: error.kind.clone(), help: None, excerpt: None }
    }

    /// What to do instead.
    pub fn help(&self) -> Option<Cow<'static, str>> {
        self.help.clone()
    }

    /// The line with the caret and the help; values in it are masked. `None` if nothing
    /// of the file may be shown.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }
}

/// Where a quote may be missing: an unclosed string extends over the lines that follow it,
/// so the error is on a later line than the one where the string opens.
fn missing_quote_hint(source: &Source, quote: &MultilineQuote, error: &Span) -> Option<String> {
    let line = |offset: usize| source.place(offset).line;
    let (opens, closes) = (line(quote.span.start), line(quote.span.end));
    (opens < line(error.start)).then(|| {
        format!("a quote may be missing on line {opens}: the {} there closes on line {closes}", quote.name)
    })
}
