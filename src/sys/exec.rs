//! Another process in our place.

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
    Folder(#[source] nix::errno::Errno),
    /// An argument or a variable holds a NUL byte, which no process can be given.
    #[error("cannot pass a NUL byte to a process")]
    Nul,
    /// `execve(2)` failed.
    #[error("cannot execute: {0}")]
    Exec(#[source] nix::errno::Errno),
}

/// Puts the process in our place; returns only where that failed.
pub fn replace(image: &Image<'_>) -> Error {
    match try_replace(image) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn try_replace(image: &Image<'_>) -> Result<std::convert::Infallible, Error> {
    let file = c_string(image.file.as_os_str())?;
    let arguments =
        image.arguments.iter().map(|argument| c_string(argument)).collect::<Result<Vec<_>, _>>()?;
    let environment = image.environment.iter().map(|(name, value)| assignment(name, value));
    let environment = environment.collect::<Result<Vec<_>, _>>()?;
    if let Some(folder) = image.folder {
        nix::unistd::chdir(folder).map_err(Error::Folder)?;
    }
    nix::unistd::execve(&file, &arguments, &environment).map_err(Error::Exec)
}

fn assignment(name: &OsStr, value: &OsStr) -> Result<CString, Error> {
    CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).map_err(|_| Error::Nul)
}

fn c_string(text: &OsStr) -> Result<CString, Error> {
    CString::new(text.as_bytes()).map_err(|_| Error::Nul)
}
