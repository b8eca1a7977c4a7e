//! Commands that are none of ours, named as well as can be without showing
//! what may be half of a secret: `SECRET=one two` makes a command of `two`.

use super::names;
use super::parse::Parser;
use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::{Assignment, Word, Written};

impl Parser<'_> {
    /// Why a command is refused; the reading stands behind its name.
    pub(super) fn not_ours(&mut self, word: &Word, assignments: &[Assignment]) -> Refused {
        let span = word.span.clone();
        let name = word.bare(self.lexer.bytes).unwrap_or_default();
        if &*name == b"function" {
            return Refused::new(Refusal::Function, span);
        }
        if let Some(word) = names::reserved(&name) {
            return Refused::new(Refusal::Control(word), span);
        }
        let refusal = match &*name {
            b"." => Refusal::Source("."),
            b"source" => Refusal::Source("source"),
            b"declare" => Refusal::Declaration("declare"),
            b"typeset" => Refusal::Declaration("typeset"),
            b"local" => Refusal::Declaration("local"),
            name => return self.unknown(word, name, assignments),
        };
        Refused::new(refusal, span)
    }

    fn unknown(&mut self, word: &Word, name: &[u8], assignments: &[Assignment]) -> Refused {
        if let Some(known) = names::command(name) {
            return Refused::new(Refusal::Command(Some(known)), word.span.clone());
        }
        if self.lexer.peek() == Some(b'(') && names::is_name(name) {
            return Refused::new(Refusal::Function, self.lexer.at..self.lexer.at + 1);
        }
        if matches!(self.lexer.peek(), Some(b'<' | b'>')) && name.iter().all(u8::is_ascii_digit) {
            return self.operator(false);
        }
        if let Err(refused) = self.without_backslash_blank(word) {
            return refused;
        }
        if let Some((character, span)) = word.invisible(self.lexer.bytes) {
            return Refused::new(Refusal::Invisible(character), span);
        }
        let slip = if assignments.is_empty() { self.slip(word, name) } else { None };
        slip.unwrap_or_else(|| spaced_value(word.span.start..word.span.start, assignments))
    }

    /// What was meant by a line's first word that is no assignment.
    fn slip(&mut self, word: &Word, name: &[u8]) -> Option<Refused> {
        let start = word.span.start;
        if name.first() == Some(&b'[') && self.line_ends_with_bracket() {
            return Some(Refused::new(Refusal::Section, start..start + 1));
        }
        if name.strip_suffix(b":").is_some_and(names::is_name) {
            return Some(Refused::new(Refusal::ColonAssignment, word.span.end - 1..word.span.end));
        }
        if let Some(refused) = bad_name(word, self.lexer.bytes) {
            return Some(refused);
        }
        let shown = self.lexer.shown.len();
        self.lexer.skip_blanks();
        let at = self.lexer.at;
        match self.lexer.peek() {
            Some(b'(') if !name.is_empty() && self.empty_parentheses() => {
                Some(Refused::new(Refusal::Function, at..at + 1))
            }
            Some(b'=') if names::is_name(name) => {
                self.lexer.shown.truncate(shown);
                self.lexer.show(word.span.start..at);
                let name = names::name(name)?;
                Some(Refused::new(Refusal::SpacedAssignment { name }, at..at + 1))
            }
            _ => {
                self.lexer.shown.truncate(shown);
                None
            }
        }
    }

    /// Whether the line ends with `]`, a comment aside.
    fn line_ends_with_bracket(&self) -> bool {
        let rest = &self.lexer.bytes[self.lexer.at - 1..];
        let line = rest.split(|byte| matches!(byte, b'\n' | b'#')).next().unwrap_or_default();
        line.trim_ascii_end().ends_with(b"]")
    }

    fn empty_parentheses(&self) -> bool {
        self.lexer.bytes[self.lexer.at + 1..].trim_ascii_start().starts_with(b")")
    }
}

/// `my-key=1`, `1A=2`: the first character that no name can have there. An option
/// that lost its command (`-eA=b`) is no such name.
fn bad_name(word: &Word, bytes: &[u8]) -> Option<Refused> {
    let text = word.unquoted_start(bytes);
    let name = &text[..text.iter().position(|byte| *byte == b'=')?];
    let start = word.span.start;
    let valid = name.iter().take_while(|byte| names::continues_name(**byte)).count();
    match name.utf8_chunks().next()?.valid().chars().nth(valid) {
        Some('-') if valid == 0 => None,
        Some(character) if valid < name.len() => {
            let at = start + valid;
            Some(Refused::new(Refusal::NameCharacter(character), at..at + character.len_utf8()))
        }
        None if valid == name.len() && name.first().is_some_and(u8::is_ascii_digit) => {
            Some(Refused::new(Refusal::NameStartsWithDigit, start..start))
        }
        _ => None,
    }
}

/// What a word in the place of a command says, if it can't be named. What follows
/// the first assignment may be the rest of its value.
fn spaced_value(at: Span, assignments: &[Assignment]) -> Refused {
    match assignments {
        [Assignment { name, value: Written::Text(parts), .. }] if parts.is_empty() => {
            Refused::new(Refusal::SpacedValue { name: name.clone() }, at)
        }
        _ => Refused::new(Refusal::Command(None), at),
    }
}
