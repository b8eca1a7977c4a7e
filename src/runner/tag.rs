//! TAG files: data, whose content is never shown.

use super::error::Error;
use super::image;
use crate::shell::{self, ErrorKind, scope::Scope};
use std::path::Path;

/// Reads a TAG file: one assignment of TAG, whose value is a tag. The scope
/// afterwards has it, exported where the file exports it.
pub fn read(path: &Path, text: &[u8], scope: &Scope) -> Result<Scope, Error> {
    let refused = |fault| Error::TagFile { path: path.to_owned(), fault };
    let found = shell::literal_assignments(path, text)
        .map_err(|error| refused(Fault::NotOnlyTag { line: error.place.line }))?;
    if let Some(other) = found.iter().find(|literal| literal.name != "TAG") {
        return Err(refused(Fault::NotOnlyTag { line: other.place.line }));
    }
    if let Some(second) = found.get(1) {
        return Err(refused(Fault::Twice { line: second.place.line }));
    }
    let only = found.first().ok_or_else(|| refused(Fault::Empty))?;
    let tag = std::str::from_utf8(&only.value).ok();
    if !tag.is_some_and(image::is_tag_with_digest) {
        return Err(refused(Fault::NoTag { line: only.place.line }));
    }
    // It is a plain assignment: it can fail only because of what the config files did.
    let evaluated = shell::evaluate(path, text, scope, &|_| None).map_err(|error| {
        let line = error.place.line;
        refused(match error.kind {
            ErrorKind::UnsetUnderAllexport(_) => Fault::UnsetUnderAllexport { line },
            _ => Fault::NotOnlyTag { line },
        })
    })?;
    Ok(evaluated.scope)
}

/// The tag that a TAG file holds; `None` where it is not one assignment of a tag.
pub fn value(path: &Path, text: &[u8]) -> Option<String> {
    let scope = read(path, text, &Scope::default()).ok()?;
    String::from_utf8(scope.string_value("TAG")?.bytes.clone()).ok()
}

/// What is wrong with a TAG file. Nothing of its content is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It holds no assignment.
    #[error("holds no tag")]
    Empty,
    /// It holds something else.
    #[error("a TAG file holds one assignment of TAG and nothing else")]
    NotOnlyTag {
        /// The line.
        line: usize,
    },
    /// A config file unset TAG under `set -a`.
    #[error("TAG was unset under set -a in a config file, so dash exports it now and bash does not")]
    UnsetUnderAllexport {
        /// The line that assigns it.
        line: usize,
    },
    /// TAG is assigned twice.
    #[error("TAG is assigned a second time")]
    Twice {
        /// The line of the second one.
        line: usize,
    },
    /// The value is no tag.
    #[error("TAG is no tag of an image")]
    NoTag {
        /// The line.
        line: usize,
    },
}

impl Fault {
    /// The line; 0 where it is the file alone.
    pub fn line(self) -> usize {
        match self {
            Self::Empty => 0,
            Self::NotOnlyTag { line }
            | Self::UnsetUnderAllexport { line }
            | Self::Twice { line }
            | Self::NoTag { line } => line,
        }
    }
}
