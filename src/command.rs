//! A command: a value that can be compared, printed and executed.

use crate::shell::quote;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Replaces a secret in all output.
pub const MASK: &str = "***";

/// The environment of a process, in order.
pub type Environment = Vec<(OsString, OsString)>;

/// A program to execute, with everything it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A path, or a name to look up on PATH.
    pub program: OsString,
    /// The arguments after the program's name.
    pub arguments: Vec<Argument>,
    /// The whole environment of the process.
    pub environment: Environment,
    /// The working directory; `None` keeps the current one.
    pub folder: Option<PathBuf>,
}

/// One argument, and how much of it may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Argument {
    pub value: OsString,
    /// The number of leading bytes that may be shown; the rest is a secret. `None`: all.
    shown: Option<usize>,
}

impl Argument {
    /// An argument without a secret.
    pub fn plain(value: impl Into<OsString>) -> Self {
        Self { value: value.into(), shown: None }
    }

    /// An argument that is a secret after its first `shown` bytes.
    pub fn secret(value: impl Into<OsString>, shown: usize) -> Self {
        Self { value: value.into(), shown: Some(shown) }
    }

    /// The argument with its secret replaced by [`MASK`].
    pub fn masked(&self) -> OsString {
        let bytes = self.value.as_bytes();
        match self.shown.and_then(|shown| bytes.get(..shown)) {
            None => self.value.clone(),
            Some(visible) => {
                let mut text = OsStr::from_bytes(visible).to_owned();
                text.push(MASK);
                text
            }
        }
    }
}

impl std::fmt::Debug for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.masked().fmt(f)
    }
}

impl<T: Into<OsString>> From<T> for Argument {
    fn from(value: T) -> Self {
        Self::plain(value)
    }
}

impl Command {
    /// `argv`: the program and its arguments.
    pub fn argv(&self) -> Vec<&OsStr> {
        let arguments = self.arguments.iter().map(|argument| argument.value.as_os_str());
        std::iter::once(self.program.as_os_str()).chain(arguments).collect()
    }

    /// The command as one line for a POSIX shell, secrets masked.
    pub fn shell_line(&self) -> OsString {
        let mut line = quote::program(&self.program);
        for argument in &self.arguments {
            line.push(" ");
            line.push(quote::word(&argument.masked()));
        }
        line
    }
}
