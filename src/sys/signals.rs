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
static BEFORE_MAIN: extern "C" fn() = save_initial_handlers;

extern "C" fn save_initial_handlers() {
    if let Ok(before) = handler(libc::SIGPIPE) {
        PIPE_AT_START.store(before, Ordering::Relaxed);
    }
    if let Ok(before) = set_handler(libc::SIGCHLD, libc::SIG_DFL) {
        CHILD_AT_START.store(before, Ordering::Relaxed);
    }
}

/// Gives SIGPIPE and SIGCHLD back what they were set to when we were started:
/// for a process that is about to take our place.
pub(super) fn restore_handlers() {
    let _ = set_handler(libc::SIGPIPE, PIPE_AT_START.load(Ordering::Relaxed));
    let child = CHILD_AT_START.load(Ordering::Relaxed);
    if child != libc::SIG_DFL {
        let _ = set_handler(libc::SIGCHLD, child);
    }
}

/// Sets them as we need them: after [`restore`], where no process took our
/// place. A write to a closed pipe fails rather than kills us, as Rust's runtime
/// has it.
pub(super) fn set_own_handlers() {
    let _ = set_handler(libc::SIGPIPE, libc::SIG_IGN);
    let _ = set_handler(libc::SIGCHLD, libc::SIG_DFL);
}

/// In a child that is about to be another process: a terminal's stop signal
/// passes by. It would stop the child halfway, while its parent waits to hear
/// whether it could be executed. Where such a signal is ignored it stays so;
/// `execve(2)` sets the others back to their default.
pub(super) fn discard_stop_signals() {
    for signal in [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU] {
        match set_handler(signal, no_op as extern "C" fn(libc::c_int) as libc::sighandler_t) {
            Ok(libc::SIG_DFL) | Err(_) => {}
            Ok(before) => drop(set_handler(signal, before)),
        }
    }
}

extern "C" fn no_op(_signal: libc::c_int) {}

/// Every signal held back from us, and what to give back to a child.
#[derive(Debug)]
pub(super) struct BlockedSignals {
    mask: Mask,
}

impl BlockedSignals {
    /// Blocks all signals that can be blocked, so that they can be waited for
    /// one by one.
    pub(super) fn block_all() -> Result<Self, Errno> {
        set_mask(Mask::MAX).map(|mask| Self { mask })
    }

    /// Everything as it was when we were started: in a child of ours, before it
    /// becomes another process.
    pub(super) fn restore_in_child(&self) -> Result<(), Errno> {
        restore_handlers();
        set_mask(self.mask).map(drop)
    }

    /// Lets signals come to us again.
    pub(super) fn unblock(&self) {
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

/// Sets a signal to SIG_DFL, SIG_IGN or a function; the result is what it was set to.
fn set_handler(signal: libc::c_int, handler: libc::sighandler_t) -> Result<libc::sighandler_t, Errno> {
    let mut before = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all zeroes is a valid action: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    // SAFETY: both actions live through the call, and the handler is one that a
    // process inherits, the default or to ignore, or our function that does nothing.
    Errno::result(unsafe { libc::sigaction(signal, &raw const action, before.as_mut_ptr()) })?;
    // SAFETY: the kernel filled it in; all zeroes is a valid action, too.
    Ok(unsafe { before.assume_init() }.sa_sigaction)
}

#[cfg(test)]
mod tests {
    use super::{BlockedSignals, discard_stop_signals};
    use crate::sys::child::fork;
    use crate::sys::exec::ExecImage;
    use nix::sys::signal::{Signal, kill};
    use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
    use nix::unistd::{Pid, setpgid};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn a_stop_before_the_program_runs_passes_by_and_one_after_it_stops() {
        let arguments = ["sh", "-c", "kill -TSTP $$; exit 7"].map(OsStr::new).to_vec();
        let image = ExecImage { file: Path::new("/bin/sh"), arguments, environment: &[], folder: None };
        let prepared = image.prepare().unwrap_or_else(|_| panic!("cannot prepare sh"));
        let held = BlockedSignals::block_all().unwrap();
        let before = || {
            // The kernel lets no group be stopped that no shell could continue.
            setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
            kill(Pid::this(), Signal::SIGTSTP)?; // raise(3) would name the parent's thread
            discard_stop_signals();
            held.restore_in_child()
        };
        let child = fork(&prepared, &before);
        held.unblock();
        let child = child.unwrap_or_else(|_| panic!("cannot start sh"));
        let status = || waitpid(child, Some(WaitPidFlag::WUNTRACED));
        assert_eq!(status(), Ok(WaitStatus::Stopped(child, Signal::SIGTSTP)));
        kill(child, Signal::SIGCONT).unwrap();
        assert_eq!(status(), Ok(WaitStatus::Exited(child, 7)));
    }
}
