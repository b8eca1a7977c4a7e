//! Commands change variables (XCU 2.9.1, 2.14 export, readonly, set, unset).

use super::refusal::{Refusal, Refused};
use super::scope::{Run, Scope, Text, Value};
use super::source::{Source, Span};
use super::syntax::{Argument, Assignment, Builtin, Command, Parameter, Word, Written};
use super::{Homes, Note, names};

/// The largest value of a variable, in bytes. Linux passes at most 128 KiB as one
/// argument or environment string (MAX_ARG_STRLEN, execve(2)); only OPTS and EXTRA,
/// which become many arguments, can use more.
pub(super) const VARIABLE_LIMIT: usize = 1 << 20;

/// How many bytes the values that one file sets may have together, and so the values
/// that one command expands. Linux passes at most 6 MiB to a process (fs/exec.c,
/// three quarters of _STK_LIM).
pub(super) const FILE_LIMIT: usize = 8 << 20;

/// What each field of a command counts besides its bytes: its end and a pointer, as
/// execve(2) counts an argument, and a little more.
pub(super) const FIELD_SIZE: usize = 16;

/// Walks over the commands of a file.
pub(super) struct Interpreter<'a> {
    pub(super) source: &'a Source,
    pub(super) homes: Homes<'a>,
    pub(super) scope: Scope,
    pub(super) notes: Vec<Note>,
    /// The bytes that the file's assignments have added to the variables' values.
    pub(super) added: isize,
    /// The bytes that the current command has expanded so far.
    pub(super) expanded: usize,
}

/// A variable to be marked, and assigned before where there is a value.
struct Marked {
    name: String,
    value: Option<Value>,
    span: Span,
}

