//! Signals: how they stood when we were started, and the way back there.
//!
//! A process inherits its signal mask and which signals are ignored through
//! `fork(2)` and `execve(2)` (signal(7)). What we change for ourselves, and what
//! Rust's runtime has changed before us, must not reach the process that runs
//! in our place or under us.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A signal mask as the kernel has it: bit N-1 stands for signal N, for all 64.
/// A libc's own set leaves out the ones that it keeps for itself (32 to 34),
/// which another libc's programs may well be sent.
pub(super) type Mask = u64;

/// What SIGPIPE was set to when we were started: Rust's runtime ignores it
/// before `main` runs.
static PIPE_AT_START: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

/// The same of SIGCHLD. While it is ignored the kernel reaps our children
/// itself, keeps their exit codes and tells of no end (wait(2), Notes).
static CHILD_AT_START: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

/// Runs before Rust's runtime does: libc calls what it finds in this section
/// before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = remember;

extern "C" fn remember() {
    for (signal, at_start) in [(libc::SIGPIPE, &PIPE_AT_START), (libc::SIGCHLD, &CHILD_AT_START)] {
        if let Ok(handler) = handler(signal) {
            at_start.store(handler, Ordering::Relaxed);
        }
    }
    let _ = set_handler(libc::SIGCHLD, libc::SIG_DFL);
}

/// Gives SIGPIPE and SIGCHLD back what they were set to when we were started:
/// for a process that is about to take our place.
pub(super) fn restore() {
    let _ = set_handler(libc::SIGPIPE, PIPE_AT_START.load(Ordering::Relaxed));
    let _ = set_handler(libc::SIGCHLD, CHILD_AT_START.load(Ordering::Relaxed));
}

/// Sets them as we need them: after [`restore`], where no process took our
/// place. A write to a closed pipe fails rather than kills us, as Rust's runtime
/// has it.
pub(super) fn ours() {
    let _ = set_handler(libc::SIGPIPE, libc::SIG_IGN);
    let _ = set_handler(libc::SIGCHLD, libc::SIG_DFL);
}

/// Every signal held back from us, and what to give back to a child.
#[derive(Debug)]
pub(super) struct Held {
    mask: Mask,
}

impl Held {
    /// Blocks all signals that can be blocked, so that they can be waited for
    /// one by one.
    pub(super) fn take() -> Result<Self, Errno> {
        set_mask(Mask::MAX).map(|mask| Self { mask })
    }

    /// Everything as it was when we were started: in a child of ours, before it
    /// becomes another process.
    pub(super) fn give_back(&self) -> Result<(), Errno> {
        restore();
        set_mask(self.mask).map(drop)
    }

    /// Lets signals come to us again.
    pub(super) fn let_go(&self) {
        let _ = set_mask(self.mask);
    }
}

/// Sets the signal mask; the result is the one before (`rt_sigprocmask(2)`).
fn set_mask(mask: Mask) -> Result<Mask, Errno> {
    let mut before: Mask = 0;
    // SAFETY: both pointers are to masks of the size that is given last, and
    // live through the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            &raw mut before,
            size_of::<Mask>(),
        )
    };
    Errno::result(result).map(|_| before)
}

/// What a signal is set to: SIG_DFL, SIG_IGN or a function (`sigaction(2)`).
fn handler(signal: libc::c_int) -> Result<libc::sighandler_t, Errno> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is set, and the answer goes to an action of ours.
    Errno::result(unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) })?;
    // SAFETY: the kernel filled it in; all zeroes is a valid action, too.
    Ok(unsafe { action.assume_init() }.sa_sigaction)
}

/// Sets a signal to SIG_DFL or SIG_IGN.
fn set_handler(signal: libc::c_int, handler: libc::sighandler_t) -> Result<(), Errno> {
    // SAFETY: all zeroes is a valid action: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    // SAFETY: the action lives through the call, and its handler is none of our
    // functions: what a process inherits is the default or to ignore.
    Errno::result(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }).map(drop)
}
