//! The wheelhouse: every requirement as a wheel, so that no later build step
//! needs a network or a compiler.
//!
//! pip resolves all of it at once, into a folder of its own; what comes out is
//! moved over what is there. A run with the same inputs does nothing.

mod build;
mod inputs;
mod install;
mod pip;
mod requirements;
mod stamp;
mod vendor;
mod wheelhouse;

pub(super) use build::{perform, show};
pub(super) use install::{INSTALL, Installation, look as look_at_requirements, note as note_installed};

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// What is to be built, from what, with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WheelsJob {
    /// The Python whose pip is used: a path, or a name to be looked up.
    pub(super) python: OsString,
    /// The app folder, with `requirements.txt` and `vendor`.
    pub(super) app: PathBuf,
    /// Where the wheels go.
    pub(super) wheelhouse: PathBuf,
    /// The caller's arguments, for `pip wheel`.
    pub(super) arguments: Vec<OsString>,
    /// The environment of pip.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// Whether a terminal is there, whose Ctrl-C reaches pip without us.
    pub(super) has_terminal: bool,
}

/// Why there is no wheelhouse.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to build from.
    #[error("cannot find {}: list the project's requirements in it", file.display())]
    NoRequirements {
        /// The file that was looked for.
        file: PathBuf,
    },
    /// Something that goes in can't be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The wheelhouse can't be written to.
    #[error("cannot write to {}: {error}: mount a folder there that this user may write to", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no Python.
    #[error("cannot find {}: build wheels in the builder image", crate::report::name(python))]
    NoPython {
        /// The program that was looked for.
        python: OsString,
    },
    /// The Python has no pip.
    #[error("cannot build wheels: {} has no pip: build them in the builder image", python.display())]
    NoPip {
        /// The Python.
        python: PathBuf,
    },
    /// pip could not be started.
    #[error("cannot start {}: {error}", python.display())]
    Start {
        /// The Python.
        python: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A project is in `vendor` more than once, and none of its files is the one.
    #[error("cannot choose among the files of {project} in {}: keep one that fits this Python", folder.display())]
    Several {
        /// The project.
        project: String,
        /// The folder.
        folder: PathBuf,
    },
    /// A private package can't be built.
    #[error("cannot build {}: pip says why above; {} is as it was", path.display(), wheelhouse.display())]
    Vendor {
        /// The package.
        path: PathBuf,
        /// The wheelhouse.
        wheelhouse: PathBuf,
        /// pip's exit code.
        code: u8,
    },
    /// The requirements can't be built.
    #[error("cannot build the requirements: pip says why above; {} is as it was", wheelhouse.display())]
    Pip {
        /// The wheelhouse.
        wheelhouse: PathBuf,
        /// pip's exit code.
        code: u8,
    },
    /// The requirements can't be installed.
    #[error(
        "cannot install the requirements: pip says why above (ENTRYPOINT_INSTALL=never goes on with what is there)"
    )]
    Install {
        /// pip's exit code.
        code: u8,
    },
    /// We were asked to end.
    #[error("cannot go on: ended by signal {signal}; {} is as it was", wheelhouse.display())]
    Ended {
        /// The wheelhouse.
        wheelhouse: PathBuf,
        /// The signal.
        signal: i32,
    },
}

impl Error {
    /// The exit code: pip's own where it failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Vendor { code, .. } | Self::Pip { code, .. } | Self::Install { code } => *code,
            Self::Ended { signal, .. } => crate::sys::child::ChildEnd::Signal(*signal).code(),
            Self::NoPython { .. } => 127,
            _ => 125,
        }
    }
}
