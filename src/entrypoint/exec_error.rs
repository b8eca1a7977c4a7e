//! Explains why a file cannot be executed.

use super::python;
use crate::report;
use crate::sys::files;
use nix::errno::Errno;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Why a file cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// A folder, or a file without execute permission.
    #[error("it is not an executable file")]
    Permission,
    /// This user may not enter a folder above the file, which may or may not exist.
    #[error("this user may not enter a folder above it")]
    Closed,
    /// Neither a binary for this machine nor a script with a `#!` line.
    #[error("it is neither a program for this machine nor a script with a #! line")]
    Format,
    /// The interpreter of a script does not exist.
    #[error(
        "the interpreter {} does not exist: {}",
        report::printable(interpreter),
        interpreter_help(interpreter)
    )]
    Interpreter {
        /// The path in the `#!` line.
        interpreter: PathBuf,
    },
    /// This user may not execute the interpreter of a script.
    #[error("this user may not execute the interpreter {}", report::printable(interpreter))]
    InterpreterPermission {
        /// The path in the `#!` line.
        interpreter: PathBuf,
    },
    /// The loader of a dynamically linked program does not exist.
    #[error("its dynamic loader is not in this image: use a program that was built for this image")]
    Loader,
    /// `E2BIG`.
    #[error("the arguments and the environment exceed the limit of the kernel")]
    TooLarge,
    /// An argument or a variable contains a NUL byte.
    #[error("an argument or a variable contains a NUL byte")]
    Nul,
    /// Any other errno.
    #[error("{}", describe_errno(*.0))]
    Other(Errno),
}

impl ExecError {
    /// The meaning of an errno of `execve(2)`.
    pub(super) fn from_errno(errno: Errno, file: &Path) -> Self {
        match errno {
            Errno::EACCES => Self::permission_denied(file),
            Errno::ENOEXEC => Self::Format,
            Errno::E2BIG => Self::TooLarge,
            Errno::ENOENT => match files::interpreter(file) {
                Some(interpreter) => Self::Interpreter { interpreter },
                None => Self::Loader,
            },
            other => Self::Other(other),
        }
    }

    /// The meaning of EACCES: the permission of the file, its interpreter or a folder above
    /// is missing.
    pub(super) fn permission_denied(file: &Path) -> Self {
        match files::interpreter(file) {
            _ if files::is_access_denied(file) => Self::Closed,
            Some(interpreter) if files::can_execute(file) => Self::InterpreterPermission { interpreter },
            Some(_) | None => Self::Permission,
        }
    }
}

/// The description of an errno of `fork(2)` or `execve(2)`. The standard text for EAGAIN,
/// "try again", would not name the limit.
pub(super) fn describe_errno(errno: Errno) -> &'static str {
    match errno {
        Errno::EAGAIN => {
            "the limit on processes is reached: raise --pids-limit of the container, or ulimit -u"
        }
        other => other.desc(),
    }
}

/// What to do if the interpreter of a script does not exist.
fn interpreter_help(interpreter: &Path) -> &'static str {
    if interpreter.as_os_str().as_bytes().ends_with(b"\r") {
        "the script has Windows line endings (CRLF), convert it to LF"
    } else if interpreter.file_name().is_some_and(python::is_python) {
        "create the virtualenv again in this image, or exclude it with .dockerignore"
    } else {
        "add it to the image, or correct the script's first line"
    }
}
