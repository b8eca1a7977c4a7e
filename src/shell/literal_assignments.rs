//! Reads a file that is data: assignments of literal values and nothing else.

use super::ast::{AssignedValue, Assignment, Command, DeclarationArgument, DeclarationBuiltin, Part};
use super::error::Error;
use super::error_kind::{ErrorKind, SpannedError};
use super::parser::Parser;
use super::source::{Source, Span};
use super::{LiteralAssignment, names};

pub(super) fn read(source: &Source) -> Result<Vec<LiteralAssignment>, Error> {
    // The reader of the error may not be allowed to read the file.
    read_all(source).map_err(|error| Error::without_excerpt(source, &not_literal(&error.span)))
}

fn read_all(source: &Source) -> Result<Vec<LiteralAssignment>, SpannedError> {
    source.reject_nul()?;
    let mut parser = Parser::new(&source.bytes);
    let mut found = Vec::new();
    while let Some(command) = parser.next_command()? {
        found.extend(from_command(source, &command)?);
    }
    Ok(found)
}

fn not_literal(span: &Span) -> SpannedError {
    SpannedError::new(ErrorKind::NotLiteral, span.clone())
}

fn from_command(source: &Source, command: &Command) -> Result<Vec<LiteralAssignment>, SpannedError> {
    match command {
        Command::Assign(assignments) => {
            assignments.iter().map(|assignment| from_assignment(source, assignment)).collect()
        }
        Command::Declare { builtin: DeclarationBuiltin::Export, arguments, span } => {
            arguments.iter().map(|argument| from_argument(source, argument, span)).collect()
        }
        Command::Declare { builtin: DeclarationBuiltin::Readonly, span, .. } | Command::Set { span, .. } => {
            Err(not_literal(span))
        }
        Command::Unset { arguments } | Command::Null { arguments } => {
            Err(not_literal(&arguments.first().map_or(0..0, |word| word.span.clone())))
        }
    }
}

fn from_argument(
    source: &Source,
    argument: &DeclarationArgument,
    builtin: &Span,
) -> Result<LiteralAssignment, SpannedError> {
    match argument {
        DeclarationArgument::Assignment(assignment) => from_assignment(source, assignment),
        DeclarationArgument::Word(word) => {
            let text = literal_bytes(source, &word.parts, &word.span)?;
            let equals = text.iter().position(|byte| *byte == b'=').ok_or_else(|| not_literal(&word.span))?;
            let name = names::to_name(&text[..equals]).ok_or_else(|| not_literal(builtin))?;
            let (value, place) = (text[equals + 1..].to_vec(), source.place(word.span.start));
            Ok(LiteralAssignment { name, value, place })
        }
    }
}

fn from_assignment(source: &Source, assignment: &Assignment) -> Result<LiteralAssignment, SpannedError> {
    match &assignment.value {
        AssignedValue::Text(parts) => Ok(LiteralAssignment {
            name: assignment.name.clone(),
            value: literal_bytes(source, parts, &assignment.span)?,
            place: source.place(assignment.span.start),
        }),
        AssignedValue::Array(_) => Err(not_literal(&assignment.span)),
    }
}

/// The bytes of a word without expansions.
fn literal_bytes(source: &Source, parts: &[Part], span: &Span) -> Result<Vec<u8>, SpannedError> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Literal { span, .. } => bytes.extend_from_slice(&source.bytes[span.clone()]),
            Part::Tilde { .. } | Part::Parameter(_) => return Err(not_literal(span)),
        }
    }
    Ok(bytes)
}
