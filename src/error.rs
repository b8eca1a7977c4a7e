//! The errors of all three applets, and their exit codes.

use crate::sys::identity::SetIdBits;
use crate::{applet, deploy, entrypoint, report, runner};
use std::path::PathBuf;

/// An error of any applet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Applet(#[from] applet::Error),
    /// The binary is installed setuid or setgid: gosu refuses that as well.
    #[error(
        "cannot run with the setuid or setgid bit of {0} set, which would let any user act as the file's owner: \
         remove it with chmod {bits} {0}",
        report::printable(file)
    )]
    SetId { bits: SetIdBits, file: PathBuf },
    #[error(transparent)]
    Entrypoint(#[from] entrypoint::Error),
    #[error("{}", .0.render_above_excerpt())]
    Runner(#[from] runner::Error),
    #[error(transparent)]
    Deploy(#[from] deploy::Error),
}

impl Error {
    /// 2 for usage, 125 for a failure of the program itself, 126 and 127 as in a shell.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Applet(_) => 2,
            Self::SetId { .. } => 125,
            Self::Entrypoint(error) => error.exit_code(),
            Self::Runner(error) => error.exit_code(),
            Self::Deploy(error) => error.exit_code(),
        }
    }

    /// The lines to print below the message if the error is in a line of a file.
    pub fn excerpt(&self) -> Option<&report::Excerpt> {
        match self {
            Self::Runner(error) => error.excerpt(),
            Self::Deploy(error) => error.excerpt(),
            Self::Entrypoint(_) | Self::Applet(_) | Self::SetId { .. } => None,
        }
    }
}
