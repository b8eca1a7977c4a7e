//! Which tildes stand for a home (XCU 2.6.1, Tilde Expansion).

use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::Part;

/// Where in a word a tilde counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// At the start alone.
    Word,
    /// In an assignment after each unquoted `:` too.
    Assignment,
}

/// Makes a [`Part::Tilde`] of each tilde that stands for a home.
pub(super) fn mark(parts: Vec<Part>, bytes: &[u8], place: Where) -> Result<Vec<Part>, Refused> {
    let tilde = |part: &Part| bare(part).is_some_and(|span| bytes[span.clone()].contains(&b'~'));
    if !parts.iter().any(tilde) {
        return Ok(parts);
    }
    let mut marked = Vec::with_capacity(parts.len() + 1);
    let mut rest = Cursor { bytes, parts: parts.into_iter().collect(), at: None };
    let mut open = true;
    while let Some(piece) = rest.next() {
        match piece {
            Piece::Byte(at) if open && bytes[at] == b'~' => match rest.user(place) {
                Some((user, end)) => marked.push(tilde_part(user, at..end)?),
                None => push(&mut marked, at),
            },
            Piece::Byte(at) => push(&mut marked, at),
            Piece::Part(part) => marked.push(part),
        }
        open = place == Where::Assignment && ends_with_colon(&marked, bytes);
    }
    Ok(marked)
}

fn bare(part: &Part) -> Option<&Span> {
    match part {
        Part::Literal { span, quoted: false } => Some(span),
        _ => None,
    }
}

fn ends_with_colon(parts: &[Part], bytes: &[u8]) -> bool {
    let last = parts.last().and_then(bare).and_then(|span| bytes[span.clone()].last());
    last == Some(&b':')
}

/// Appends one unquoted byte of the source.
fn push(parts: &mut Vec<Part>, at: usize) {
    match parts.last_mut() {
        Some(Part::Literal { span, quoted: false }) if span.end == at => span.end += 1,
        _ => parts.push(Part::Literal { span: at..at + 1, quoted: false }),
    }
}

/// Bash takes `~+`, `~-` and `~` with a number from the folders it has been in.
fn tilde_part(user: Vec<u8>, span: Span) -> Result<Part, Refused> {
    let number = user.strip_prefix(b"+").or(user.strip_prefix(b"-")).unwrap_or(&user);
    if !user.is_empty() && number.iter().all(u8::is_ascii_digit) {
        return Err(Refused::new(Refusal::TildeFolder, span.start..span.start + 1));
    }
    Ok(Part::Tilde { span, user })
}

/// A word's unquoted bytes one by one, its other parts whole.
struct Cursor<'a> {
    bytes: &'a [u8],
    parts: std::collections::VecDeque<Part>,
    /// The next byte, while the first part is an unquoted literal.
    at: Option<usize>,
}

enum Piece {
    Byte(usize),
    Part(Part),
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<Piece> {
        loop {
            let Some(span) = bare(self.parts.front()?) else {
                return self.parts.pop_front().map(Piece::Part);
            };
            let at = self.at.unwrap_or(span.start);
            if at < span.end {
                self.at = Some(at + 1);
                return Some(Piece::Byte(at));
            }
            self.at = None;
            self.parts.pop_front();
        }
    }

    /// The login name after a tilde and where it ends; `None` where a part of
    /// it is quoted or expanded. Takes it only where there is one. It ends at a
    /// colon in any word, as in bash (`-v ~:/srv` in a list); but outside of an
    /// assignment bash wants nothing quoted before the slash.
    fn user(&mut self, place: Where) -> Option<(Vec<u8>, usize)> {
        let mut user = Vec::new();
        let mut end = None;
        let mut keep = 0;
        for (taken, part) in self.parts.iter().enumerate() {
            let span = bare(part)?;
            let start = if taken == 0 { self.at? } else { span.start };
            let text = &self.bytes[start..span.end];
            if end.is_none() {
                let length = text.iter().position(|byte| matches!(byte, b'/' | b':')).unwrap_or(text.len());
                user.extend_from_slice(&text[..length]);
                (end, keep) = ((length < text.len()).then_some(start + length), taken);
            }
            if end.is_some() && (place == Where::Assignment || text.contains(&b'/')) {
                break;
            }
        }
        let end = end.or_else(|| self.parts.back().and_then(bare).map(|span| span.end))?;
        self.parts.drain(..keep);
        self.at = Some(end);
        Some((user, end))
    }
}
