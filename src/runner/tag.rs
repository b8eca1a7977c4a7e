//! TAG files: data, whose content is never shown.

use super::error::{Error, TagFault};
use super::image;
use crate::shell::{self, scope::Scope};
use std::path::Path;

/// Reads a TAG file: one assignment of TAG, whose value is a tag. The scope
/// afterwards has it, exported where the file exports it.
pub fn read(path: &Path, text: &[u8], scope: &Scope) -> Result<Scope, Error> {
    let refused = |fault| Error::TagFile { path: path.to_owned(), fault };
    let found = shell::literal_assignments(path, text)
        .map_err(|error| refused(TagFault::NotOnlyTag { line: error.place.line }))?;
    if let Some(other) = found.iter().find(|literal| literal.name != "TAG") {
        return Err(refused(TagFault::NotOnlyTag { line: other.place.line }));
    }
    if let Some(second) = found.get(1) {
        return Err(refused(TagFault::Twice { line: second.place.line }));
    }
    let only = found.first().ok_or_else(|| refused(TagFault::Empty))?;
    let tag = std::str::from_utf8(&only.value).ok();
    if !tag.is_some_and(image::is_tag_with_digest) {
        return Err(refused(TagFault::NoTag { line: only.place.line }));
    }
    // It is a plain assignment, so this can't fail but for a readonly TAG.
    let evaluated = shell::evaluate(path, text, scope, &|_| None)
        .map_err(|error| refused(TagFault::NotOnlyTag { line: error.place.line }))?;
    Ok(evaluated.scope)
}
