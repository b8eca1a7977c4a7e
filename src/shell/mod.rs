//! The language of the config files: a subset of the shell language, read as dash and bash
//! read it. Nothing is executed.

mod ast;
mod brace_expansion;
pub mod error;
pub mod error_kind;
mod excerpt;
mod expand;
mod interpreter;
mod lexer;
mod literal_assignments;
mod names;
mod parameter;
mod parser;
pub mod quote;
pub mod scope;
mod source;
pub mod split;
#[cfg(test)]
mod tests;
mod tilde;
mod unknown_command;
mod word_prefix;

pub use error::Error;
pub use error_kind::ErrorKind;
pub use split::{DEFAULT_IFS, split};

use error_kind::SpannedError;
use interpreter::Interpreter;
use parser::Parser;
use scope::{Place, Scope};
use source::Source;
use std::path::Path;

/// Looks up a home directory: `None` asks for the caller's (used for `~` if HOME is
/// unset), a name for that user's. Without an answer the tilde stays as it is.
pub type HomeLookup<'a> = &'a dyn Fn(Option<&[u8]>) -> Option<Vec<u8>>;

/// The result of evaluating a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The variables after the file, with those from before it.
    pub scope: Scope,
    pub notes: Vec<Note>,
}

/// A remark about a file that was read without an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    #[error("lines end in CR LF, the CR was dropped")]
    CarriageReturn {
        /// The first CR.
        place: Place,
    },
    #[error("a byte order mark was dropped")]
    ByteOrderMark { place: Place },
    /// A variable that is not set was used, and expanded to nothing. Its name is not kept: in a
    /// password, what follows a `$` is no name.
    #[error("{} (column {})", describe_use(assigned.as_deref()), place.column)]
    UnsetVariable {
        /// The variable in whose value it was used.
        assigned: Option<String>,
        /// Where it was used.
        place: Place,
    },
}

fn describe_use(assigned: Option<&str>) -> String {
    match assigned {
        Some(name) => format!("the value of {name} uses a variable that is not set"),
        None => "a variable that is not set is used here".to_owned(),
    }
}

impl Note {
    pub fn place(&self) -> &Place {
        match self {
            Self::CarriageReturn { place }
            | Self::ByteOrderMark { place }
            | Self::UnsetVariable { place, .. } => place,
        }
    }
}

/// An assignment in a file that is data ([`literal_assignments()`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralAssignment {
    pub name: String,
    /// Without quotes.
    pub value: Vec<u8>,
    /// The start of the assignment.
    pub place: Place,
}

/// Evaluates a file as dash and bash would, starting with `scope`. A file with anything
/// that is not accepted changes nothing.
pub fn evaluate(file: &Path, text: &[u8], scope: &Scope, homes: HomeLookup<'_>) -> Result<Evaluation, Error> {
    let source = Source::new(file, text);
    let mut parser = Parser::new(&source.bytes);
    evaluate_commands(&source, &mut parser, scope, homes).map_err(|error| Error::new(&source, &parser, error))
}

fn evaluate_commands(
    source: &Source,
    parser: &mut Parser<'_>,
    scope: &Scope,
    homes: HomeLookup<'_>,
) -> Result<Evaluation, SpannedError> {
    source.reject_nul()?;
    let mut interpreter = Interpreter::new(source, scope.clone(), homes);
    while let Some(command) = parser.next_command()? {
        interpreter.apply(&command)?;
    }
    let mut notes = encoding_notes(source);
    notes.append(&mut interpreter.notes);
    Ok(Evaluation { scope: interpreter.scope, notes })
}

fn encoding_notes(source: &Source) -> Vec<Note> {
    let mark = source.byte_order_mark.then(|| Note::ByteOrderMark { place: source.place(0) });
    let cr = source.carriage_return.map(|at| Note::CarriageReturn { place: source.place(at) });
    mark.into_iter().chain(cr).collect()
}

/// Whether a file assigns a variable, as far as is known without evaluating it.
/// `None` if an error comes before such an assignment.
pub fn assigns(text: &[u8], name: &str) -> Option<bool> {
    let source = Source::new(Path::new(""), text);
    let mut parser = Parser::new(&source.bytes);
    while let Some(command) = parser.next_command().ok()? {
        if command.assigns(name, &source.bytes) {
            return Some(true);
        }
    }
    Some(false)
}

/// Reads a file that may contain only assignments of literal values, `NAME=VALUE` or
/// `export NAME=VALUE`, with quotes, comments and blank lines. Nothing is expanded. An
/// error shows nothing of the file ([`Error::excerpt`] is `None`).
pub fn literal_assignments(file: &Path, text: &[u8]) -> Result<Vec<LiteralAssignment>, Error> {
    literal_assignments::read(&Source::new(file, text))
}

/// Whether the bytes are a name of a variable (XBD 3.216, Name).
pub fn is_name(text: &[u8]) -> bool {
    names::is_name(text)
}
