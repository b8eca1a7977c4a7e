//! Word expansion (XCU 2.6): tildes, parameters and, in the arguments of a command,
//! field splitting. No pathname expansion.

use super::ast::{Operation, Operator, Parameter, Part};
use super::error_kind::{ErrorKind, SpannedError};
use super::interpreter::{FIELD_OVERHEAD, Interpreter};
use super::names;
use super::scope::{Place, Text, Value};
use super::source::Span;
use super::split;

impl Interpreter<'_> {
    /// Expands parts as an assignment does, without field splitting.
    pub(super) fn expand_to_text(&mut self, parts: &[Part]) -> Result<Text, SpannedError> {
        let mut fields = FieldBuilder::new(false);
        self.expand_parts(parts, false, &mut fields)?;
        Ok(fields.open.unwrap_or_default())
    }

    /// Expands parts to the fields that a command gets as arguments.
    pub(super) fn expand_to_fields(&mut self, parts: &[Part]) -> Result<Vec<Text>, SpannedError> {
        let mut fields = FieldBuilder::new(true);
        self.expand_parts(parts, false, &mut fields)?;
        fields.close();
        let start = parts.first().map_or(0, |part| part.span().start);
        self.count_expanded(fields.done.len() * FIELD_OVERHEAD, &(start..start))?;
        Ok(fields.done)
    }

    /// `in_operation`: the parts are the word of a `${NAME:-word}`. Its unquoted
    /// literals are the result of an expansion, so they are split.
    fn expand_parts(
        &mut self,
        parts: &[Part],
        in_operation: bool,
        fields: &mut FieldBuilder,
    ) -> Result<(), SpannedError> {
        for part in parts {
            match part {
                Part::Literal { span, quoted } => {
                    self.expand_literal(span.clone(), in_operation && !quoted, fields);
                }
                Part::Tilde { span, user } => self.expand_tilde(span, user, fields)?,
                Part::Parameter(parameter) => self.expand_parameter(parameter, fields)?,
            }
        }
        Ok(())
    }

    fn expand_literal(&self, span: Span, splits: bool, fields: &mut FieldBuilder) {
        if !splits {
            fields.open(); // an empty quoted string makes a field too
        }
        for line in self.source.split_at_newlines(span) {
            let place = self.source.place(line.start);
            fields.push_bytes(&self.source.bytes[line], Some(&place), splits);
        }
    }

    /// A home directory is never split. A tilde without one stays as it is.
    fn expand_tilde(
        &mut self,
        span: &Span,
        user: &[u8],
        fields: &mut FieldBuilder,
    ) -> Result<(), SpannedError> {
        let variable = self.scope.string_value("HOME").filter(|_| user.is_empty());
        let home = variable.map(|text| text.bytes.clone());
        let home = home.or_else(|| (self.homes)(Some(user).filter(|user| !user.is_empty())));
        let home = home.unwrap_or_else(|| [b"~", user].concat());
        self.count_expanded(home.len(), span)?;
        fields.push_bytes(&home, Some(&self.source.place(span.start)), false);
        Ok(())
    }

    fn expand_parameter(
        &mut self,
        parameter: &Parameter,
        fields: &mut FieldBuilder,
    ) -> Result<(), SpannedError> {
        self.check_readable(&parameter.name, &parameter.span)?;
        match &parameter.operation {
            Some(operation) => self.expand_operation(parameter, operation, fields),
            None => self.append_value(parameter, fields),
        }
    }

    fn append_value(&mut self, parameter: &Parameter, fields: &mut FieldBuilder) -> Result<(), SpannedError> {
        let length = self.scope.string_value(&parameter.name).map_or(0, |text| text.bytes.len());
        self.count_expanded(length, &parameter.span)?;
        match self.scope.string_value(&parameter.name) {
            Some(value) => fields.push_text(value, !parameter.quoted),
            None => self.note_unset_variable(parameter),
        }
        Ok(())
    }

    fn expand_operation(
        &mut self,
        parameter: &Parameter,
        operation: &Operation,
        fields: &mut FieldBuilder,
    ) -> Result<(), SpannedError> {
        let value = self.scope.string_value(&parameter.name);
        let is_set = value.is_some_and(|text| !operation.colon || !text.bytes.is_empty());
        match (operation.operator, is_set) {
            (Operator::UseAlternative, false) => Ok(()),
            (Operator::UseAlternative, true) | (Operator::UseDefault, false) => {
                self.expand_parts(&operation.word, true, fields)
            }
            (Operator::UseDefault | Operator::AssignDefault | Operator::ErrorIfUnset, true) => {
                self.append_value(parameter, fields)
            }
            (Operator::ErrorIfUnset, false) => {
                // Only `${`: the name may be part of a password.
                let start = parameter.span.start;
                Err(SpannedError::new(ErrorKind::RequiredVariable, start..start + 2))
            }
            (Operator::AssignDefault, false) => {
                let text = self.expand_to_text(&operation.word)?;
                self.count_expanded(text.bytes.len(), &parameter.span)?;
                fields.push_text(&text, !parameter.quoted);
                self.assign(&parameter.name, Value::Text(text), &parameter.span)
            }
        }
    }

    /// Checks that the value of a variable does not depend on the shell that reads the
    /// file: of those that shells set by themselves, the environment or the file must
    /// have set it.
    pub(super) fn check_readable(&self, name: &str, span: &Span) -> Result<(), SpannedError> {
        let variable = self.scope.variables.get(name);
        let is_known = if names::is_always_set_by_shell(name) {
            variable.is_some_and(|variable| variable.place.is_some())
        } else {
            !names::is_set_by_shell(name) || variable.is_some_and(|variable| variable.value.is_some())
        };
        if is_known && !names::is_unreadable(name) {
            return Ok(());
        }
        Err(SpannedError::new(ErrorKind::ShellState(name.to_owned()), span.clone()))
    }
}

/// Collects the fields of one word.
struct FieldBuilder {
    done: Vec<Text>,
    /// The field that the next bytes are appended to.
    open: Option<Text>,
    /// Whether unquoted expansions are split.
    split: bool,
}

impl FieldBuilder {
    fn new(split: bool) -> Self {
        Self { done: Vec::new(), open: None, split }
    }

    fn open(&mut self) -> &mut Text {
        self.open.get_or_insert_default()
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
    }

    fn push_bytes(&mut self, bytes: &[u8], place: Option<&Place>, splits: bool) {
        if splits && self.split {
            let mut text = Text::default();
            text.push_bytes(bytes, place);
            self.push_text(&text, true);
        } else {
            self.open().push_bytes(bytes, place);
        }
    }

    /// Blanks close the open field. A text without other bytes opens none.
    fn push_text(&mut self, text: &Text, splits: bool) {
        if !splits || !self.split {
            self.open().push_slice(text, 0..text.bytes.len());
            return;
        }
        let mut at = 0;
        for piece in text.bytes.chunk_by(|a, b| split::is_blank(*a) == split::is_blank(*b)) {
            if split::is_blank(piece[0]) {
                self.close();
            } else {
                self.open().push_slice(text, at..at + piece.len());
            }
            at += piece.len();
        }
    }
}
