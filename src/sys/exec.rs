//! Another process in our place.

use super::signals;
use nix::errno::Errno;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A process image to be: everything that `execve(2)` wants, and the folder.
#[derive(Debug)]
pub struct Image<'a> {
    /// The file to execute, already looked up.
    pub file: &'a Path,
    /// `argv`, the program's name first.
    pub arguments: Vec<&'a OsStr>,
    /// The whole environment.
    pub environment: &'a [(OsString, OsString)],
    /// The folder to go to first.
    pub folder: Option<&'a Path>,
}

/// Why no process took our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `chdir(2)` failed.
    #[error("cannot enter the folder: {0}")]
    Folder(#[source] Errno),
    /// An argument or a variable holds a NUL byte, which no process can be given.
    #[error("cannot pass a NUL byte to a process")]
    Nul,
    /// `execve(2)` failed.
    #[error("cannot execute: {0}")]
    Exec(#[source] Errno),
}

/// Puts the process in our place; returns only where that failed.
pub fn replace(image: &Image<'_>) -> Error {
    match image.prepare().and_then(|prepared| prepared.enter().map(|()| prepared)) {
        Ok(prepared) => {
            signals::restore_pipe();
            let errno = prepared.execute();
            signals::ignore_pipe();
            Error::Exec(errno)
        }
        Err(error) => error,
    }
}

impl Image<'_> {
    /// Everything as the kernel wants it.
    pub(super) fn prepare(&self) -> Result<Prepared, Error> {
        let arguments = self.arguments.iter().map(|argument| c_string(argument));
        let environment = self.environment.iter().map(|(name, value)| assignment(name, value));
        Ok(Prepared {
            file: c_string(self.file.as_os_str())?,
            arguments: arguments.collect::<Result<_, _>>()?,
            environment: environment.collect::<Result<_, _>>()?,
            folder: self.folder.map(|folder| c_string(folder.as_os_str())).transpose()?,
        })
    }
}

/// An image as the kernel wants it: nothing in it can fail any more.
#[derive(Debug)]
pub(super) struct Prepared {
    file: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    folder: Option<CString>,
}

impl Prepared {
    /// Goes to the folder.
    pub(super) fn enter(&self) -> Result<(), Error> {
        self.folder.as_deref().map_or(Ok(()), |folder| nix::unistd::chdir(folder).map_err(Error::Folder))
    }

    /// Puts the process in our place; returns only where that failed.
    pub(super) fn execute(&self) -> Errno {
        match nix::unistd::execve(&self.file, &self.arguments, &self.environment) {
            Ok(never) => match never {},
            Err(errno) => errno,
        }
    }
}

fn assignment(name: &OsStr, value: &OsStr) -> Result<CString, Error> {
    CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).map_err(|_| Error::Nul)
}

fn c_string(text: &OsStr) -> Result<CString, Error> {
    CString::new(text.as_bytes()).map_err(|_| Error::Nul)
}
