//! Why a file can't be executed.

use super::python;
use crate::report;
use crate::sys::files;
use nix::errno::Errno;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Why a file can't be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// A folder, or a file without the permission.
    #[error("it is not an executable file")]
    Permission,
    /// A folder above it that we may not enter: it may be there or not.
    #[error("this user may not enter a folder above it")]
    Closed,
    /// Neither a binary nor a script that says what it is for.
    #[error("it is neither a program for this machine nor a script whose first line begins with #!")]
    Format,
    /// A script's interpreter, or a program's loader, is not there.
    #[error("the interpreter {} is not there: {}", report::name(interpreter), interpreter_help(interpreter))]
    Interpreter {
        /// The interpreter of the first line.
        interpreter: PathBuf,
    },
    /// A script's interpreter is there, and not for us.
    #[error("this user may not execute its interpreter {}", report::name(interpreter))]
    InterpreterPermission {
        /// The interpreter of the first line.
        interpreter: PathBuf,
    },
    /// A program's loader is not there.
    #[error("the loader that it was linked for is not in this image")]
    Loader,
    /// `E2BIG`.
    #[error("the arguments and the environment are larger than the kernel takes")]
    TooLarge,
    /// A NUL byte among the arguments.
    #[error("an argument holds a NUL byte")]
    Nul,
    /// Anything else that the kernel says.
    #[error("{}", describe_errno(*.0))]
    Other(Errno),
}

impl ExecError {
    /// What `execve(2)` means by it.
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

    /// Whose permission is missing: the file's, or that of something else.
    pub(super) fn permission_denied(file: &Path) -> Self {
        match files::interpreter(file) {
            _ if files::is_access_denied(file) => Self::Closed,
            Some(interpreter) if files::can_execute(file) => Self::InterpreterPermission { interpreter },
            _ => Self::Permission,
        }
    }
}

/// What the kernel says of a new process or program, in words. Its own for a
/// limit that is reached are "try again".
pub(super) fn describe_errno(errno: Errno) -> &'static str {
    match errno {
        Errno::EAGAIN => "the limit on processes is reached (--pids-limit of the container, or ulimit -u)",
        other => other.desc(),
    }
}

/// What to do about a script without its interpreter.
fn interpreter_help(interpreter: &Path) -> &'static str {
    if interpreter.as_os_str().as_bytes().ends_with(b"\r") {
        "the script's lines end as on Windows, make them end in LF alone"
    } else if interpreter.file_name().is_some_and(python::is_python) {
        "make the virtualenv again in this image, or keep it out with .dockerignore"
    } else {
        "add it to the image, or correct the script's first line"
    }
}
