//! What is worth telling, though it does not stop us.

use super::error::origin;
use crate::report;
use crate::shell;
use crate::shell::scope::Place;
use std::path::PathBuf;

/// What is worth telling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The group may write a config file.
    #[error("the group may write {}, which decides what runs as root: chmod g-w", report::name(path))]
    GroupWrites {
        /// The file.
        path: PathBuf,
    },
    /// Something about the text of a config file.
    #[error(transparent)]
    File(shell::Note),
    /// A bare `-e NAME` of a variable that is not set.
    #[error(
        "{}: -e {name} passes nothing on, since {name} is not set, and deletes the image's own",
        origin(place)
    )]
    UnsetBare {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A value that Docker cannot carry.
    #[error("{}: the value of {name} is not UTF-8, and docker will change it", origin(place))]
    NotUtf8 {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
}

impl Warning {
    /// Whether it is told before every run, or by `--check` alone: an unset
    /// variable is nothing in every shell.
    pub fn at_run(&self) -> bool {
        !matches!(self, Self::File(shell::Note::Unset { .. }))
    }
}
