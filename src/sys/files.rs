//! Files, looked at once and read whole.

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, faccessat};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A regular file's content, and what decides whether to trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// All bytes of the file.
    pub bytes: Vec<u8>,
    /// The permission bits of `st_mode`.
    pub mode: u32,
    /// The owner's user id.
    pub owner: u32,
}

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder, a FIFO, a device, a socket.
    #[error("is not a regular file")]
    NotRegular,
    /// Larger than the caller is ready to read; the limit in bytes.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    /// A symbolic link to nothing.
    #[error("is a link to a file that is not there")]
    Dangling,
    /// The kernel says no.
    #[error("cannot be read: {0}")]
    Io(#[source] std::io::Error),
}

/// Reads a regular file of at most `limit` bytes; `None` where there is none.
/// Never waits, as opening a FIFO would (`O_NONBLOCK`, open(2)); looks and
/// reads through one descriptor, so that a file replaced meanwhile is the old
/// one or the new one.
pub fn read_regular(path: &Path, limit: u64) -> Result<Option<Content>, Error> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
    let descriptor = match uninterrupted(|| openat(AT_FDCWD, path, flags, Mode::empty())) {
        Ok(descriptor) => descriptor,
        Err(nix::errno::Errno::ENOENT | nix::errno::Errno::ENOTDIR) => return absent(path),
        Err(nix::errno::Errno::ENXIO) => return Err(Error::NotRegular), // a socket, open(2)
        Err(errno) => return Err(Error::Io(errno.into())),
    };
    let file = std::fs::File::from(descriptor);
    let metadata = file.metadata().map_err(Error::Io)?;
    if !metadata.is_file() {
        return Err(Error::NotRegular);
    }
    if metadata.len() > limit {
        return Err(Error::TooLarge(limit));
    }
    // One byte more than there should be: the end is then seen without more room.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge(limit));
    }
    Ok(Some(Content { bytes, mode: metadata.mode() & 0o7777, owner: metadata.uid() }))
}

/// Calls again where a signal came in between (EINTR, open(2)); reading does so by itself.
fn uninterrupted<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(nix::errno::Errno::EINTR) => {}
            other => return other,
        }
    }
}

fn absent(path: &Path) -> Result<Option<Content>, Error> {
    match path.symlink_metadata() {
        Ok(_) => Err(Error::Dangling),
        Err(_) => Ok(None),
    }
}

/// Whether there is anything at this path, links followed.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether there is a regular file, at the end of any links.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether there is a folder, at the end of any links.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether there is a folder, or may be one where we cannot look.
pub fn may_be_folder(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}

/// Whether a folder on the way there keeps us from seeing what is at this path.
pub fn is_access_denied(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// A regular file's size in bytes; 0 where there is none.
pub fn size(path: &Path) -> u64 {
    path.symlink_metadata().ok().filter(|metadata| metadata.is_file()).map_or(0, |metadata| metadata.len())
}

/// What a symbolic link points to; `None` where there is none.
pub fn link_target(path: &Path) -> Option<PathBuf> {
    path.read_link().ok()
}

/// Whether our effective user may enter that folder.
pub fn can_enter_folder(path: &Path) -> bool {
    may_in(path, AccessFlags::X_OK)
}

/// Whether our effective user may make files in that folder (`faccessat(2)`): a
/// read-only file system says no as well.
pub fn can_write_folder(path: &Path) -> bool {
    may_in(path, AccessFlags::W_OK | AccessFlags::X_OK)
}

/// Whether our effective user may execute that file.
pub fn can_execute(path: &Path) -> bool {
    is_file(path) && may(path, AccessFlags::X_OK)
}

/// The same of a folder: only a folder has a `.` in it.
fn may_in(folder: &Path, access: AccessFlags) -> bool {
    !folder.as_os_str().is_empty() && may(&folder.join("."), access)
}

fn may(path: &Path, access: AccessFlags) -> bool {
    faccessat(AT_FDCWD, path, access, AtFlags::AT_EACCESS).is_ok()
}

/// When a file was last written to; `None` where it can't be told.
pub fn modified_time(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// The start of a file, as much as the kernel reads to find out its format
/// (`BINPRM_BUF_SIZE` of include/uapi/linux/binfmts.h).
fn start(file: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Whether a file may be a shell's script: no ELF program, and no NUL byte in its
/// first line, which is how shells tell a binary (POSIX sh, 2.9.1.6).
pub fn starts_as_text(file: &Path) -> bool {
    start(file).is_some_and(|start| {
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        !start.starts_with(b"\x7fELF") && !line.contains(&0)
    })
}

/// The interpreter of a script, from its first line (execve(2)); `None` where
/// the file is no script, or can't be read.
pub fn interpreter(file: &Path) -> Option<PathBuf> {
    let start = start(file)?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.split(|byte| matches!(byte, b' ' | b'\t')).find(|word| !word.is_empty())?;
    Some(OsStr::from_bytes(word).into())
}

/// The names in a folder, sorted by their bytes; none where there is no such
/// folder or it can't be read.
pub fn list_folder(folder: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<OsString> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    names
}
