//! TAG files. They are data, and their content is never shown.

use super::image;
use crate::shell::{self, ErrorKind, scope::Scope};
use std::path::Path;

/// Evaluates a TAG file, which contains one assignment of TAG. Returns the scope with
/// the new TAG, exported if the file exports it.
pub fn evaluate_tag_file(path: &Path, text: &[u8], scope: &Scope) -> Result<Scope, TagFileError> {
    let found = shell::literal_assignments(path, text)
        .map_err(|error| TagFileError::NotOnlyTag { line: error.place.line })?;
    if let Some(other) = found.iter().find(|literal| literal.name != "TAG") {
        return Err(TagFileError::NotOnlyTag { line: other.place.line });
    }
    if let Some(second) = found.get(1) {
        return Err(TagFileError::Twice { line: second.place.line });
    }
    let only = found.first().ok_or(TagFileError::Empty)?;
    let tag = std::str::from_utf8(&only.value).ok();
    if !tag.is_some_and(image::is_tag_with_digest) {
        return Err(TagFileError::InvalidTag { line: only.place.line });
    }
    // A plain assignment can fail only because of what the settings files did.
    let evaluated = shell::evaluate(path, text, scope, &|_| None).map_err(|error| {
        let line = error.place.line;
        match error.kind {
            ErrorKind::UnsetUnderAllexport(_) => TagFileError::UnsetUnderAllexport { line },
            _ => TagFileError::NotOnlyTag { line },
        }
    })?;
    Ok(evaluated.scope)
}

/// The tag in a TAG file; `None` if the file is not valid.
pub fn tag_in_file(path: &Path, text: &[u8]) -> Option<String> {
    let scope = evaluate_tag_file(path, text, &Scope::default()).ok()?;
    String::from_utf8(scope.string_value("TAG")?.bytes.clone()).ok()
}

/// Why a TAG file is not valid. The message shows nothing of its content. `line` is
/// the line of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagFileError {
    #[error("contains no tag")]
    Empty,
    #[error("a TAG file contains one assignment of TAG and nothing else")]
    NotOnlyTag { line: usize },
    #[error("TAG was unset under set -a in a settings file, and is exported by dash but not by bash")]
    UnsetUnderAllexport { line: usize },
    #[error("TAG is assigned a second time")]
    Twice { line: usize },
    #[error("TAG is not a valid Docker tag")]
    InvalidTag { line: usize },
}

impl TagFileError {
    /// The line of the error; 0 for the file as a whole.
    pub fn line(self) -> usize {
        match self {
            Self::Empty => 0,
            Self::NotOnlyTag { line }
            | Self::UnsetUnderAllexport { line }
            | Self::Twice { line }
            | Self::InvalidTag { line } => line,
        }
    }
}
