//! A file that is data: assignments of plain values and nothing else.

use super::error::Error;
use super::parse::Parser;
use super::refusal::{Refusal, Refused};
use super::source::{Source, Span};
use super::syntax::{Argument, Assignment, Builtin, Command, Part, Written};
use super::{Literal, names};

/// The assignments of a file that is data.
pub(super) fn assignments(source: &Source) -> Result<Vec<Literal>, Error> {
    let refuse = |span: &Span| Error {
        place: source.place(span.start),
        refusal: Refusal::NotPlain,
        help: None,
        excerpt: None, // whoever may read the error may not be the one who may read the file
    };
    source.without_nul().map_err(|refused| refuse(&refused.span))?;
    let mut parser = Parser::new(&source.bytes);
    let mut found = Vec::new();
    while let Some(command) = parser.command().map_err(|refused| refuse(&refused.span))? {
        found.extend(literals(source, &command).map_err(|refused| refuse(&refused.span))?);
    }
    Ok(found)
}

fn literals(source: &Source, command: &Command) -> Result<Vec<Literal>, Refused> {
    match command {
        Command::Assign(assignments) => {
            assignments.iter().map(|assignment| assigned(source, assignment)).collect()
        }
        Command::Declare { builtin: Builtin::Export, arguments, span } => {
            arguments.iter().map(|argument| exported(source, argument, span)).collect()
        }
        Command::Declare { span, .. } | Command::Set { span, .. } => Err(refused(span)),
        Command::Unset { arguments } | Command::Null { arguments } => {
            Err(refused(&arguments.first().map_or(0..0, |word| word.span.clone())))
        }
    }
}

fn refused(span: &Span) -> Refused {
    Refused::new(Refusal::NotPlain, span.clone())
}

fn exported(source: &Source, argument: &Argument, builtin: &Span) -> Result<Literal, Refused> {
    match argument {
        Argument::Assignment(assignment) => assigned(source, assignment),
        Argument::Word(word) => {
            let text = plain(source, &word.parts, &word.span)?;
            let equals = text.iter().position(|byte| *byte == b'=').ok_or_else(|| refused(&word.span))?;
            let name = names::name(&text[..equals]).ok_or_else(|| refused(builtin))?;
            Ok(Literal { name, value: text[equals + 1..].to_vec(), place: source.place(word.span.start) })
        }
    }
}

fn assigned(source: &Source, assignment: &Assignment) -> Result<Literal, Refused> {
    let Written::Text(parts) = &assignment.value else { return Err(refused(&assignment.span)) };
    let value = plain(source, parts, &assignment.span)?;
    Ok(Literal { name: assignment.name.clone(), value, place: source.place(assignment.span.start) })
}

/// The bytes of a word in which nothing is expanded.
fn plain(source: &Source, parts: &[Part], span: &Span) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Literal { span, .. } => bytes.extend_from_slice(&source.bytes[span.clone()]),
            Part::Tilde { .. } | Part::Parameter(_) => return Err(refused(span)),
        }
    }
    Ok(bytes)
}
