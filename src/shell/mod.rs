//! The shell language as data: lex, parse, expand, split, quote.
//!
//! Knows nothing of Docker or Django, and executes nothing.

mod brace;
pub mod error;
mod excerpt;
mod expand;
mod interpret;
mod leading;
mod lex;
mod literal;
mod names;
mod parameter;
mod parse;
pub mod quote;
pub mod refusal;
pub mod scope;
mod source;
pub mod split;
mod syntax;
#[cfg(test)]
mod tests;
mod tilde;
mod unknown;

pub use error::Error;
pub use refusal::Refusal;
pub use split::{DEFAULT_IFS, split};

use interpret::Interpreter;
use parse::Parser;
use refusal::Refused;
use scope::{Place, Scope};
use source::Source;
use std::path::Path;

/// Tells where a user's home is: `None` asks for the caller's own (used for `~`
/// where HOME is unset), a name for that user's. No answer leaves the tilde.
pub type Homes<'a> = &'a dyn Fn(Option<&[u8]>) -> Option<Vec<u8>>;

/// What a file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// The variables after the file, those before it included.
    pub scope: Scope,
    /// What is worth telling, though the file is read.
    pub notes: Vec<Note>,
}

/// Something worth telling about a file that was read, at its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Lines end in CR LF; the CRs were dropped. The place is the first one.
    #[error("lines end in CR LF, the CR was dropped")]
    CarriageReturn {
        /// The first CR.
        place: Place,
    },
    /// The file starts with a byte order mark, which was dropped.
    #[error("a byte order mark was dropped")]
    ByteOrderMark {
        /// The file's start.
        place: Place,
    },
    /// A variable that nothing has set was used, and stands for nothing.
    #[error("{name} is not set")]
    Unset {
        /// The variable.
        name: String,
        /// Where it was used.
        place: Place,
    },
}

impl Note {
    /// The place it is about.
    pub fn place(&self) -> &Place {
        match self {
            Self::CarriageReturn { place } | Self::ByteOrderMark { place } | Self::Unset { place, .. } => {
                place
            }
        }
    }
}

/// One assignment of a file that is data ([`literal_assignments`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The variable.
    pub name: String,
    /// Its value, quotes removed.
    pub value: Vec<u8>,
    /// Where the assignment starts.
    pub place: Place,
}

/// Reads a file as dash and bash would, starting from `scope`. A file that
/// needs more than assignments is refused whole.
pub fn evaluate(file: &Path, text: &[u8], scope: &Scope, homes: Homes<'_>) -> Result<Evaluated, Error> {
    let source = Source::new(file, text);
    let mut parser = Parser::new(&source.bytes);
    read(&source, &mut parser, scope, homes).map_err(|refused| Error::new(&source, &parser, refused))
}

/// Whether a file assigns a variable anywhere, as far as that can be told without
/// evaluating it; `None` where what goes before can't be read.
pub fn assigns(text: &[u8], name: &str) -> Option<bool> {
    let source = Source::new(Path::new(""), text);
    let mut parser = Parser::new(&source.bytes);
    while let Some(command) = parser.command().ok()? {
        if command.assigns(name, &source.bytes) {
            return Some(true);
        }
    }
    Some(false)
}

/// Reads a file that may hold nothing but assignments of plain values:
/// `NAME=VALUE` or `export NAME=VALUE`, quotes, comments, blank lines.
/// Nothing is expanded, and an error shows nothing of the content
/// ([`Error::excerpt`] is `None`).
pub fn literal_assignments(file: &Path, text: &[u8]) -> Result<Vec<Literal>, Error> {
    literal::assignments(&Source::new(file, text))
}

/// Whether a shell can name a variable so (XBD 3.216, Name).
pub fn is_name(text: &[u8]) -> bool {
    names::is_name(text)
}

fn read(
    source: &Source,
    parser: &mut Parser<'_>,
    scope: &Scope,
    homes: Homes<'_>,
) -> Result<Evaluated, Refused> {
    source.without_nul()?;
    let (scope, notes) = (scope.clone(), notes(source));
    let mut interpreter = Interpreter { source, homes, scope, notes, added: 0, expanded: 0 };
    while let Some(command) = parser.command()? {
        interpreter.run(&command)?;
    }
    Ok(Evaluated { scope: interpreter.scope, notes: interpreter.notes })
}

fn notes(source: &Source) -> Vec<Note> {
    let mark = source.byte_order_mark.then(|| Note::ByteOrderMark { place: source.place(0) });
    let cr = source.carriage_return.map(|at| Note::CarriageReturn { place: source.place(at) });
    mark.into_iter().chain(cr).collect()
}
