//! What can go wrong, and which exit code it is.

use crate::sys::identity::SetIdBits;
use crate::{deploy, entrypoint, report, runner};
use std::ffi::OsString;
use std::path::PathBuf;

/// Everything that can go wrong, a room at a time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Called by an unknown name, with no argument that could be one.
    #[error(
        "called by an unknown name: give docker-entrypoint, docker-runner or docker-deploy as the first argument"
    )]
    NoName,
    /// Called by an unknown name, and the first argument is none either.
    #[error("{} is none of docker-entrypoint, docker-runner and docker-deploy", report::name(name))]
    UnknownName {
        /// The first argument.
        name: OsString,
    },
    /// The binary is installed setuid or setgid: gosu refuses that as well.
    #[error(
        "cannot run with the setuid or setgid bit of {0} set, which would let any user act as the file's owner: \
         remove it with chmod {bits} {0}",
        report::name(file)
    )]
    SetId {
        /// Which of the two.
        bits: SetIdBits,
        /// Our binary.
        file: PathBuf,
    },
    /// In the container.
    #[error(transparent)]
    Entrypoint(#[from] entrypoint::Error),
    /// On a host.
    #[error("{}", .0.told_above_excerpt())]
    Runner(#[from] runner::Error),
    /// Across hosts.
    #[error(transparent)]
    Deploy(#[from] deploy::Error),
}

impl Error {
    /// The exit code: 2 usage, 125 our own failure, 126 and 127 as a shell has them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoName | Self::UnknownName { .. } => 2,
            Self::SetId { .. } => 125,
            Self::Entrypoint(error) => error.exit_code(),
            Self::Runner(error) => error.exit_code(),
            Self::Deploy(error) => error.exit_code(),
        }
    }

    /// The lines to show below the message, where a file's line is at fault.
    pub fn excerpt(&self) -> Option<&report::Excerpt> {
        match self {
            Self::Runner(error) => error.excerpt(),
            Self::Deploy(error) => error.excerpt(),
            Self::Entrypoint(_) | Self::NoName | Self::UnknownName { .. } | Self::SetId { .. } => None,
        }
    }
}
