//! `fork(2)` and `execve(2)`, with the child's errno reported to the parent.

use crate::sys::exec::Prepared;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{self, ForkResult, Pid};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sys) enum ForkError {
    /// It could not be made.
    Fork(Errno),
    /// It could not become the program.
    Image(Errno),
}

/// Forks. The child does what is to be done `before` and becomes the program;
/// this returns when it has. `before` must call nothing but what is safe
/// between fork and exec (signal-safety(7)): another thread may hold any lock.
pub(in crate::sys) fn fork(
    image: &Prepared,
    before: &dyn Fn() -> Result<(), Errno>,
) -> Result<Pid, ForkError> {
    let (reader, writer) = unistd::pipe2(OFlag::O_CLOEXEC).map_err(ForkError::Fork)?;
    // SAFETY: until it is another program the child makes system calls only,
    // with arguments that were made before.
    match unsafe { unistd::fork() }.map_err(ForkError::Fork)? {
        ForkResult::Child => {
            let errno = before().map_or_else(|errno| errno, |()| image.execute());
            send_errno(writer.as_fd(), errno);
            // SAFETY: ends the process here and now; nothing of it is needed.
            unsafe { libc::_exit(127) }
        }
        ForkResult::Parent { child } => {
            drop(writer);
            match receive_errno(&reader) {
                None => Ok(child),
                Some(errno) => {
                    while waitpid(child, None) == Err(Errno::EINTR) {}
                    Err(ForkError::Image(errno))
                }
            }
        }
    }
}

/// Sends the child's errno. Its end of the pipe is closed by `execve(2)` where that
/// succeeds.
fn send_errno(writer: BorrowedFd<'_>, errno: Errno) {
    let _ = unistd::write(writer, &(errno as i32).to_ne_bytes());
}

fn receive_errno(reader: &OwnedFd) -> Option<Errno> {
    let mut errno = [0; 4];
    loop {
        match unistd::read(reader, &mut errno) {
            Ok(4) => return Some(Errno::from_raw(i32::from_ne_bytes(errno))),
            Err(Errno::EINTR) => (),
            Ok(_) | Err(_) => return None,
        }
    }
}
