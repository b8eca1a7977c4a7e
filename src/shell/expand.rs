//! Words become text (XCU 2.6): homes, parameters and, where a command's
//! arguments are made, field splitting. No pathname expansion.

use super::interpret::{FIELD_SIZE, Interpreter};
use super::names;
use super::refusal::{Refusal, Refused};
use super::scope::{Place, Text, Value};
use super::source::Span;
use super::split;
use super::syntax::{Operation, Operator, Parameter, Part};

impl Interpreter<'_> {
    /// A value as an assignment makes it: never split.
    pub(super) fn text(&mut self, parts: &[Part]) -> Result<Text, Refused> {
        let mut fields = Fields::new(false);
        self.expand(parts, false, &mut fields)?;
        Ok(fields.open.unwrap_or_default())
    }

    /// The fields that a command's argument becomes.
    pub(super) fn fields(&mut self, parts: &[Part]) -> Result<Vec<Text>, Refused> {
        let mut fields = Fields::new(true);
        self.expand(parts, false, &mut fields)?;
        fields.close();
        let start = parts.first().map_or(0, |part| part.span().start);
        self.count(fields.done.len() * FIELD_SIZE, &(start..start))?;
        Ok(fields.done)
    }

    /// `inner` is the word of a `${NAME:-word}`, of which what is unquoted is
    /// the result of an expansion, and so is split.
    fn expand(&mut self, parts: &[Part], inner: bool, fields: &mut Fields) -> Result<(), Refused> {
        for part in parts {
            match part {
                Part::Literal { span, quoted } => self.literal(span.clone(), inner && !quoted, fields),
                Part::Tilde { span, user } => self.home(span, user, fields)?,
                Part::Parameter(parameter) => self.parameter(parameter, fields)?,
            }
        }
        Ok(())
    }

    fn literal(&self, span: Span, splits: bool, fields: &mut Fields) {
        if !splits {
            fields.open(); // a quoted nothing is a field too
        }
        for piece in self.source.by_line(span) {
            let place = self.source.place(piece.start);
            fields.push(&self.source.bytes[piece], Some(&place), splits);
        }
    }

    /// A home is never split. Where there is none the tilde stays.
    fn home(&mut self, span: &Span, user: &[u8], fields: &mut Fields) -> Result<(), Refused> {
        let variable = self.scope.text("HOME").filter(|_| user.is_empty()).map(|text| text.bytes.clone());
        let asked = || (self.homes)(Some(user).filter(|user| !user.is_empty()));
        let home = variable.or_else(asked).unwrap_or_else(|| [b"~", user].concat());
        self.count(home.len(), span)?;
        fields.push(&home, Some(&self.source.place(span.start)), false);
        Ok(())
    }

    /// Appends the value of a parameter.
    fn value_of(&mut self, parameter: &Parameter, fields: &mut Fields) -> Result<(), Refused> {
        let size = self.scope.text(&parameter.name).map_or(0, |text| text.bytes.len());
        self.count(size, &parameter.span)?;
        match self.scope.text(&parameter.name) {
            Some(value) => fields.push_text(value, !parameter.quoted),
            None => self.note_unset(parameter),
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &Parameter, fields: &mut Fields) -> Result<(), Refused> {
        self.readable(&parameter.name, &parameter.span)?;
        match &parameter.operation {
            Some(operation) => self.operation(parameter, operation, fields),
            None => self.value_of(parameter, fields),
        }
    }

    fn operation(
        &mut self,
        parameter: &Parameter,
        operation: &Operation,
        fields: &mut Fields,
    ) -> Result<(), Refused> {
        let value = self.scope.text(&parameter.name);
        let present = value.is_some_and(|text| !operation.colon || !text.bytes.is_empty());
        match (operation.operator, present) {
            (Operator::Alternative, false) => Ok(()),
            (Operator::Alternative, true) | (Operator::Default, false) => {
                self.expand(&operation.word, true, fields)
            }
            (Operator::Default | Operator::Assign | Operator::Demand, true) => {
                self.value_of(parameter, fields)
            }
            (Operator::Demand, false) => {
                Err(Refused::new(Refusal::Demanded(parameter.name.clone()), parameter.span.clone()))
            }
            (Operator::Assign, false) => {
                let text = self.text(&operation.word)?;
                self.count(text.bytes.len(), &parameter.span)?;
                fields.push_text(&text, !parameter.quoted);
                self.assign(&parameter.name, Value::Text(text), &parameter.span)
            }
        }
    }

    /// Whether somebody has said what a variable is that a running shell would
    /// have set by itself.
    pub(super) fn readable(&self, name: &str, span: &Span) -> Result<(), Refused> {
        let variable = self.scope.variables.get(name);
        let known = if names::is_preset_by_shell(name) {
            variable.is_some_and(|variable| variable.place.is_some())
        } else {
            !names::is_preset(name) || variable.is_some_and(|variable| variable.value.is_some())
        };
        if known && !names::is_state(name) {
            return Ok(());
        }
        Err(Refused::new(Refusal::State(name.to_owned()), span.clone()))
    }
}

/// The fields of one word while it is expanded.
struct Fields {
    done: Vec<Text>,
    /// The field that what comes next is appended to.
    open: Option<Text>,
    /// Whether unquoted expansions are split at all.
    split: bool,
}

impl Fields {
    fn new(split: bool) -> Self {
        Self { done: Vec::new(), open: None, split }
    }

    fn open(&mut self) -> &mut Text {
        self.open.get_or_insert_default()
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
    }

    fn push(&mut self, bytes: &[u8], place: Option<&Place>, splits: bool) {
        if splits && self.split {
            let mut text = Text::default();
            text.push(bytes, place);
            self.push_text(&text, true);
        } else {
            self.open().push(bytes, place);
        }
    }

    /// Blanks end the field before them; nothing at all opens none.
    fn push_text(&mut self, text: &Text, splits: bool) {
        if !splits || !self.split {
            self.open().push_piece(text, 0..text.bytes.len());
            return;
        }
        let mut at = 0;
        for piece in text.bytes.chunk_by(|a, b| split::is_blank(*a) == split::is_blank(*b)) {
            if split::is_blank(piece[0]) {
                self.close();
            } else {
                self.open().push_piece(text, at..at + piece.len());
            }
            at += piece.len();
        }
    }
}
