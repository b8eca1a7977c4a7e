//! A child process that becomes another program, with its errno reported to the
//! parent.
//!
//! As in `vfork(2)` the child runs in our memory, and we sleep until it has become
//! the program or has failed: no page of ours is copied. It has a stack of its own,
//! as in `posix_spawn(3)`.

use crate::sys::exec::Prepared;
use nix::errno::Errno;
use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use std::ffi::c_void;

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sys) enum ForkError {
    /// `clone(2)`.
    Fork(Errno),
    /// What comes `before`, or `execve(2)`.
    Image(Errno),
}

/// Starts a child. It does what is to be done `before` and becomes the program; this
/// returns when it has. `before` must call nothing but what is safe between fork and
/// exec (signal-safety(7)), since another thread may hold any lock, and nothing that
/// asks for its thread id, which the C library would answer with ours.
pub(in crate::sys) fn fork(
    image: &Prepared,
    before: &dyn Fn() -> Result<(), Errno>,
) -> Result<Pid, ForkError> {
    let mut start = Start { image, before, failure: None };
    let mut stack: Vec<u128> = Vec::with_capacity(STACK / size_of::<u128>()); // aligned to 16 bytes
    let top = stack.as_mut_ptr().wrapping_add(stack.capacity());
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack and `start` outlive the child's use of them, since we sleep
    // until it executes a program or exits, and it makes system calls only, with
    // arguments that were made before.
    let child = unsafe { libc::clone(run_child, top.cast(), flags, (&raw mut start).cast()) };
    let child = Errno::result(child).map(Pid::from_raw).map_err(ForkError::Fork)?;
    match start.failure {
        None => Ok(child),
        Some(errno) => {
            while waitpid(child, None) == Err(Errno::EINTR) {}
            Err(ForkError::Image(errno))
        }
    }
}

/// The size of the child's stack in bytes; a debug build uses some 2 KiB of it.
const STACK: usize = 32 << 10;

/// What the child gets, and what it leaves behind where it fails.
struct Start<'a> {
    image: &'a Prepared,
    before: &'a dyn Fn() -> Result<(), Errno>,
    failure: Option<Errno>,
}

extern "C" fn run_child(start: *mut c_void) -> i32 {
    // SAFETY: it is the `Start` of `fork`, which nobody else uses while we run.
    let start = unsafe { &mut *start.cast::<Start<'_>>() };
    start.failure = Some((start.before)().map_or_else(|errno| errno, |()| start.image.execute()));
    // SAFETY: ends the child here and now, and runs nothing of the parent's.
    unsafe { libc::_exit(127) }
}
