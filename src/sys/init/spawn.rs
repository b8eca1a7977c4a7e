//! The child: a group of its own, the terminal, the signals as we found them.

use super::Error;
use super::terminal::Terminal;
use crate::sys::exec::{self, Prepared};
use crate::sys::signals::Held;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::unistd::{self, ForkResult, Pid};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Starts the child; it is running the new program when this returns.
pub(super) fn spawn(image: &Prepared, signals: &Held, terminal: Option<&Terminal>) -> Result<i32, Error> {
    let (reader, writer) = unistd::pipe2(OFlag::O_CLOEXEC).map_err(Error::Start)?;
    let terminal = terminal.filter(|terminal| terminal.is_ours());
    // SAFETY: we have no other thread, so the child may do what we may.
    match unsafe { unistd::fork() }.map_err(Error::Start)? {
        ForkResult::Child => {
            let errno = become_image(image, signals, terminal);
            tell(writer.as_fd(), errno);
            // SAFETY: ends the process here and now; nothing of it is needed.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            let _ = unistd::setpgid(child, child); // it does so, too: neither has to wait for the other
            let _ = unistd::chdir("/"); // the folder is the child's alone, and may be unmounted
            match listen(&reader) {
                None => Ok(child.as_raw()),
                Some(errno) => Err(failed(child, errno, terminal)),
            }
        }
    }
}

/// What the child does before it is another program; returns where that failed.
fn become_image(image: &Prepared, signals: &Held, terminal: Option<&Terminal>) -> Errno {
    let own = Pid::from_raw(0);
    if let Err(errno) = unistd::setpgid(own, own) {
        return errno;
    }
    if let Some(terminal) = terminal {
        terminal.give(unistd::getpgrp().as_raw());
    }
    match signals.give_back() {
        Ok(()) => image.execute(),
        Err(errno) => errno,
    }
}

/// The child's last words: its errno. Its end of the pipe closes by itself where
/// `execve(2)` succeeds.
fn tell(writer: BorrowedFd<'_>, errno: Errno) {
    let _ = unistd::write(writer, &(errno as i32).to_ne_bytes());
}

fn listen(reader: &OwnedFd) -> Option<Errno> {
    let mut errno = [0; 4];
    loop {
        match unistd::read(reader, &mut errno) {
            Ok(4) => return Some(Errno::from_raw(i32::from_ne_bytes(errno))),
            Err(Errno::EINTR) => (),
            Ok(_) | Err(_) => return None,
        }
    }
}

fn failed(child: Pid, errno: Errno, terminal: Option<&Terminal>) -> Error {
    // SAFETY: no status is asked for.
    while unsafe { libc::waitpid(child.as_raw(), std::ptr::null_mut(), 0) } == -1
        && Errno::last() == Errno::EINTR
    {}
    if let Some(terminal) = terminal {
        terminal.give(terminal.group());
    }
    exec::Error::Exec(errno).into()
}
