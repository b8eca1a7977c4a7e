//! What is worth telling, though it does not stop us.

use super::error::origin;
use super::system::System;
use crate::report;
use crate::shell::Note;
use crate::shell::scope::Place;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What is worth telling; `Display` says what, without where and the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The group may write a config file.
    #[error("the group may write this file, which decides what runs as root")]
    GroupWrites {
        /// The file.
        path: PathBuf,
    },
    /// Something about the text of a config file.
    #[error("{0}")]
    File(Note),
    /// A bare `-e NAME` of a variable that is not set.
    #[error("-e {name} passes nothing on and deletes the image's own, since {name} is not set")]
    UnsetBare {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// docker could not be asked for its containers.
    #[error("cannot ask docker for its containers")]
    DockerSilent,
    /// A variable in docker's environment whose name is not a shell name. Dash does not
    /// pass it on to the programs that it starts; bash does.
    #[error(
        "docker is a script on this host and may drop {name}, which is passed in its environment and is not a \
         shell name"
    )]
    DroppedByScript {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A value that Docker cannot carry.
    #[error("the value of {name} is not UTF-8, and docker will change it")]
    NotUtf8 {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
}

impl Warning {
    /// All of it on one line: where, what, and the mend.
    pub fn render(&self) -> String {
        let origin = match self {
            Self::GroupWrites { path } => report::name(path),
            Self::File(note) => note.place().to_string(),
            Self::UnsetBare { place, .. }
            | Self::DroppedByScript { place, .. }
            | Self::NotUtf8 { place, .. } => origin(place),
            Self::DockerSilent => return format!("{self}: {}", self.help()),
        };
        format!("{origin}: {self}: {}", self.help())
    }

    /// What to do about it.
    pub fn help(&self) -> Cow<'static, str> {
        match self {
            Self::GroupWrites { .. } => "chmod g-w".into(),
            Self::File(Note::UnsetVariable { name, .. }) => format!(
                "set it before, or write ${{{name}:-}}; single quotes keep a $ that belongs to a value, which \
                 changes the value that runs today"
            )
            .into(),
            Self::File(Note::CarriageReturn { .. }) => "save the file with LF line ends".into(),
            Self::File(Note::ByteOrderMark { .. }) => "save the file without it".into(),
            Self::UnsetBare { name, .. } => format!("export it, or take -e {name} out").into(),
            Self::DockerSilent => "docker info tells why".into(),
            Self::DroppedByScript { .. } => "use a name of letters, digits and underscores".into(),
            Self::NotUtf8 { .. } => "write it in UTF-8, or encode it".into(),
        }
    }

    /// The file it is about, and the line where there is one (0: the file alone).
    pub fn at(&self) -> Option<(&Path, usize)> {
        match self {
            Self::GroupWrites { path } => Some((path, 0)),
            Self::DockerSilent => None,
            Self::File(note) => Some((&note.place().file, note.place().line)),
            Self::UnsetBare { place, .. }
            | Self::DroppedByScript { place, .. }
            | Self::NotUtf8 { place, .. } => place.as_ref().map(|place| (&*place.file, place.line)),
        }
    }

    /// Whether the warning applies to this host: only a script can drop a name.
    pub fn applies(&self, host: &dyn System) -> bool {
        !matches!(self, Self::DroppedByScript { .. }) || docker_is_script(host)
    }

    /// Whether it is told before every run, or by `--check` alone: an unset
    /// variable is nothing in every shell.
    pub fn at_run(&self) -> bool {
        !matches!(self, Self::File(Note::UnsetVariable { .. }))
    }
}

/// Whether the `docker` on the caller's PATH is a script, such as a wrapper around the real
/// one.
fn docker_is_script(host: &dyn System) -> bool {
    let path = host.find(OsStr::new("docker"));
    let content = path.and_then(|path| host.read(&path).ok().flatten());
    content.is_some_and(|content| content.bytes.starts_with(b"#!"))
}
