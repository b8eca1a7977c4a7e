//! Errors for commands that are not accepted. They name the command or the probable
//! mistake, but show nothing that may be part of a secret: `SECRET=one two` is the
//! command `two` to a shell.

use super::ast::{AssignedValue, Assignment, Word};
use super::error_kind::{ErrorKind, SpannedError};
use super::names;
use super::parser::Parser;

impl Parser<'_> {
    /// The error for the command whose name is `word`; the parser is behind the word.
    pub(super) fn unknown_command_error(&mut self, word: &Word, assignments: &[Assignment]) -> SpannedError {
        let name = word.unquoted_text(self.lexer.bytes).unwrap_or_default();
        let kind = match &*name {
            b"function" => ErrorKind::Function,
            b"." => ErrorKind::Source("."),
            b"source" => ErrorKind::Source("source"),
            b"declare" => ErrorKind::Declaration("declare"),
            b"typeset" => ErrorKind::Declaration("typeset"),
            b"local" => ErrorKind::Declaration("local"),
            name => match (names::reserved_word(name), names::known_command(name)) {
                (Some(reserved), _) => ErrorKind::Control(reserved),
                (None, Some(command)) => ErrorKind::Command(Some(command)),
                (None, None) => return self.unknown_word_error(word, name, assignments),
            },
        };
        SpannedError::new(kind, word.span.clone())
    }

    fn unknown_word_error(&mut self, word: &Word, name: &[u8], assignments: &[Assignment]) -> SpannedError {
        let next = self.lexer.peek();
        if next == Some(b'(') && names::is_name(name) {
            return SpannedError::new(ErrorKind::Function, self.lexer.at..self.lexer.at + 1);
        }
        if matches!(next, Some(b'<' | b'>')) && name.iter().all(u8::is_ascii_digit) {
            return self.operator_error(false);
        }
        if let Err(error) = self.reject_backslash_blank(word) {
            return error;
        }
        if let Some((character, span)) = word.invisible_character(self.lexer.bytes) {
            return SpannedError::new(ErrorKind::InvisibleCharacter(character), span);
        }
        let mistake = if assignments.is_empty() { self.find_mistake(word, name) } else { None };
        mistake.unwrap_or_else(|| SpannedError::at_start_of(word_after(assignments), &word.span))
    }

    /// What the first word of a command was probably meant to be.
    fn find_mistake(&mut self, word: &Word, name: &[u8]) -> Option<SpannedError> {
        let span = &word.span;
        if name.first() == Some(&b'[') && self.line_ends_with_bracket() {
            return Some(SpannedError::new(ErrorKind::SectionHeader, span.start..span.start + 1));
        }
        if name.strip_suffix(b":").is_some_and(names::is_name) {
            return Some(SpannedError::new(ErrorKind::ColonAssignment, span.end - 1..span.end));
        }
        if let Some(error) = bad_name_error(word, self.lexer.bytes) {
            return Some(error);
        }
        let position = self.lexer.position();
        self.lexer.skip_blanks();
        let at = self.lexer.at;
        match self.lexer.peek() {
            Some(b'(') if !name.is_empty() && self.parentheses_are_empty() => {
                Some(SpannedError::new(ErrorKind::Function, at..at + 1))
            }
            Some(b'=') if names::is_name(name) => {
                self.lexer.rewind(position);
                self.lexer.mark_visible(span.start..at);
                let name = names::to_name(name)?;
                Some(SpannedError::new(ErrorKind::SpacedAssignment { name }, at..at + 1))
            }
            _ => {
                self.lexer.rewind(position);
                None
            }
        }
    }

    /// Whether the line ends with `]`, apart from a comment.
    fn line_ends_with_bracket(&self) -> bool {
        let rest = &self.lexer.bytes[self.lexer.at - 1..];
        let line = rest.split(|byte| matches!(byte, b'\n' | b'#')).next().unwrap_or_default();
        line.trim_ascii_end().ends_with(b"]")
    }

    fn parentheses_are_empty(&self) -> bool {
        self.lexer.bytes[self.lexer.at + 1..].trim_ascii_start().starts_with(b")")
    }
}

/// The error for the first character of `my-key=1` or `1A=2` that a name cannot have
/// there. An option without its command, `-eA=b`, is not meant as a name.
fn bad_name_error(word: &Word, bytes: &[u8]) -> Option<SpannedError> {
    let text = word.unquoted_start(bytes);
    let name = &text[..text.iter().position(|byte| *byte == b'=')?];
    let start = word.span.start;
    let valid = name.iter().take_while(|byte| names::is_name_byte(**byte)).count();
    if valid == name.len() {
        let starts_with_digit = name.first().is_some_and(u8::is_ascii_digit);
        return starts_with_digit.then(|| SpannedError::new(ErrorKind::NameStartsWithDigit, start..start));
    }
    let character = name[valid..].utf8_chunks().next()?.valid().chars().next()?;
    if valid == 0 && character == '-' {
        return None;
    }
    let at = start + valid;
    Some(SpannedError::new(ErrorKind::NameCharacter(character), at..at + character.len_utf8()))
}

/// The kind of error for a word that cannot be named, after these assignments. Only the
/// first one may be named: what follows it may be the rest of its value.
fn word_after(assignments: &[Assignment]) -> ErrorKind {
    match assignments {
        [Assignment { name, value: AssignedValue::Text(parts), .. }] if parts.is_empty() => {
            ErrorKind::SpacedValue { name: name.clone() }
        }
        _ => ErrorKind::Command(None),
    }
}
