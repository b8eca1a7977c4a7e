//! Commands that are none of ours, named as well as can be without showing
//! what may be half of a secret: `SECRET=one two` makes a command of `two`.

use super::names;
use super::parse::Parser;
use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::{Assignment, Written};

impl Parser<'_> {
    /// Why the command `name` is refused; the reading stands behind the name.
    pub(super) fn not_ours(&mut self, name: &[u8], span: Span, assignments: &[Assignment]) -> Refused {
        let nothing = span.start..span.start;
        if let Some(word) = names::reserved(name) {
            return Refused::new(Refusal::Control(word), span);
        }
        let refusal = match name {
            b"." => Refusal::Source("."),
            b"source" => Refusal::Source("source"),
            b"declare" => Refusal::Declaration("declare"),
            b"typeset" => Refusal::Declaration("typeset"),
            b"local" => Refusal::Declaration("local"),
            _ => {
                let named = self.unknown(name, span, assignments.is_empty());
                return named.unwrap_or_else(|| spaced_value(nothing, assignments));
            }
        };
        Refused::new(refusal, span)
    }

    fn unknown(&mut self, name: &[u8], span: Span, first: bool) -> Option<Refused> {
        if let Some(known) = names::command(name) {
            return Some(Refused::new(Refusal::Command(Some(known)), span));
        }
        if self.lexer.peek() == Some(b'(') && names::name(name).is_some() {
            return Some(Refused::new(Refusal::Function, self.lexer.at..self.lexer.at + 1));
        }
        if matches!(self.lexer.peek(), Some(b'<' | b'>')) && name.iter().all(u8::is_ascii_digit) {
            return Some(self.operator(false));
        }
        let name = names::name(name).filter(|_| first)?;
        let shown = self.lexer.shown.len();
        self.lexer.skip_blanks();
        if self.lexer.peek() != Some(b'=') {
            return None;
        }
        let at = self.lexer.at;
        self.lexer.shown.truncate(shown);
        self.lexer.show(span.start..at);
        Some(Refused::new(Refusal::SpacedAssignment { name }, at..at + 1))
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
