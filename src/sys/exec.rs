//! Another process in our place.

use super::{files, signals};
use nix::errno::Errno;
use nix::libc;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A process image to be: everything that `execve(2)` wants, and the folder.
#[derive(Debug)]
pub struct ExecImage<'a> {
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

/// The shell that runs a script without a `#!` line, as for `execvp(3)`.
const SHELL: &str = "/bin/sh";

/// Puts the process in our place; returns only where that failed. A script
/// without a `#!` line runs with the shell.
pub fn replace(image: &ExecImage<'_>) -> Error {
    let error = replace_once(image);
    match image.as_shell_script(&error).map(|script| replace_once(&script)) {
        None | Some(Error::Exec(_)) => error, // there is no shell in the image
        Some(error) => error,
    }
}

fn replace_once(image: &ExecImage<'_>) -> Error {
    match image.prepare().and_then(|prepared| prepared.enter().map(|()| prepared)) {
        Ok(prepared) => {
            signals::restore_handlers();
            let errno = prepared.execute();
            signals::set_own_handlers();
            Error::Exec(errno)
        }
        Err(error) => error,
    }
}

impl ExecImage<'_> {
    /// The same file as a script of the shell, where the kernel does not know
    /// its format (ENOEXEC) and it holds text. We are in its folder already.
    pub(super) fn as_shell_script(&self, error: &Error) -> Option<ExecImage<'_>> {
        if !matches!(error, Error::Exec(Errno::ENOEXEC)) || !files::starts_as_text(self.file) {
            return None;
        }
        let words = [OsStr::new(SHELL), self.file.as_os_str()].into_iter();
        let arguments = words.chain(self.arguments.iter().skip(1).copied()).collect();
        Some(ExecImage { file: Path::new(SHELL), arguments, folder: None, ..*self })
    }

    /// Everything as the kernel wants it.
    pub(super) fn prepare(&self) -> Result<Prepared, Error> {
        let arguments = self.arguments.iter().map(|argument| [argument.as_bytes(), b"", b""]);
        let variables = self.environment.iter();
        let variables = variables.map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()]);
        Ok(Prepared {
            file: c_string(self.file.as_os_str().as_bytes())?,
            arguments: CStringArray::new(arguments)?,
            environment: CStringArray::new(variables)?,
            folder: self.folder.map(|folder| c_string(folder.as_os_str().as_bytes())).transpose()?,
        })
    }
}

/// An image as the kernel wants it: nothing in it can fail any more.
#[derive(Debug)]
pub(super) struct Prepared {
    file: CString,
    arguments: CStringArray,
    environment: CStringArray,
    folder: Option<CString>,
}

/// Strings as `execve(2)` takes them: pointers, a null one at the end. Made
/// beforehand, since a child between fork and exec must not allocate.
#[derive(Debug)]
struct CStringArray {
    /// What the pointers point to: all strings in one allocation, which does not
    /// move with this value.
    _bytes: Vec<u8>,
    pointers: Vec<*const libc::c_char>,
}

impl CStringArray {
    /// Each string from its parts.
    fn new<'a>(strings: impl Iterator<Item = [&'a [u8]; 3]> + Clone) -> Result<Self, Error> {
        let size = strings.clone().flatten().map(<[u8]>::len).sum::<usize>() + strings.clone().count();
        let mut bytes: Vec<u8> = Vec::with_capacity(size);
        let mut pointers = Vec::with_capacity(strings.size_hint().0 + 1);
        for parts in strings {
            pointers.push(bytes.as_ptr().wrapping_add(bytes.len()).cast());
            parts.iter().for_each(|part| bytes.extend_from_slice(part));
            bytes.push(0);
        }
        if bytes.iter().filter(|byte| **byte == 0).count() != pointers.len() {
            return Err(Error::Nul);
        }
        pointers.push(std::ptr::null());
        Ok(Self { _bytes: bytes, pointers })
    }
}

impl Prepared {
    /// Goes to the folder.
    pub(super) fn enter(&self) -> Result<(), Error> {
        self.enter_folder().map_err(Error::Folder)
    }

    /// The same, with nothing but the errno.
    pub(super) fn enter_folder(&self) -> Result<(), Errno> {
        self.folder.as_deref().map_or(Ok(()), nix::unistd::chdir)
    }

    /// Puts the process in our place; returns only where that failed.
    pub(super) fn execute(&self) -> Errno {
        let (arguments, environment) = (self.arguments.pointers.as_ptr(), self.environment.pointers.as_ptr());
        // SAFETY: all are strings that end with a NUL, and live as long as we do;
        // a null pointer ends each list.
        unsafe { libc::execve(self.file.as_ptr(), arguments, environment) };
        Errno::last()
    }
}

fn c_string(text: &[u8]) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Nul)
}
