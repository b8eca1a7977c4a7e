//! The unquoted `NAME=` that makes a word an assignment (XCU 2.9.1).

use super::ast::{Part, Word};
use super::names;
use super::source::Span;

/// How a word starts.
pub(super) enum WordPrefix {
    /// `NAME=`. `length` does not count backslash-newlines.
    Assignment {
        length: usize,
        name: String,
    },
    /// `NAME+=`
    Append(Span),
    /// `NAME[`
    Subscript(Span),
    Other,
}

pub(super) fn word_prefix(word: &Word, bytes: &[u8]) -> WordPrefix {
    let mut name = Vec::new();
    for at in word.parts.iter().map_while(Part::unquoted_literal).cloned().flatten() {
        match bytes[at] {
            byte if names::is_name_byte(byte) => name.push(byte),
            b'=' => {
                let length = name.len() + 1;
                return match names::to_name(&name) {
                    Some(name) => WordPrefix::Assignment { length, name },
                    None => WordPrefix::Other,
                };
            }
            b'+' if bytes.get(at + 1) == Some(&b'=') && names::is_name(&name) => {
                return WordPrefix::Append(word.span.start..at + 2);
            }
            b'[' if names::is_name(&name) => return WordPrefix::Subscript(word.span.start..at + 1),
            _ => return WordPrefix::Other,
        }
    }
    WordPrefix::Other
}

/// The parts of a word without its first `length` bytes, which are unquoted.
pub(super) fn without_prefix(parts: Vec<Part>, length: usize) -> Vec<Part> {
    let mut left = length;
    let mut rest = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Literal { span, quoted: false } => {
                let taken = left.min(span.len());
                left -= taken;
                if taken < span.len() {
                    rest.push(Part::Literal { span: span.start + taken..span.end, quoted: false });
                }
            }
            part => rest.push(part),
        }
    }
    rest
}
