//! A process to be: a value that can be compared, printed and carried out.

use crate::shell::quote;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What stands for a secret in everything that is shown.
pub const MASK: &str = "***";

/// A process to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a path, or a name to be looked up on PATH.
    pub program: OsString,
    /// The arguments after the program's name.
    pub arguments: Vec<Argument>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder it runs in; ours where there is none.
    pub folder: Option<PathBuf>,
}

/// One argument, with what of it may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Argument {
    /// The argument itself.
    pub value: OsString,
    /// How many of its first bytes may be shown; the rest is a secret.
    shown: Option<usize>,
}

impl Argument {
    /// An argument that may be shown whole.
    pub fn plain(value: impl Into<OsString>) -> Self {
        Self { value: value.into(), shown: None }
    }

    /// An argument of which only the first `shown` bytes may be seen.
    pub fn secret(value: impl Into<OsString>, shown: usize) -> Self {
        Self { value: value.into(), shown: Some(shown) }
    }

    /// The argument with its secret masked.
    pub fn masked(&self) -> OsString {
        let bytes = self.value.as_bytes();
        match self.shown.and_then(|shown| bytes.get(..shown)) {
            None => self.value.clone(),
            Some(open) => {
                let mut text = OsStr::from_bytes(open).to_owned();
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
    /// `argv`: the program's name, and the arguments.
    pub fn argv(&self) -> Vec<&OsStr> {
        let arguments = self.arguments.iter().map(|argument| argument.value.as_os_str());
        std::iter::once(self.program.as_os_str()).chain(arguments).collect()
    }

    /// The command as one line for a POSIX shell, its secrets masked.
    pub fn line(&self) -> OsString {
        let mut line = quote::program(&self.program);
        for argument in &self.arguments {
            line.push(" ");
            line.push(quote::word(&argument.masked()));
        }
        line
    }
}
