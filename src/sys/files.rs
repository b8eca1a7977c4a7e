//! Files and folders: read, list, and check permissions.

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, faccessat};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The content of a regular file, with its permissions and owner, by which callers
/// decide whether to trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    /// The permission bits of `st_mode`.
    pub mode: u32,
    /// The user id of the owner.
    pub owner: u32,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is a folder, FIFO, device or socket.
    #[error("is not a regular file")]
    NotRegular,
    /// The file is larger than the limit of the caller, in bytes.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    /// A symbolic link whose target does not exist.
    #[error("is a link to a file that does not exist")]
    Dangling,
    /// A system call failed.
    #[error("cannot be read: {0}")]
    Io(#[source] std::io::Error),
}

/// Reads a regular file of at most `limit` bytes. `None` if the path does not exist.
/// Does not block on a FIFO (`O_NONBLOCK`, open(2)). Checks and reads through one
/// descriptor: if the file is replaced meanwhile, the result is the old or the new
/// content.
pub fn read_regular(path: &Path, limit: u64) -> Result<Option<Content>, Error> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC | OFlag::O_NOCTTY;
    let descriptor = match retry_interrupted(|| openat(AT_FDCWD, path, flags, Mode::empty())) {
        Ok(descriptor) => descriptor,
        Err(nix::errno::Errno::ENOENT | nix::errno::Errno::ENOTDIR) => return missing(path),
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
    // One spare byte: `read_to_end` then sees the end of the file without growing the buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Error::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge(limit));
    }
    Ok(Some(Content { bytes, mode: metadata.mode() & 0o7777, owner: metadata.uid() }))
}

/// Repeats a call that a signal interrupted (EINTR, open(2)). `read_to_end` does that itself.
fn retry_interrupted<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(nix::errno::Errno::EINTR) => {}
            other => return other,
        }
    }
}

/// The result for a path that cannot be opened: a link without a target is an error.
fn missing(path: &Path) -> Result<Option<Content>, Error> {
    match path.symlink_metadata() {
        Ok(_) => Err(Error::Dangling),
        Err(_) => Ok(None),
    }
}

/// Whether the path exists. Follows links.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether the path is a regular file. Follows links.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether the path is a folder. Follows links.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether the path is a folder, or may be one because this user may not look.
pub fn may_be_folder(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) => metadata.is_dir(),
        Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}

/// Whether a folder above the path denies access, so that it is unknown if the path exists.
pub fn is_access_denied(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// The size of a regular file in bytes; 0 if the path is not a regular file.
pub fn size(path: &Path) -> u64 {
    path.symlink_metadata().ok().filter(|metadata| metadata.is_file()).map_or(0, |metadata| metadata.len())
}

/// The target of a symbolic link; `None` if the path is not a link.
pub fn link_target(path: &Path) -> Option<PathBuf> {
    path.read_link().ok()
}

/// Whether the effective user may enter the folder.
pub fn can_enter_folder(path: &Path) -> bool {
    has_folder_access(path, AccessFlags::X_OK)
}

/// Whether the effective user may create files in the folder (`faccessat(2)`). False on
/// a read-only file system.
pub fn can_write_folder(path: &Path) -> bool {
    has_folder_access(path, AccessFlags::W_OK | AccessFlags::X_OK)
}

/// Whether the path is a regular file that the effective user may execute.
pub fn can_execute(path: &Path) -> bool {
    is_file(path) && has_access(path, AccessFlags::X_OK)
}

/// Like `has_access`, for a folder only: `FOLDER/.` does not exist for a file.
fn has_folder_access(folder: &Path, access: AccessFlags) -> bool {
    !folder.as_os_str().is_empty() && has_access(&folder.join("."), access)
}

fn has_access(path: &Path, access: AccessFlags) -> bool {
    faccessat(AT_FDCWD, path, access, AtFlags::AT_EACCESS).is_ok()
}

/// When a file was last written to; `None` if it cannot be read.
pub fn modified_time(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// The first bytes of a file, as many as the kernel reads to detect its format
/// (`BINPRM_BUF_SIZE` of include/uapi/linux/binfmts.h).
fn first_bytes(file: &Path) -> Option<Vec<u8>> {
    let mut start = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut start).ok()?;
    Some(start)
}

/// Whether a file may be a shell script: it is not an ELF program, and its first line
/// contains no NUL byte, by which shells detect a binary (POSIX sh, 2.9.1.6).
pub fn starts_as_text(file: &Path) -> bool {
    first_bytes(file).is_some_and(|start| {
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        !start.starts_with(b"\x7fELF") && !line.contains(&0)
    })
}

/// The interpreter that the first line of a script names (execve(2)). `None` if the
/// file is not a script, or cannot be read.
pub fn interpreter(file: &Path) -> Option<PathBuf> {
    let start = first_bytes(file)?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.split(|byte| matches!(byte, b' ' | b'\t')).find(|word| !word.is_empty())?;
    Some(OsStr::from_bytes(word).into())
}

/// The names in a folder, sorted by their bytes. Empty if the folder does not exist or
/// cannot be read.
pub fn list_folder(folder: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<OsString> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort_unstable();
    names
}
