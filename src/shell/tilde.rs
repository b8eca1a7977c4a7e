//! Where tilde expansion applies (XCU 2.6.1).

use super::ast::Part;
use super::error_kind::{ErrorKind, SpannedError};
use super::source::Span;

/// Where in a word tilde expansion applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TildeContext {
    /// At the start of the word.
    Argument,
    /// At the start of the value, and after each unquoted `:`.
    Assignment,
}

/// Makes a [`Part::Tilde`] of each tilde that is expanded.
pub(super) fn mark_tildes(
    parts: Vec<Part>,
    bytes: &[u8],
    context: TildeContext,
) -> Result<Vec<Part>, SpannedError> {
    let has_tilde = |span: &Span| bytes[span.clone()].contains(&b'~');
    if !parts.iter().filter_map(Part::unquoted_literal).any(has_tilde) {
        return Ok(parts);
    }
    let mut marked = Vec::with_capacity(parts.len() + 1);
    let mut rest = PartCursor { bytes, parts: parts.into_iter().collect(), at: None };
    let mut applies = true;
    while let Some(item) = rest.next() {
        match item {
            Item::UnquotedByte(at) if applies && bytes[at] == b'~' => match rest.take_user(context) {
                Some((user, end)) => marked.push(tilde_part(user, at..end)?),
                None => push_unquoted_byte(&mut marked, at),
            },
            Item::UnquotedByte(at) => push_unquoted_byte(&mut marked, at),
            Item::Part(part) => marked.push(part),
        }
        applies = context == TildeContext::Assignment && ends_with_colon(&marked, bytes);
    }
    Ok(marked)
}

fn ends_with_colon(parts: &[Part], bytes: &[u8]) -> bool {
    let last = parts.last().and_then(Part::unquoted_literal).and_then(|span| bytes[span.clone()].last());
    last == Some(&b':')
}

fn push_unquoted_byte(parts: &mut Vec<Part>, at: usize) {
    match parts.last_mut() {
        Some(Part::Literal { span, quoted: false }) if span.end == at => span.end += 1,
        _ => parts.push(Part::Literal { span: at..at + 1, quoted: false }),
    }
}

/// Bash expands `~+`, `~-` and `~` with a number to directories of its history.
fn tilde_part(user: Vec<u8>, span: Span) -> Result<Part, SpannedError> {
    let number = user.strip_prefix(b"+").or(user.strip_prefix(b"-")).unwrap_or(&user);
    if !user.is_empty() && number.iter().all(u8::is_ascii_digit) {
        return Err(SpannedError::new(ErrorKind::TildeDirectory, span.start..span.start + 1));
    }
    Ok(Part::Tilde { span, user })
}

/// Iterates over the unquoted bytes of a word, and over its other parts whole.
struct PartCursor<'a> {
    bytes: &'a [u8],
    parts: std::collections::VecDeque<Part>,
    /// The offset of the next byte, if the first part is an unquoted literal that was
    /// begun.
    at: Option<usize>,
}

enum Item {
    UnquotedByte(usize),
    Part(Part),
}

impl PartCursor<'_> {
    fn next(&mut self) -> Option<Item> {
        loop {
            let Some(span) = self.parts.front()?.unquoted_literal() else {
                return self.parts.pop_front().map(Item::Part);
            };
            let at = self.at.unwrap_or(span.start);
            if at < span.end {
                self.at = Some(at + 1);
                return Some(Item::UnquotedByte(at));
            }
            self.at = None;
            self.parts.pop_front();
        }
    }

    /// Takes the login name after a tilde: the name and its end in the source. Takes
    /// nothing and returns `None` if a part of the name is quoted or expanded. The name
    /// ends at a colon in any word, as in bash (`-v ~:/srv` in an array); outside an
    /// assignment, bash expands no tilde with a quote between it and the slash.
    fn take_user(&mut self, context: TildeContext) -> Option<(Vec<u8>, usize)> {
        let mut user = Vec::new();
        let mut end = None;
        let mut keep = 0;
        for (taken, part) in self.parts.iter().enumerate() {
            let span = part.unquoted_literal()?;
            let start = if taken == 0 { self.at? } else { span.start };
            let text = &self.bytes[start..span.end];
            if end.is_none() {
                let length = text.iter().position(|byte| matches!(byte, b'/' | b':')).unwrap_or(text.len());
                user.extend_from_slice(&text[..length]);
                (end, keep) = ((length < text.len()).then_some(start + length), taken);
            }
            if end.is_some() && (context == TildeContext::Assignment || text.contains(&b'/')) {
                break;
            }
        }
        let end = end.or_else(|| self.parts.back().and_then(Part::unquoted_literal).map(|span| span.end))?;
        self.parts.drain(..keep);
        self.at = Some(end);
        Some((user, end))
    }
}
