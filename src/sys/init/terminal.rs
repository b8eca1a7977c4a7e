//! The controlling terminal and its foreground process group.

use super::kernel;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::libc;
use nix::sys::stat::Mode;
use nix::unistd;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// The controlling terminal of our session, and the process group of this process.
#[derive(Debug)]
pub(super) struct Terminal {
    descriptor: OwnedFd,
    group: i32,
}

impl Terminal {
    /// The controlling terminal: one of the standard streams, or `/dev/tty`.
    pub(super) fn find() -> Option<Self> {
        let streams = [libc::STDIN_FILENO, libc::STDOUT_FILENO, libc::STDERR_FILENO];
        let stream = streams.into_iter().find(|stream| kernel::foreground_group(*stream).is_some());
        let descriptor = match stream {
            Some(stream) => duplicate(stream)?,
            None => {
                open("/dev/tty", OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC, Mode::empty()).ok()?
            }
        };
        Some(Self { descriptor, group: unistd::getpgrp().as_raw() })
    }

    /// The file descriptor, which is closed on `execve(2)`.
    pub(super) fn descriptor(&self) -> i32 {
        self.descriptor.as_raw_fd()
    }

    /// The process group of this process.
    pub(super) fn group(&self) -> i32 {
        self.group
    }

    /// Whether our process group is in the foreground, so that it gets the signals of the
    /// terminal's keys. Only then may it give the terminal to the main process.
    pub(super) fn is_in_foreground(&self) -> bool {
        kernel::foreground_group(self.descriptor()) == Some(self.group)
    }

    /// Makes a process group the foreground group.
    pub(super) fn set_foreground_group(&self, group: i32) {
        kernel::set_foreground_group(self.descriptor(), group);
    }
}

/// Duplicates an open descriptor to a number above the standard streams.
fn duplicate(descriptor: i32) -> Option<OwnedFd> {
    // SAFETY: the descriptor is open, because an ioctl has just succeeded on it.
    let stream = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let copy = fcntl(stream, FcntlArg::F_DUPFD_CLOEXEC(3)).ok()?;
    // SAFETY: fcntl created the descriptor, and nothing else owns it.
    Some(unsafe { OwnedFd::from_raw_fd(copy) })
}
