//! What is worth telling, though it does not stop us.

use super::error::origin;
use crate::report;
use crate::shell;
use crate::shell::scope::Place;
use std::path::{Path, PathBuf};

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
        "{}: -e {name} passes nothing on and deletes the image's own, since {name} is not set: export it, or take -e {name} out",
        origin(place)
    )]
    UnsetBare {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// docker could not be asked for its containers.
    #[error("cannot ask docker for its containers: docker info tells why")]
    DockerSilent,
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
    /// The file it is about, and the line where there is one (0: the file alone).
    pub fn at(&self) -> Option<(&Path, usize)> {
        match self {
            Self::GroupWrites { path } => Some((path, 0)),
            Self::DockerSilent => None,
            Self::File(note) => Some((&note.place().file, note.place().line)),
            Self::UnsetBare { place, .. } | Self::NotUtf8 { place, .. } => {
                place.as_ref().map(|place| (&*place.file, place.line))
            }
        }
    }

    /// Whether it is told before every run, or by `--check` alone: an unset
    /// variable is nothing in every shell.
    pub fn at_run(&self) -> bool {
        !matches!(self, Self::File(shell::Note::Unset { .. }))
    }
}
