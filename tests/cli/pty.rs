//! A pseudo-terminal.
//!
//! Both ends are close-on-exec from the start: a child of another test that inherits one would keep it open.

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

/// The two ends of a pseudo-terminal.
pub(crate) struct Pty {
    /// The side of the person who types and reads.
    pub(crate) master: File,
    /// The side of the process, for which it is a terminal.
    pub(crate) slave: File,
}

impl Pty {
    pub(crate) fn open() -> Self {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let mut options = File::options();
        options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits());
        let slave = options.open(ptsname_r(&master).unwrap()).unwrap();
        Self { master: OwnedFd::from(master).into(), slave }
    }

    /// The terminal for one of a process's streams.
    pub(crate) fn end(&self) -> Stdio {
        self.slave.try_clone().unwrap().into()
    }
}
