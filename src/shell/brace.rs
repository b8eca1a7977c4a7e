//! Bash's brace expansion (bash(1), Brace Expansion), which dash does not
//! have: found, so that it can be refused where bash would do it.

use super::source::Span;
use super::syntax::{Part, Word};

/// The first `{a,b}` or `{1..3}` of a word: its brace.
pub(super) fn find(word: &Word, bytes: &[u8]) -> Option<Span> {
    if !bytes[word.span.clone()].contains(&b'{') {
        return None;
    }
    let marks = marks(&word.parts, bytes);
    let comma = bytes[word.span.clone()].contains(&b',');
    let brace = sequence(&marks).or_else(|| list(&marks, comma))?;
    Some(brace..brace + 1)
}

/// One byte of the word; what is quoted or expanded means nothing to braces.
#[derive(Clone, Copy)]
struct Mark {
    byte: Option<u8>,
    at: usize,
}

fn marks(parts: &[Part], bytes: &[u8]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for part in parts {
        match part {
            Part::Literal { span, quoted: false } => {
                marks.extend(span.clone().map(|at| Mark { byte: Some(bytes[at]), at }));
            }
            Part::Literal { span, .. } | Part::Tilde { span, .. } => {
                marks.push(Mark { byte: None, at: span.start });
            }
            Part::Parameter(parameter) => marks.push(Mark { byte: None, at: parameter.span.start }),
        }
    }
    marks
}

/// `{1..3}`, `{a..c}`, `{1..9..2}`: the first one's opening brace.
fn sequence(marks: &[Mark]) -> Option<usize> {
    let opens = marks.iter().enumerate().filter(|(_, mark)| mark.byte == Some(b'{'));
    opens.map(|(index, open)| (&marks[index + 1..], open.at)).find_map(|(rest, open)| {
        let inside =
            |mark: &Mark| mark.byte.is_some_and(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b));
        let length = rest.iter().position(|mark| !inside(mark))?;
        let text: String = rest[..length].iter().filter_map(|mark| mark.byte).map(char::from).collect();
        (rest[length].byte == Some(b'}') && is_sequence(&text)).then_some(open)
    })
}

fn is_sequence(text: &str) -> bool {
    let mut pieces = text.split("..");
    let (Some(first), Some(last)) = (pieces.next(), pieces.next()) else { return false };
    let step = pieces.next().is_none_or(is_number);
    let letters =
        [first, last].iter().all(|piece| matches!(piece.as_bytes(), [b] if b.is_ascii_alphabetic()));
    step && pieces.next().is_none() && (letters || is_number(first) && is_number(last))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `{a,b}`: the word's first opening brace. Bash skips a closing brace before
/// the first comma (`{a}b,c}` is a list), so it is enough that there is a brace
/// before the comma, and after it one that no brace in between has opened.
/// Once it has found `..` in place of the comma, bash takes a quoted comma for
/// one as well (`{..'a,b'}`).
fn list(marks: &[Mark], comma: bool) -> Option<usize> {
    let first = marks.iter().position(|mark| mark.byte == Some(b'{'))?;
    let mut closing = 0_isize; // closing less opening braces from here to the end
    let mut least = 0; // the least that was anywhere from here on
    let mut after = None;
    for mark in marks[first + 1..].iter().rev() {
        let separates = match mark.byte {
            Some(b'}') => {
                closing += 1;
                false
            }
            Some(b'{') => {
                closing -= 1;
                false
            }
            Some(b'.') => comma && after == Some(b'.'),
            byte => byte == Some(b','),
        };
        if separates && closing > least {
            return Some(marks[first].at);
        }
        least = least.min(closing);
        after = mark.byte;
    }
    None
}
