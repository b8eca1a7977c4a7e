//! Variables, their values, and the place where each part of a value was written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

/// A place in a file. Lines and columns count from 1, columns in characters; a byte that
/// is not UTF-8 counts as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: Rc<Path>,
    pub line: usize,
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", crate::report::printable(&*self.file), self.line, self.column)
    }
}

/// Bytes, and the place where each run of them was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub bytes: Vec<u8>,
    /// In order of their start. A run extends to the start of the next one; bytes before
    /// the first run came from the environment.
    pub runs: Vec<TextRun>,
}

/// Bytes of a text that were written at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRun {
    /// The offset of the first byte in [`Text::bytes`].
    pub start: usize,
    /// `None` for bytes from the environment.
    pub place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(Text),
    Array(Vec<Text>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    /// `None` if the variable has marks but no value, as after `export A`.
    pub value: Option<Value>,
    pub exported: bool,
    pub readonly: bool,
    /// Where it was last assigned; `None` if it came from the environment.
    pub place: Option<Place>,
}

/// The variables, and the state of the shell that later assignments depend on. The next
/// file starts with the scope that the file before it left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// By name; names are ASCII.
    pub variables: BTreeMap<String, Variable>,
    /// `set -a`: assignments export their variables.
    pub allexport: bool,
    /// Names that were unset under `set -a`: dash keeps a mark for export, bash does not.
    unset_under_allexport: BTreeSet<String>,
}

impl Text {
    pub fn from_environment(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), runs: Vec::new() }
    }

    /// Where the byte at `offset` was written; `None` if it came from the environment.
    pub fn place_at(&self, offset: usize) -> Option<&Place> {
        let after = self.runs.partition_point(|run| run.start <= offset);
        self.runs[..after].last().and_then(|run| run.place.as_ref())
    }

    /// Appends bytes that were written at `place`.
    pub(super) fn push_bytes(&mut self, bytes: &[u8], place: Option<&Place>) {
        if !bytes.is_empty() {
            self.start_run(self.bytes.len(), place);
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Appends a slice of another text with its places.
    pub(super) fn push_slice(&mut self, text: &Self, slice: Range<usize>) {
        if slice.is_empty() {
            return;
        }
        let offset = self.bytes.len();
        let first = text.runs.partition_point(|run| run.start <= slice.start);
        self.start_run(offset, text.runs[..first].last().and_then(|run| run.place.as_ref()));
        for run in text.runs[first..].iter().take_while(|run| run.start < slice.end) {
            self.start_run(offset + run.start - slice.start, run.place.as_ref());
        }
        self.bytes.extend_from_slice(&text.bytes[slice]);
    }

    /// Starts a run, unless the run before it was written on the same line.
    fn start_run(&mut self, start: usize, place: Option<&Place>) {
        let last = self.runs.last().and_then(|run| run.place.as_ref());
        let is_same_line = match (last, place) {
            (None, None) => true,
            (Some(last), Some(place)) => last.line == place.line && last.file == place.file,
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !is_same_line {
            self.runs.push(TextRun { start, place: place.cloned() });
        }
    }
}

impl Value {
    /// The length of the text, or of all elements together.
    pub(super) fn byte_len(&self) -> usize {
        match self {
            Self::Text(text) => text.bytes.len(),
            Self::Array(elements) => elements.iter().map(|element| element.bytes.len()).sum(),
        }
    }
}

impl Variable {
    /// The value of `$NAME`: of an array the first element, as in bash.
    pub fn string_value(&self) -> Option<&Text> {
        match self.value.as_ref()? {
            Value::Text(text) => Some(text),
            Value::Array(elements) => elements.first(),
        }
    }
}

impl Scope {
    /// The value of `$NAME`: of an array the first element, as in bash.
    pub fn string_value(&self, name: &str) -> Option<&Text> {
        self.variables.get(name).and_then(Variable::string_value)
    }

    /// Removes a variable with its marks.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
        if self.allexport {
            self.unset_under_allexport.insert(name.to_owned());
        } else {
            self.unset_under_allexport.remove(name);
        }
    }

    /// Whether an assignment to the variable would export it in dash and not in bash.
    pub(super) fn is_exported_by_dash_only(&self, name: &str) -> bool {
        let is_unset = !self.variables.contains_key(name);
        !self.allexport && is_unset && self.unset_under_allexport.contains(name)
    }

    /// Assigns as a shell does: marks stay, `set -a` exports, and a string that is
    /// assigned to an array becomes its first element, as in bash.
    pub(super) fn assign(&mut self, name: &str, value: Value, place: Place) {
        let variable = self.variables.entry(name.to_owned()).or_default();
        variable.value = Some(match (variable.value.take(), value) {
            (Some(Value::Array(mut elements)), Value::Text(text)) => {
                elements.splice(..elements.len().min(1), [text]);
                Value::Array(elements)
            }
            (_, value) => value,
        });
        variable.exported |= self.allexport;
        variable.place = Some(place);
    }
}