impl Interpreter<'_> {
    /// Carries out one command.
    pub(super) fn run(&mut self, command: &Command) -> Result<(), Refused> {
        self.expanded = 0;
        match command {
            Command::Assign(assignments) => self.assign_all(assignments),
            Command::Declare { builtin, span, arguments } => self.declare(*builtin, span, arguments),
            Command::Unset { arguments } => self.unset(arguments),
            Command::Set { span, arguments } => self.set(span, arguments),
            Command::Null { arguments } => {
                arguments.iter().try_for_each(|word| self.text(&word.parts).map(drop))
            }
        }
    }

    /// One after the other: each sees those before it.
    fn assign_all(&mut self, assignments: &[Assignment]) -> Result<(), Refused> {
        for assignment in assignments {
            let value = self.value(&assignment.value)?;
            self.assign(&assignment.name, value, &assignment.span)?;
        }
        Ok(())
    }

    fn value(&mut self, written: &Written) -> Result<Value, Refused> {
        match written {
            Written::Text(parts) => self.text(parts).map(Value::Text),
            Written::List(words) => self.all_fields(words).map(Value::List),
        }
    }

    fn all_fields(&mut self, words: &[Word]) -> Result<Vec<Text>, Refused> {
        let mut fields = Vec::new();
        for word in words {
            for mut field in self.fields(&word.parts)? {
                if field.bytes.is_empty() {
                    field.runs = vec![Run { start: 0, place: Some(self.source.place(word.span.start)) }];
                }
                fields.push(field);
            }
        }
        Ok(fields)
    }

    /// Assigns, if the name and the variable allow it.
    pub(super) fn assign(&mut self, name: &str, value: Value, span: &Span) -> Result<(), Refused> {
        self.changeable(name, span)?;
        if self.scope.exported_by_dash_alone(name) {
            return Err(Refused::new(Refusal::UnsetUnderAllexport(name.to_owned()), span.start..span.start));
        }
        let too_large = |refusal| Err(Refused::new(refusal, span.start..span.start));
        if value.size() > VARIABLE_LIMIT {
            return too_large(Refusal::VariableTooLarge);
        }
        let before = self.size_of(name);
        self.scope.assign(name, value, self.source.place(span.start));
        self.added += self.size_of(name) - before;
        if self.added > FILE_LIMIT as isize { too_large(Refusal::FileTooLarge) } else { Ok(()) }
    }

    fn size_of(&self, name: &str) -> isize {
        let value = self.scope.variables.get(name).and_then(|variable| variable.value.as_ref());
        value.map_or(0, |value| value.size() as isize)
    }

    /// Counts bytes that the current command expands, written at `span`.
    pub(super) fn count(&mut self, bytes: usize, span: &Span) -> Result<(), Refused> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > FILE_LIMIT {
            return Err(Refused::new(Refusal::FileTooLarge, span.clone()));
        }
        Ok(())
    }

    fn changeable(&self, name: &str, span: &Span) -> Result<(), Refused> {
        let refusal = match self.scope.variables.get(name) {
            _ if names::is_owned(name) => Refusal::Owned(name.to_owned()),
            Some(variable) if variable.readonly => Refusal::Readonly(name.to_owned()),
            _ => return Ok(()),
        };
        Err(Refused::new(refusal, span.start..span.start))
    }

    /// All arguments are expanded before the first one is looked at.
    fn declare(&mut self, builtin: Builtin, span: &Span, arguments: &[Argument]) -> Result<(), Refused> {
        let mut marked = Vec::new();
        let mut options = true;
        for argument in arguments {
            match argument {
                Argument::Assignment(Assignment { name, span, value }) => {
                    let value = Some(self.value(value)?);
                    marked.push(Marked { name: name.clone(), value, span: span.clone() });
                    options = false;
                }
                Argument::Word(word) => {
                    let span = word.span.start..word.span.start;
                    for field in self.fields(&word.parts)? {
                        if std::mem::replace(&mut options, false)
                            && field.bytes.len() > 1
                            && field.bytes[0] == b'-'
                        {
                            if field.bytes != b"--" {
                                return Err(Refused::new(Refusal::DeclareOption(builtin.name()), span));
                            }
                            continue;
                        }
                        marked.push(marked_by(&field, span.clone())?);
                    }
                }
            }
        }
        if marked.is_empty() {
            return Err(Refused::new(Refusal::Bare(builtin.name()), span.clone()));
        }
        marked.into_iter().try_for_each(|variable| self.mark(builtin, variable))
    }

    fn mark(&mut self, builtin: Builtin, marked: Marked) -> Result<(), Refused> {
        let Marked { name, value, span } = marked;
        if value.is_none() {
            self.readable(&name, &span)?;
        }
        match (builtin, value) {
            // Exported by both, whatever it was before.
            (Builtin::Export, value) => {
                self.scope.variables.entry(name.clone()).or_default().exported = true;
                value.map_or(Ok(()), |value| self.assign(&name, value, &span))
            }
            (Builtin::Readonly, value) => {
                value.map_or(Ok(()), |value| self.assign(&name, value, &span))?;
                self.scope.variables.entry(name).or_default().readonly = true;
                Ok(())
            }
        }
    }

    /// A variable that is unset loses its marks.
    fn unset(&mut self, arguments: &[Word]) -> Result<(), Refused> {
        let mut names = Vec::new();
        let mut options = true;
        for word in arguments {
            let span = word.span.start..word.span.start;
            for field in self.fields(&word.parts)? {
                options = options && field.bytes.len() > 1 && field.bytes[0] == b'-';
                if !options {
                    let name = names::name(&field.bytes).ok_or_else(|| bad_name(&field.bytes, &span))?;
                    names.push((name, span.clone()));
                } else if field.bytes == b"--" {
                    options = false;
                } else if field.bytes[1..].iter().any(|option| *option != b'v') {
                    return Err(Refused::new(Refusal::UnsetOption, span));
                }
            }
        }
        for (name, span) in names {
            self.changeable(&name, &span)?;
            self.added -= self.size_of(&name);
            self.scope.unset(&name);
        }
        Ok(())
    }

    fn set(&mut self, span: &Span, arguments: &[Word]) -> Result<(), Refused> {
        let fields = self.all_fields(arguments)?;
        let mut rest: &[Text] = &fields;
        let mut allexport = None;
        while let Some((option, after)) = rest.split_first() {
            let (on, length) = match (option.bytes.as_slice(), after.first()) {
                (b"-a", _) => (true, 1),
                (b"+a", _) => (false, 1),
                (b"-o", Some(name)) if name.bytes == b"allexport" => (true, 2),
                (b"+o", Some(name)) if name.bytes == b"allexport" => (false, 2),
                _ => return Err(Refused::new(Refusal::SetOption, span.clone())),
            };
            allexport = Some(on);
            rest = &rest[length..];
        }
        match allexport {
            Some(on) => self.scope.allexport = on,
            None => return Err(Refused::new(Refusal::SetOption, span.clone())),
        }
        Ok(())
    }

    pub(super) fn note_unset(&mut self, parameter: &Parameter) {
        let place = self.source.place(parameter.span.start);
        self.notes.push(Note::Unset { name: parameter.name.clone(), place });
    }
}

/// What one field given to `export` or `readonly` marks.
fn marked_by(field: &Text, span: Span) -> Result<Marked, Refused> {
    let equals = field.bytes.iter().position(|byte| *byte == b'=');
    let (name, _) = field.bytes.split_at(equals.unwrap_or(field.bytes.len()));
    let value = equals.map(|equals| {
        let mut value = Text::default();
        value.push_piece(field, equals + 1..field.bytes.len());
        Value::Text(value)
    });
    match names::name(name) {
        Some(name) => Ok(Marked { name, value, span }),
        None if name.strip_suffix(b"+").and_then(names::name).is_some() => {
            Err(Refused::new(Refusal::Append, span))
        }
        None => Err(bad_name(name, &span)),
    }
}

/// What is wrong with a name that an argument gives.
fn bad_name(name: &[u8], span: &Span) -> Refused {
    let refusal = match names::invisible(name) {
        Some((character, _)) => Refusal::Invisible(character),
        None => Refusal::BadName,
    };
    Refused::new(refusal, span.clone())
}
