//! Variables, their values, and where each part of a value was written.

use std::collections::{BTreeMap, BTreeSet};
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    /// Its value; `None` where it is only marked (`export A` of an unset A), or unset.
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
    /// Names that were unset under `set -a`: dash marks them for export, bash
    /// doesn't. The next file sees the same.
    pub(super) unset_under_allexport: BTreeSet<String>,
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

    /// Appends bytes that were written at `place`.
    pub(super) fn push(&mut self, bytes: &[u8], place: Option<&Place>) {
        if !bytes.is_empty() {
            self.run(self.bytes.len(), place);
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Appends a piece of another text, which keeps its places.
    pub(super) fn push_piece(&mut self, text: &Self, piece: std::ops::Range<usize>) {
        if piece.is_empty() {
            return;
        }
        let offset = self.bytes.len();
        let first = text.runs.partition_point(|run| run.start <= piece.start);
        self.run(offset, text.runs[..first].last().and_then(|run| run.place.as_ref()));
        for run in text.runs[first..].iter().take_while(|run| run.start < piece.end) {
            self.run(offset + run.start - piece.start, run.place.as_ref());
        }
        self.bytes.extend_from_slice(&text.bytes[piece]);
    }

    /// Starts a run, unless what stands before is from the same line.
    fn run(&mut self, start: usize, place: Option<&Place>) {
        let same = match (self.runs.last().map(|run| run.place.as_ref()), place) {
            (None | Some(None), None) => true,
            (Some(Some(last)), Some(place)) => last.line == place.line && last.file == place.file,
            _ => false,
        };
        if !same {
            self.runs.push(Run { start, place: place.cloned() });
        }
    }
}

impl Value {
    /// Its bytes, of a list those of all elements.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.bytes.len(),
            Self::List(elements) => elements.iter().map(|element| element.bytes.len()).sum(),
        }
    }
}

impl Variable {
    /// Whether it has neither a value nor a mark.
    pub(super) fn is_unset(&self) -> bool {
        self.value.is_none() && !self.exported && !self.readonly
    }

    /// The value as `$NAME` gives it: of a list the first element, as in bash.
    pub fn text(&self) -> Option<&Text> {
        match self.value.as_ref()? {
            Value::Text(text) => Some(text),
            Value::List(elements) => elements.first(),
        }
    }
}

impl Scope {
    /// Takes a variable away, its marks too.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
        if self.allexport {
            self.unset_under_allexport.insert(name.to_owned());
        } else {
            self.unset_under_allexport.remove(name);
        }
    }

    /// Whether dash would export a variable that is assigned now, and bash would not.
    pub(super) fn exported_by_dash_alone(&self, name: &str) -> bool {
        let variable = self.variables.get(name);
        !self.allexport
            && variable.is_none_or(Variable::is_unset)
            && self.unset_under_allexport.contains(name)
    }

    /// What `$NAME` gives: of a list the first element, as in bash.
    pub fn text(&self, name: &str) -> Option<&Text> {
        self.variables.get(name).and_then(Variable::text)
    }

    /// Assigns as a shell does: the marks stay, `set -a` exports, and a string
    /// given to a list becomes its first element, as in bash.
    pub(super) fn assign(&mut self, name: &str, value: Value, place: Place) {
        let variable = self.variables.entry(name.to_owned()).or_default();
        variable.value = Some(match (variable.value.take(), value) {
            (Some(Value::List(mut elements)), Value::Text(text)) => {
                elements.splice(..elements.len().min(1), [text]);
                Value::List(elements)
            }
            (_, value) => value,
        });
        variable.exported |= self.allexport;
        variable.place = Some(place);
    }
}
