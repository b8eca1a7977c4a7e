//! What each command does to the variables (XCU 2.9.1; 2.14 export, readonly, set,
//! unset).

use super::ast::{
    AssignedValue, Assignment, Command, DeclarationArgument, DeclarationBuiltin, Parameter, Word,
};
use super::error_kind::{ErrorKind, SpannedError};
use super::scope::{Scope, Text, TextRun, Value};
use super::source::{Source, Span};
use super::{HomeLookup, Note, names};

/// The largest value of a variable, in bytes. Linux passes at most 128 KiB as one
/// argument or environment string (MAX_ARG_STRLEN, execve(2)). Only OPTS and EXTRA, which
/// become many arguments, can use more.
pub(super) const VALUE_LIMIT: usize = 1 << 20;

/// How many bytes one file may add to the values of all variables, and one command may
/// expand. Linux passes at most 6 MiB to a process (fs/exec.c, three quarters of
/// _STK_LIM).
pub(super) const FILE_LIMIT: usize = 8 << 20;

/// How many bytes a field counts towards [`FILE_LIMIT`] in addition to its text, so that
/// many empty fields count as well.
pub(super) const FIELD_OVERHEAD: usize = 16;

/// Applies the commands of a file to a scope.
pub(super) struct Interpreter<'a> {
    pub(super) source: &'a Source,
    pub(super) homes: HomeLookup<'a>,
    pub(super) scope: Scope,
    pub(super) notes: Vec<Note>,
    /// How many bytes the file has added to the values so far.
    added: isize,
    /// How many bytes the current command has expanded so far.
    expanded: usize,
}

/// A variable that `export` or `readonly` names, with the value it assigns.
struct DeclaredVariable {
    name: String,
    value: Option<Value>,
    span: Span,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(source: &'a Source, scope: Scope, homes: HomeLookup<'a>) -> Self {
        Self { source, homes, scope, notes: Vec::new(), added: 0, expanded: 0 }
    }
}

