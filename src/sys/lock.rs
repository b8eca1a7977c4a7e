//! Locks of files and folders that end with their holder, however it ends
//! (`flock(2)`).

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io;
use std::path::Path;

/// A lock, until this value goes or the process ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "held, never read")] Flock<File>);

/// Takes the lock of an open file or folder; `None` where another process has it.
pub fn try_lock(file: File) -> io::Result<Option<Lock>> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(Lock(lock))),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

/// Takes the lock of a folder; `None` where another process has it.
pub fn try_lock_folder(folder: &Path) -> io::Result<Option<Lock>> {
    try_lock(File::open(folder)?)
}

/// Whether another process has it.
pub fn is_locked(file: File) -> bool {
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}
