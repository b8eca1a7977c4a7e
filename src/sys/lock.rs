//! Locks on files and folders. The kernel releases them when the holding process ends,
//! for whatever reason (`flock(2)`).

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io;
use std::path::Path;

/// A lock. Released when this value is dropped or the process ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "held, never read")] Flock<File>);

/// Locks an open file or folder. `None` if another process holds the lock.
pub fn try_lock(file: File) -> io::Result<Option<Lock>> {
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(Lock(lock))),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

/// Locks a folder. `None` if another process holds the lock.
pub fn try_lock_folder(folder: &Path) -> io::Result<Option<Lock>> {
    try_lock(File::open(folder)?)
}

/// Whether another process holds the lock.
pub fn is_locked(file: File) -> bool {
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}
