//! The terminal, and whose it is.

use super::kernel;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
use nix::unistd;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// The terminal that controls our session, and our own process group.
#[derive(Debug)]
pub(super) struct Terminal {
    descriptor: OwnedFd,
    group: i32,
}

impl Terminal {
    /// Our session's terminal: one of the standard streams, else `/dev/tty`.
    pub(super) fn find() -> Option<Self> {
        let streams =
            [std::io::stdin().as_raw_fd(), std::io::stdout().as_raw_fd(), std::io::stderr().as_raw_fd()];
        let stream = streams.into_iter().find(|stream| kernel::foreground_group(*stream).is_some());
        let descriptor = match stream {
            Some(stream) => duplicate(stream)?,
            None => {
                open("/dev/tty", OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC, Mode::empty()).ok()?
            }
        };
        Some(Self { descriptor, group: unistd::getpgrp().as_raw() })
    }

    /// Its file descriptor; a child loses it with `execve(2)`.
    pub(super) fn descriptor(&self) -> i32 {
        self.descriptor.as_raw_fd()
    }

    /// Our own process group.
    pub(super) fn group(&self) -> i32 {
        self.group
    }

    /// Whether our group is the one that the terminal's keys go to. Where it is
    /// not, the terminal is not ours to give away.
    pub(super) fn is_in_foreground(&self) -> bool {
        kernel::foreground_group(self.descriptor()) == Some(self.group)
    }

    /// Gives the terminal to a process group.
    pub(super) fn set_foreground_group(&self, group: i32) {
        kernel::set_foreground_group(self.descriptor(), group);
    }
}

/// A copy of an open descriptor, above the standard streams.
fn duplicate(descriptor: i32) -> Option<OwnedFd> {
    // SAFETY: it is open: an ioctl has just succeeded on it.
    let stream = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let copy = fcntl(stream, FcntlArg::F_DUPFD_CLOEXEC(3)).ok()?;
    // SAFETY: fcntl made it for us, and nobody else has it.
    Some(unsafe { OwnedFd::from_raw_fd(copy) })
}
