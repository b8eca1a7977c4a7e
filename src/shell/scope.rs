//! Variables, their values, and where each part of a value was written.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// A place in a file; lines and columns count from 1, columns in characters
/// (a byte that is not UTF-8 counts as one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Rc<Path>,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", crate::report::name(&*self.file), self.line, self.column)
    }
}

/// Bytes, and where each run of them was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Runs in order of their start. A run goes on to the next one's start; what
    /// stands before the first came from the environment.
    pub runs: Vec<Run>,
}

/// The start of a run of bytes that was written at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The offset of its first byte in [`Text::bytes`].
    pub start: usize,
    /// Where it was written; `None` for what came from the environment.
    pub place: Option<Place>,
}

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(Text),
    /// An array, an element each.
    List(Vec<Text>),
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its value; `None` where it is only marked (`export A` of an unset A).
    pub value: Option<Value>,
    /// Whether processes inherit it.
    pub exported: bool,
    /// Whether it can no longer be changed.
    pub readonly: bool,
    /// Where it was last assigned; `None` where it came from the environment.
    pub place: Option<Place>,
}

/// The variables by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// By name; names are shell names, and so ASCII.
    pub variables: BTreeMap<String, Variable>,
    /// `set -a`: what is assigned is exported too.
    pub allexport: bool,
}

impl Text {
    /// Bytes that came from the environment.
    pub fn from_environment(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), runs: Vec::new() }
    }

    /// Where the byte at `offset` was written.
    pub fn place_at(&self, offset: usize) -> Option<&Place> {
        let after = self.runs.partition_point(|run| run.start <= offset);
        self.runs[..after].last().and_then(|run| run.place.as_ref())
    }
}
