//! Replace this process by another program (`execve(2)`).

use super::{files, signals};
use nix::errno::Errno;
use nix::libc;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The arguments of `execve(2)`, and the working folder.
#[derive(Debug)]
pub struct ExecImage<'a> {
    /// The path of the program; PATH is not searched.
    pub file: &'a Path,
    /// `argv`, with the name of the program first.
    pub arguments: Vec<&'a OsStr>,
    pub environment: &'a [(OsString, OsString)],
    /// The working folder to change to first.
    pub folder: Option<&'a Path>,
}

/// Why the program could not be executed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `chdir(2)` failed.
    #[error("cannot enter the folder: {0}")]
    Folder(#[source] Errno),
    /// An argument or a variable contains a NUL byte, which `execve(2)` cannot pass.
    #[error("cannot pass a NUL byte to a process")]
    Nul,
    /// `execve(2)` failed.
    #[error("cannot execute: {0}")]
    Exec(#[source] Errno),
}

/// The shell that runs a script without a `#!` line, as for `execvp(3)`.
const SHELL: &str = "/bin/sh";

/// Replaces this process by the program. Returns only if that failed. A script
/// without a `#!` line runs with `/bin/sh`.
pub fn replace(image: &ExecImage<'_>) -> Error {
    let error = replace_once(image);
    match image.as_shell_script(&error).map(|script| replace_once(&script)) {
        None | Some(Error::Exec(_)) => error, // the image has no /bin/sh
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
    /// The same file as an argument of the shell, if the kernel does not know its format
    /// (ENOEXEC) and it contains text. The working folder is already changed.
    pub(super) fn as_shell_script(&self, error: &Error) -> Option<ExecImage<'_>> {
        if !matches!(error, Error::Exec(Errno::ENOEXEC)) || !files::starts_as_text(self.file) {
            return None;
        }
        let words = [OsStr::new(SHELL), self.file.as_os_str()].into_iter();
        let arguments = words.chain(self.arguments.iter().skip(1).copied()).collect();
        Some(ExecImage { file: Path::new(SHELL), arguments, folder: None, ..*self })
    }

    /// Converts everything to C strings.
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

/// An image converted to C strings. Executing it allocates nothing.
#[derive(Debug)]
pub(super) struct Prepared {
    file: CString,
    arguments: CStringArray,
    environment: CStringArray,
    folder: Option<CString>,
}

/// The null-terminated array of C strings that `execve(2)` takes. Built before the
/// fork, because a child must not allocate between fork and exec.
#[derive(Debug)]
struct CStringArray {
    /// All strings in one allocation, which does not move with this value: `pointers`
    /// point into it.
    _bytes: Vec<u8>,
    pointers: Vec<*const libc::c_char>,
}

impl CStringArray {
    /// Joins the three parts of each string.
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
    /// Changes to the working folder.
    pub(super) fn enter(&self) -> Result<(), Error> {
        self.enter_folder().map_err(Error::Folder)
    }

    /// The same as `enter`, with the plain errno.
    pub(super) fn enter_folder(&self) -> Result<(), Errno> {
        self.folder.as_deref().map_or(Ok(()), nix::unistd::chdir)
    }

    /// Calls `execve(2)`. Returns only if it failed.
    pub(super) fn execute(&self) -> Errno {
        let (arguments, environment) = (self.arguments.pointers.as_ptr(), self.environment.pointers.as_ptr());
        // SAFETY: every string ends with a NUL byte and lives as long as `self`, and a
        // null pointer ends each array.
        unsafe { libc::execve(self.file.as_ptr(), arguments, environment) };
        Errno::last()
    }
}

fn c_string(text: &[u8]) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Nul)
}
