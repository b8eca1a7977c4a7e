//! Warnings: problems that do not stop a run.

use super::error::origin;
use super::system::System;
use crate::report;
use crate::shell::Note;
use crate::shell::scope::Place;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A warning. `Display` is the message alone, without the place and the help. `place`
/// is where the word was written; `None`: in the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    #[error("the group can write this file, which decides what runs as root")]
    GroupWritable { path: PathBuf },
    /// About the text of a settings file.
    #[error("{0}")]
    File(Note),
    #[error("-e {name} removes the {name} of the image, because {name} is not set here")]
    UnsetVariable { name: String, place: Option<Place> },
    #[error("cannot list the containers")]
    NoContainerList,
    /// The name of a variable is not a shell name: dash passes such a variable to no program
    /// that it starts, bash does.
    #[error(
        "docker is a script on this host and may drop {name}, which is passed in its environment and is not a \
         shell name"
    )]
    DroppedByScript { name: String, place: Option<Place> },
    #[error("the value of {name} is not UTF-8, and docker changes it")]
    NotUtf8 { name: String, place: Option<Place> },
}

impl Warning {
    /// The place, the message and the help on one line.
    pub fn render(&self) -> String {
        let origin = match self {
            Self::GroupWritable { path } => report::printable(path),
            Self::File(note) => note.place().to_string(),
            Self::UnsetVariable { place, .. }
            | Self::DroppedByScript { place, .. }
            | Self::NotUtf8 { place, .. } => origin(place),
            Self::NoContainerList => return format!("{self}: {}", self.help()),
        };
        format!("{origin}: {self}: {}", self.help())
    }

    /// What to do about it.
    pub fn help(&self) -> Cow<'static, str> {
        match self {
            Self::GroupWritable { .. } => "chmod g-w".into(),
            Self::File(Note::UnsetVariable { .. }) => {
                "set it first, or write ${NAME:-}; single quotes keep a $ \
                 that belongs to a value, which changes the value that runs today"
                    .into()
            }
            Self::File(Note::CarriageReturn { .. }) => "save the file with LF line endings".into(),
            Self::File(Note::ByteOrderMark { .. }) => "save the file without it".into(),
            Self::UnsetVariable { name, .. } => format!("export it, or remove -e {name}").into(),
            Self::NoContainerList => "docker info shows the reason".into(),
            Self::DroppedByScript { .. } => "use a name of letters, digits and underscores".into(),
            Self::NotUtf8 { .. } => "write it in UTF-8, or encode it".into(),
        }
    }

    /// The file, and the line in it; line 0 is the file as a whole.
    pub fn location(&self) -> Option<(&Path, usize)> {
        match self {
            Self::GroupWritable { path } => Some((path, 0)),
            Self::NoContainerList => None,
            Self::File(note) => Some((&note.place().file, note.place().line)),
            Self::UnsetVariable { place, .. }
            | Self::DroppedByScript { place, .. }
            | Self::NotUtf8 { place, .. } => place.as_ref().map(|place| (&*place.file, place.line)),
        }
    }

    /// Whether it applies to this host: a name can get lost only if docker is a script.
    pub fn applies(&self, host: &dyn System) -> bool {
        !matches!(self, Self::DroppedByScript { .. }) || docker_is_script(host)
    }

    /// Whether it is shown before every run, or by `--check` only. An unset variable is
    /// empty in every shell, so it is not shown at a run.
    pub fn is_shown_at_run(&self) -> bool {
        match self {
            Self::File(Note::UnsetVariable { .. }) => false,
            Self::File(Note::CarriageReturn { .. } | Note::ByteOrderMark { .. })
            | Self::GroupWritable { .. }
            | Self::UnsetVariable { .. }
            | Self::NoContainerList
            | Self::DroppedByScript { .. }
            | Self::NotUtf8 { .. } => true,
        }
    }
}

/// Whether the `docker` on the caller's PATH is a script, such as a wrapper around the real
/// one.
fn docker_is_script(host: &dyn System) -> bool {
    let path = host.find(OsStr::new("docker"));
    let content = path.and_then(|path| host.read(&path).ok().flatten());
    content.is_some_and(|content| content.bytes.starts_with(b"#!"))
}
