//! Parts of messages.

use crate::report;
use crate::shell::scope::Place;
use std::path::PathBuf;

/// File and line of a place. There is no column, because it is known for assignments but
/// not for each word of a value.
pub fn origin(place: &Option<Place>) -> String {
    match place {
        // A file that a shell sourced: the shell does not report the line.
        Some(place) if place.line == 0 => report::printable(&*place.file),
        Some(place) => format!("{}:{}", report::printable(&*place.file), place.line),
        None => "the environment".to_owned(),
    }
}

/// `A does not set NAME`, or `neither A nor B sets NAME`.
pub(super) fn do_not_set(paths: &[PathBuf], name: &str) -> String {
    match paths {
        [path] => format!("{} does not set {name}", report::printable(path)),
        _ => format!("neither {} sets {name}", joined(paths)),
    }
}

/// `A does not exist`, or `neither A nor B exists`.
pub(super) fn do_not_exist(paths: &[PathBuf]) -> String {
    match paths {
        [path] => format!("{} does not exist", report::printable(path)),
        _ => format!("neither {} exists", joined(paths)),
    }
}

fn joined(paths: &[PathBuf]) -> String {
    paths.iter().map(report::printable).collect::<Vec<_>>().join(" nor ")
}