impl Interpreter<'_> {
    pub(super) fn apply(&mut self, command: &Command) -> Result<(), SpannedError> {
        self.expanded = 0;
        match command {
            Command::Assign(assignments) => self.apply_assignments(assignments),
            Command::Declare { builtin, span, arguments } => {
                self.apply_declaration(*builtin, span, arguments)
            }
            Command::Unset { arguments } => self.apply_unset(arguments),
            Command::Set { span, arguments } => self.apply_set(span, arguments),
            Command::Null { arguments } => {
                arguments.iter().try_for_each(|word| self.expand_to_text(&word.parts).map(drop))
            }
        }
    }

    /// Each assignment sees the ones before it.
    fn apply_assignments(&mut self, assignments: &[Assignment]) -> Result<(), SpannedError> {
        for assignment in assignments {
            let value = self.expand_value(&assignment.name, &assignment.value)?;
            self.assign(&assignment.name, value, &assignment.span)?;
        }
        Ok(())
    }

    fn expand_value(&mut self, name: &str, value: &AssignedValue) -> Result<Value, SpannedError> {
        let first = self.notes.len();
        let value = match value {
            AssignedValue::Text(parts) => Value::Text(self.expand_to_text(parts)?),
            AssignedValue::Array(words) => Value::Array(self.expand_words(words)?),
        };
        for note in &mut self.notes[first..] {
            if let Note::UnsetVariable { assigned, .. } = note {
                *assigned = Some(name.to_owned());
            }
        }
        Ok(value)
    }

    fn expand_words(&mut self, words: &[Word]) -> Result<Vec<Text>, SpannedError> {
        let mut fields = Vec::new();
        for word in words {
            for mut field in self.expand_to_fields(&word.parts)? {
                if field.bytes.is_empty() {
                    field.runs = vec![TextRun { start: 0, place: Some(self.source.place(word.span.start)) }];
                }
                fields.push(field);
            }
        }
        Ok(fields)
    }

    /// Assigns a variable, if its name and its marks allow it.
    pub(super) fn assign(&mut self, name: &str, value: Value, span: &Span) -> Result<(), SpannedError> {
        self.check_assignable(name, span)?;
        if self.scope.is_exported_by_dash_only(name) {
            return Err(SpannedError::at_start_of(ErrorKind::UnsetUnderAllexport(name.to_owned()), span));
        }
        if value.byte_len() > VALUE_LIMIT {
            return Err(SpannedError::at_start_of(ErrorKind::ValueTooLarge, span));
        }
        let before = self.value_len(name);
        self.scope.assign(name, value, self.source.place(span.start));
        self.added += self.value_len(name) - before;
        if self.added > FILE_LIMIT as isize {
            return Err(SpannedError::at_start_of(ErrorKind::FileTooLarge, span));
        }
        Ok(())
    }

    fn check_assignable(&self, name: &str, span: &Span) -> Result<(), SpannedError> {
        let is_readonly = self.scope.variables.get(name).is_some_and(|variable| variable.readonly);
        let kind = if names::is_shell_owned(name) {
            ErrorKind::ShellOwned(name.to_owned())
        } else if is_readonly {
            ErrorKind::Readonly(name.to_owned())
        } else {
            return Ok(());
        };
        Err(SpannedError::at_start_of(kind, span))
    }

    /// The length of a variable's value, in bytes.
    fn value_len(&self, name: &str) -> isize {
        let value = self.scope.variables.get(name).and_then(|variable| variable.value.as_ref());
        value.map_or(0, |value| value.byte_len() as isize)
    }

    /// Counts bytes that an expansion at `span` adds to the current command.
    pub(super) fn count_expanded(&mut self, bytes: usize, span: &Span) -> Result<(), SpannedError> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > FILE_LIMIT {
            return Err(SpannedError::new(ErrorKind::FileTooLarge, span.clone()));
        }
        Ok(())
    }

    /// All arguments are expanded before the first variable is assigned.
    fn apply_declaration(
        &mut self,
        builtin: DeclarationBuiltin,
        span: &Span,
        arguments: &[DeclarationArgument],
    ) -> Result<(), SpannedError> {
        let mut declared = Vec::new();
        let mut options_may_follow = true;
        for argument in arguments {
            match argument {
                DeclarationArgument::Assignment(Assignment { name, span, value }) => {
                    let value = Some(self.expand_value(name, value)?);
                    declared.push(DeclaredVariable { name: name.clone(), value, span: span.clone() });
                    options_may_follow = false;
                }
                DeclarationArgument::Word(word) => {
                    for field in self.expand_to_fields(&word.parts)? {
                        let is_first = std::mem::replace(&mut options_may_follow, false);
                        match field.bytes.as_slice() {
                            b"--" if is_first => {}
                            [b'-', _, ..] if is_first => {
                                let kind = ErrorKind::DeclareOption(builtin.name());
                                return Err(SpannedError::at_start_of(kind, &word.span));
                            }
                            _ => declared.push(DeclaredVariable::from_field(&field, &word.span)?),
                        }
                    }
                }
            }
        }
        if declared.is_empty() {
            return Err(SpannedError::new(ErrorKind::DeclareWithoutName(builtin.name()), span.clone()));
        }
        declared.into_iter().try_for_each(|variable| self.declare(builtin, variable))
    }

    fn declare(
        &mut self,
        builtin: DeclarationBuiltin,
        declared: DeclaredVariable,
    ) -> Result<(), SpannedError> {
        let DeclaredVariable { name, value, span } = declared;
        if value.is_none() {
            self.check_readable(&name, &span)?;
        }
        match builtin {
            // Marked before it is assigned: then both shells export it, even a variable
            // that was unset under set -a.
            DeclarationBuiltin::Export => {
                self.scope.variables.entry(name.clone()).or_default().exported = true;
                value.map_or(Ok(()), |value| self.assign(&name, value, &span))
            }
            DeclarationBuiltin::Readonly => {
                value.map_or(Ok(()), |value| self.assign(&name, value, &span))?;
                self.scope.variables.entry(name).or_default().readonly = true;
                Ok(())
            }
        }
    }

    /// A variable loses its marks with its value.
    fn apply_unset(&mut self, arguments: &[Word]) -> Result<(), SpannedError> {
        let mut names = Vec::new();
        let mut options_may_follow = true;
        for word in arguments {
            for field in self.expand_to_fields(&word.parts)? {
                match field.bytes.as_slice() {
                    b"--" if options_may_follow => options_may_follow = false,
                    [b'-', letters @ ..] if options_may_follow && !letters.is_empty() => {
                        if letters.iter().any(|letter| *letter != b'v') {
                            return Err(SpannedError::at_start_of(ErrorKind::UnsetOption, &word.span));
                        }
                    }
                    bytes => {
                        options_may_follow = false;
                        let name = names::to_name(bytes);
                        names.push((name.ok_or_else(|| bad_name_error(bytes, &word.span))?, &word.span));
                    }
                }
            }
        }
        for (name, span) in names {
            self.check_assignable(&name, span)?;
            self.added -= self.value_len(&name);
            self.scope.unset(&name);
        }
        Ok(())
    }

    fn apply_set(&mut self, span: &Span, arguments: &[Word]) -> Result<(), SpannedError> {
        let error = || SpannedError::new(ErrorKind::SetOption, span.clone());
        let fields = self.expand_words(arguments)?;
        let mut rest: &[Text] = &fields;
        let mut allexport = None;
        while let Some((option, after)) = rest.split_first() {
            let argument = after.first().map(|argument| argument.bytes.as_slice());
            let (value, length) = match (option.bytes.as_slice(), argument) {
                (b"-a", _) => (true, 1),
                (b"+a", _) => (false, 1),
                (b"-o", Some(b"allexport")) => (true, 2),
                (b"+o", Some(b"allexport")) => (false, 2),
                _ => return Err(error()),
            };
            allexport = Some(value);
            rest = &rest[length..];
        }
        self.scope.allexport = allexport.ok_or_else(error)?;
        Ok(())
    }

    pub(super) fn note_unset_variable(&mut self, parameter: &Parameter) {
        let place = self.source.place(parameter.span.start);
        self.notes.push(Note::UnsetVariable { assigned: None, place });
    }
}

impl DeclaredVariable {
    /// Reads a field, `NAME` or `NAME=VALUE`, of the argument at `span`.
    fn from_field(field: &Text, span: &Span) -> Result<Self, SpannedError> {
        let equals = field.bytes.iter().position(|byte| *byte == b'=');
        let (name, _) = field.bytes.split_at(equals.unwrap_or(field.bytes.len()));
        let value = equals.map(|equals| {
            let mut value = Text::default();
            value.push_slice(field, equals + 1..field.bytes.len());
            Value::Text(value)
        });
        match names::to_name(name) {
            Some(name) => Ok(Self { name, value, span: span.start..span.start }),
            None if name.strip_suffix(b"+").is_some_and(names::is_name) => {
                Err(SpannedError::at_start_of(ErrorKind::Append, span))
            }
            None => Err(bad_name_error(name, span)),
        }
    }
}

fn bad_name_error(name: &[u8], span: &Span) -> SpannedError {
    let kind = match names::invisible_character(name) {
        Some((character, _)) => ErrorKind::InvisibleCharacter(character),
        None => ErrorKind::BadName,
    };
    SpannedError::at_start_of(kind, span)
}
