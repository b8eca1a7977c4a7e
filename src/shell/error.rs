//! A file is refused: where, why, and the line with a caret.

use super::excerpt::excerpt;
use super::lex::MultilineQuote;
use super::parse::Parser;
use super::refusal::{Refusal, Refused};
use super::scope::Place;
use super::source::{Source, Span};
use crate::report::Excerpt;
use std::borrow::Cow;

/// A file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {refusal}")]
pub struct Error {
    /// Where the refused construct starts.
    pub place: Place,
    /// What it is.
    pub refusal: Refusal,
    pub(super) help: Option<Cow<'static, str>>,
    /// The line, its values masked; `None` where nothing may be shown.
    pub(super) excerpt: Option<Box<Excerpt>>,
}

impl Error {
    pub(super) fn new(source: &Source, parser: &Parser<'_>, refused: Refused) -> Self {
        let Refused { refusal, span } = refused;
        let missing = parser.lexer.multiline.as_ref().and_then(|quote| missing_quote(source, quote, &span));
        let help = match (missing, refusal.help()) {
            (Some(missing), Some(help)) => Some(format!("{missing}; {help}").into()),
            (Some(missing), None) => Some(missing.into()),
            (None, help) => help.map(Cow::Borrowed),
        };
        let excerpt = excerpt(source, &parser.lexer.shown, &span, help.as_deref());
        Self { place: source.place(span.start), refusal, help, excerpt: Some(Box::new(excerpt)) }
    }

    /// What to do instead.
    pub fn help(&self) -> Option<Cow<'static, str>> {
        self.help.clone()
    }

    /// The line with the caret, and the mend; values in it are masked.
    /// `None` where nothing of the file may be shown.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_deref()
    }
}

/// Where a quote may be missing: the command has a quoted string over several lines,
/// and it is refused on a later line than the one where that string opens. Without
/// its closing quote a string takes in the lines that follow it.
fn missing_quote(source: &Source, quote: &MultilineQuote, at: &Span) -> Option<String> {
    let line = |offset: usize| source.place(offset).line;
    let (opens, closes) = (line(quote.span.start), line(quote.span.end));
    (opens < line(at.start)).then(|| {
        format!("a quote may be missing on line {opens}: the {} there closes on line {closes}", quote.name)
    })
}
