//! The `NAME=` that makes a word an assignment (XCU 2.9.1): unquoted, letter by letter.

use super::names;
use super::source::Span;
use super::syntax::{Part, Word};

/// How a word starts, its name unquoted.
pub(super) enum Leading {
    /// `NAME=`: so many bytes of it, without backslash-newlines.
    Assigned {
        length: usize,
        name: String,
    },
    /// `NAME+=`
    Appended(Span),
    /// `NAME[`
    Subscripted(Span),
    Other,
}

/// Reads the name at a word's start, and what follows it.
pub(super) fn leading_name(word: &Word, bytes: &[u8]) -> Leading {
    let unquoted = word.parts.iter().map_while(|part| match part {
        Part::Literal { span, quoted: false } => Some(span.clone()),
        _ => None,
    });
    let mut name = Vec::new();
    for at in unquoted.flatten() {
        match bytes[at] {
            byte if names::continues_name(byte) => name.push(byte),
            b'=' => {
                return names::name(&name)
                    .map_or(Leading::Other, |text| Leading::Assigned { length: name.len() + 1, name: text });
            }
            b'+' if bytes.get(at + 1) == Some(&b'=') && names::name(&name).is_some() => {
                return Leading::Appended(word.span.start..at + 2);
            }
            b'[' if names::name(&name).is_some() => return Leading::Subscripted(word.span.start..at + 1),
            _ => return Leading::Other,
        }
    }
    Leading::Other
}

/// Takes the first `length` bytes, which are unquoted, off a word: where they
/// end in the source, and the rest.
pub(super) fn cut(parts: Vec<Part>, length: usize) -> (usize, Vec<Part>) {
    let mut left = length;
    let mut end = 0;
    let mut rest = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Literal { span, quoted: false } if left > 0 => {
                let taken = left.min(span.len());
                left -= taken;
                end = span.start + taken;
                if end < span.end {
                    rest.push(Part::Literal { span: end..span.end, quoted: false });
                }
            }
            other => rest.push(other),
        }
    }
    (end, rest)
}
