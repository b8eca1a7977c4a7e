//! Finds brace expansion (bash(1), Brace Expansion), which bash performs and dash does not.

use super::ast::{Part, Word};
use super::source::Span;

/// The opening brace of the first `{a,b}` or `{1..3}` of a word.
pub(super) fn find(word: &Word, bytes: &[u8]) -> Option<Span> {
    if !bytes[word.span.clone()].contains(&b'{') {
        return None;
    }
    let symbols = symbols(&word.parts, bytes);
    let has_comma = bytes[word.span.clone()].contains(&b',');
    let brace = find_sequence(&symbols).or_else(|| find_list(&symbols, has_comma))?;
    Some(brace..brace + 1)
}

/// An unquoted byte of the word, or `None` for a quoted string or an expansion, which has
/// no meaning to braces.
#[derive(Clone, Copy)]
struct Symbol {
    byte: Option<u8>,
    /// The offset in the source.
    at: usize,
}

fn symbols(parts: &[Part], bytes: &[u8]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for part in parts {
        match part {
            Part::Literal { span, quoted: false } => {
                symbols.extend(span.clone().map(|at| Symbol { byte: Some(bytes[at]), at }));
            }
            Part::Literal { quoted: true, .. } | Part::Tilde { .. } | Part::Parameter(_) => {
                symbols.push(Symbol { byte: None, at: part.span().start });
            }
        }
    }
    symbols
}

/// The opening brace of the first `{1..3}`, `{a..c}` or `{1..9..2}`.
fn find_sequence(symbols: &[Symbol]) -> Option<usize> {
    let opens = symbols.iter().enumerate().filter(|(_, symbol)| symbol.byte == Some(b'{'));
    opens.map(|(index, open)| (&symbols[index + 1..], open.at)).find_map(|(rest, open)| {
        let inside =
            |symbol: &Symbol| symbol.byte.is_some_and(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b));
        let length = rest.iter().position(|symbol| !inside(symbol))?;
        let text: String = rest[..length].iter().filter_map(|symbol| symbol.byte).map(char::from).collect();
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

/// The first opening brace of a word with a `{a,b}`. Bash skips a closing brace before the
/// first comma (`{a}b,c}` is a list). So a word has a list if a brace opens before a
/// comma, and one closes after it that no brace in between has opened. After `..` in
/// place of the comma, bash accepts a quoted comma too (`{..'a,b'}`).
fn find_list(symbols: &[Symbol], has_comma: bool) -> Option<usize> {
    let first = symbols.iter().position(|symbol| symbol.byte == Some(b'{'))?;
    let mut closing = 0_isize; // closing minus opening braces from here to the end
    let mut least = 0; // the minimum of `closing` from here on
    let mut next = None;
    for symbol in symbols[first..].iter().rev() {
        let separates = match symbol.byte {
            Some(b'}') => {
                closing += 1;
                false
            }
            Some(b'{') => {
                closing -= 1;
                false
            }
            Some(b'.') => has_comma && next == Some(b'.'),
            byte => byte == Some(b','),
        };
        if separates && closing > least {
            return Some(symbols[first].at);
        }
        least = least.min(closing);
        next = symbol.byte;
    }
    None
}
