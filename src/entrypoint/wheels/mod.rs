//! The wheelhouse: a wheel for every requirement, so that no later build step
//! needs a network or a compiler.
//!
//! pip resolves all requirements at once into a temporary folder, whose wheels
//! then replace the old ones. A run with the same inputs does nothing.

mod build;
mod inputs;
mod install;
mod pip;
mod requirements;
mod stamp;
mod vendor;
mod wheelhouse;

pub(super) use build::{build_command, build_wheelhouse};
pub(super) use install::{Installation, check_requirements, write_stamp};

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// A build of the wheelhouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WheelsJob {
    /// The Python whose pip is used: a path, or a name in PATH.
    pub(super) python: OsString,
    /// The app folder, with `requirements.txt` and `vendor`.
    pub(super) app: PathBuf,
    pub(super) wheelhouse: PathBuf,
    /// The caller's arguments, for `pip wheel`.
    pub(super) arguments: Vec<OsString>,
    /// Of pip.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// With a terminal, Ctrl-C reaches pip directly.
    pub(super) has_terminal: bool,
}

/// Why the wheelhouse cannot be built or the requirements not installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot find {}: list the project's requirements in it", file.display())]
    NoRequirements { file: PathBuf },
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error("cannot write to {}: {error}: mount a folder there that this user can write to", path.display())]
    Write { path: PathBuf, error: io::Error },
    #[error("cannot find {}: build wheels in the builder image", crate::report::printable(python))]
    NoPython { python: OsString },
    #[error("cannot build wheels: {} has no pip: build them in the builder image", python.display())]
    NoPip { python: PathBuf },
    #[error("cannot start {}: {error}", python.display())]
    Start { python: PathBuf, error: io::Error },
    /// Several files of a project are in `vendor`, and none fits.
    #[error("cannot choose among the files of {project} in {}: keep one that fits this Python", folder.display())]
    Several { project: String, folder: PathBuf },
    /// A private package cannot be built.
    #[error("cannot build {}: see pip's output above; {} is unchanged", path.display(), wheelhouse.display())]
    Vendor {
        path: PathBuf,
        wheelhouse: PathBuf,
        /// pip's exit code.
        code: u8,
    },
    #[error("cannot build the requirements: see pip's output above; {} is unchanged", wheelhouse.display())]
    Pip {
        wheelhouse: PathBuf,
        /// pip's exit code.
        code: u8,
    },
    #[error(
        "cannot install the requirements: see pip's output above (ENTRYPOINT_INSTALL=never starts with the installed packages)"
    )]
    Install {
        /// pip's exit code.
        code: u8,
    },
    /// A signal ended the build.
    #[error("cancelled by signal {signal}; {} is unchanged", wheelhouse.display())]
    Ended { wheelhouse: PathBuf, signal: i32 },
}

impl Error {
    /// The exit code of pip where pip failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Vendor { code, .. } | Self::Pip { code, .. } | Self::Install { code } => *code,
            Self::Ended { signal, .. } => crate::sys::child::ChildEnd::Signal(*signal).code(),
            Self::NoPython { .. } => 127,
            Self::NoRequirements { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::NoPip { .. }
            | Self::Start { .. }
            | Self::Several { .. } => 125,
        }
    }
}
