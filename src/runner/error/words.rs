//! The parts that messages share.

use crate::report;
use crate::shell::scope::Place;
use std::ffi::OsStr;
use std::path::PathBuf;

/// Where something was written: the file and the line. (Columns are known for
/// assignments, but not for each word of a value.)
pub fn origin(place: &Option<Place>) -> String {
    match place {
        // A file that a shell sourced: it does not tell the line.
        Some(place) if place.line == 0 => report::name(&*place.file),
        Some(place) => format!("{}:{}", report::name(&*place.file), place.line),
        None => "the environment".to_owned(),
    }
}

pub(super) fn unsaid(looked: &[PathBuf], read: bool) -> String {
    if read {
        return format!("{} should say it", paths(looked));
    }
    match looked {
        [one] => format!("{} is not there", report::name(one)),
        _ => format!("neither {} is there", paths(looked)),
    }
}

pub(super) fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(report::name).collect::<Vec<_>>().join(" nor ")
}

/// A word of the command line, seen even where it is empty.
pub fn given(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    if word.is_empty() { "''".to_owned() } else { report::name(word) }
}
