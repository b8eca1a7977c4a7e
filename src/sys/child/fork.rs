//! Start a child that executes another program; if it cannot, the parent gets the errno.
//!
//! As in `vfork(2)`, the child shares the memory of the parent, and the parent sleeps
//! until the child has executed the program or failed: no page is copied. The child has
//! a separate stack, as in `posix_spawn(3)`.

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
    /// The callback before `execve(2)`, or `execve(2)` itself.
    Image(Errno),
}

/// Starts a child, which calls `before_exec` and executes the program. Returns when it has
/// done so or failed. `before_exec` may only call functions that are safe between fork and
/// exec (signal-safety(7)), because another thread may hold any lock, and no function that
/// uses the thread id, for which the C library would use the one of the parent.
pub(in crate::sys) fn fork(
    image: &Prepared,
    before_exec: &dyn Fn() -> Result<(), Errno>,
) -> Result<Pid, ForkError> {
    let mut start = Start { image, before_exec, failure: None };
    let stack = Stack::new().map_err(ForkError::Fork)?;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack and `start` outlive the child's use of them, because this thread
    // sleeps until the child executes a program or exits. The child only makes system
    // calls, with arguments that were allocated before.
    let child = unsafe { libc::clone(run_child, stack.top(), flags, (&raw mut start).cast()) };
    let child = Errno::result(child).map(Pid::from_raw).map_err(ForkError::Fork)?;
    match start.failure {
        None => Ok(child),
        Some(errno) => {
            while waitpid(child, None) == Err(Errno::EINTR) {}
            Err(ForkError::Image(errno))
        }
    }
}

/// The size of the child's stack in bytes. A debug build uses about 2 KiB of it.
const STACK_SIZE: usize = 32 << 10;

/// The child's stack, in pages of its own, which are given back at once: an init lives as long as its
/// container.
struct Stack(*mut c_void);

impl Stack {
    fn new() -> Result<Self, Errno> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
        // SAFETY: a new mapping, at an address that the kernel chooses.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), STACK_SIZE, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(Self(start)) }
    }

    /// Its end, where it begins to grow downwards; aligned to a page.
    fn top(&self) -> *mut c_void {
        self.0.wrapping_byte_add(STACK_SIZE)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the mapping of `new`, which nothing uses any more.
        unsafe { libc::munmap(self.0, STACK_SIZE) };
    }
}

/// The input of the child, and its errno if it fails.
struct Start<'a> {
    image: &'a Prepared,
    before_exec: &'a dyn Fn() -> Result<(), Errno>,
    failure: Option<Errno>,
}

extern "C" fn run_child(start: *mut c_void) -> i32 {
    // SAFETY: `start` points to the `Start` of `fork`, which nothing else uses while the
    // child runs.
    let start = unsafe { &mut *start.cast::<Start<'_>>() };
    start.failure = Some((start.before_exec)().map_or_else(|errno| errno, |()| start.image.execute()));
    // SAFETY: ends the child at once, without running exit handlers of the parent.
    unsafe { libc::_exit(127) }
}
