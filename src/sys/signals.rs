//! Save and restore the signal mask and the signal handlers.
//!
//! `fork(2)` and `execve(2)` preserve the signal mask and the set of ignored signals
//! (signal(7)). The changes that this program and Rust's runtime make must not reach
//! the process that replaces it, or its children.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A signal mask in the format of the kernel: bit N-1 stands for signal N, for all 64
/// signals. The `sigset_t` functions of a libc leave out the signals that it reserves
/// (32 to 34), but programs of another libc may use them.
pub(super) type Mask = u64;

/// The handler of SIGPIPE when this program was started. Rust's runtime ignores SIGPIPE
/// before `main` runs.
static INITIAL_SIGPIPE: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

/// The handler of SIGCHLD when this program was started. While SIGCHLD is ignored, the
/// kernel reaps children itself: their exit codes are lost and no signal is sent
/// (wait(2), Notes).
static INITIAL_SIGCHLD: AtomicUsize = AtomicUsize::new(libc::SIG_DFL);

/// Runs before Rust's runtime: libc calls the functions in this section before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = save_initial_handlers;

extern "C" fn save_initial_handlers() {
    if let Ok(handler) = current_handler(libc::SIGPIPE) {
        INITIAL_SIGPIPE.store(handler, Ordering::Relaxed);
    }
    if let Ok(previous) = set_handler(libc::SIGCHLD, libc::SIG_DFL) {
        INITIAL_SIGCHLD.store(previous, Ordering::Relaxed);
    }
}

/// Restores the initial handlers of SIGPIPE and SIGCHLD, for a program that is about to
/// be executed.
pub(super) fn restore_handlers() {
    let _ = set_handler(libc::SIGPIPE, INITIAL_SIGPIPE.load(Ordering::Relaxed));
    let initial = INITIAL_SIGCHLD.load(Ordering::Relaxed);
    if initial != libc::SIG_DFL {
        let _ = set_handler(libc::SIGCHLD, initial);
    }
}

/// Sets the handlers that this program needs, after [`restore_handlers`] and a failed
/// `execve(2)`. A write to a closed pipe fails instead of killing the process, as Rust's
/// runtime sets it up.
pub(super) fn set_own_handlers() {
    let _ = set_handler(libc::SIGPIPE, libc::SIG_IGN);
    let _ = set_handler(libc::SIGCHLD, libc::SIG_DFL);
}

/// Discards the stop signals of a terminal, in a child before `execve(2)`. Such a signal
/// would stop the child while its parent waits for the result of `execve(2)`. An ignored
/// signal stays ignored; `execve(2)` resets the others to the default action.
pub(super) fn discard_stop_signals() {
    for signal in [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU] {
        match set_handler(signal, no_op as extern "C" fn(libc::c_int) as libc::sighandler_t) {
            Ok(libc::SIG_DFL) | Err(_) => {}
            Ok(previous) => drop(set_handler(signal, previous)),
        }
    }
}

extern "C" fn no_op(_signal: libc::c_int) {}

/// All signals are blocked; holds the mask to restore.
#[derive(Debug)]
pub(super) struct BlockedSignals {
    previous_mask: Mask,
}

impl BlockedSignals {
    /// Blocks all signals that can be blocked, so that the wait loop receives them one by
    /// one.
    pub(super) fn block_all() -> Result<Self, Errno> {
        set_mask(Mask::MAX).map(|previous_mask| Self { previous_mask })
    }

    /// Restores the initial mask and handlers, in a child before `execve(2)`.
    pub(super) fn restore_in_child(&self) -> Result<(), Errno> {
        restore_handlers();
        set_mask(self.previous_mask).map(drop)
    }

    /// Restores the initial mask in this process.
    pub(super) fn unblock(&self) {
        let _ = set_mask(self.previous_mask);
    }
}

/// Sets the signal mask and returns the previous one (`rt_sigprocmask(2)`).
fn set_mask(mask: Mask) -> Result<Mask, Errno> {
    let mut previous: Mask = 0;
    // SAFETY: both pointers point to masks that live through the call, and the last
    // argument is their size.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            &raw mut previous,
            size_of::<Mask>(),
        )
    };
    Errno::result(result).map(|_| previous)
}

/// The handler of a signal: SIG_DFL, SIG_IGN or a function (`sigaction(2)`).
fn current_handler(signal: libc::c_int) -> Result<libc::sighandler_t, Errno> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the call sets nothing, and writes to `action`.
    Errno::result(unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) })?;
    // SAFETY: the kernel filled it in, and all zeroes is a valid action, too.
    Ok(unsafe { action.assume_init() }.sa_sigaction)
}

/// Sets the handler of a signal to SIG_DFL, SIG_IGN or a function, and returns the
/// previous one.
fn set_handler(signal: libc::c_int, handler: libc::sighandler_t) -> Result<libc::sighandler_t, Errno> {
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all zeroes is a valid action: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    // SAFETY: both actions live through the call, and the handler is SIG_DFL, SIG_IGN,
    // one that was set before, or `no_op`.
    Errno::result(unsafe { libc::sigaction(signal, &raw const action, previous.as_mut_ptr()) })?;
    // SAFETY: the kernel filled it in, and all zeroes is a valid action, too.
    Ok(unsafe { previous.assume_init() }.sa_sigaction)
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
    fn a_stop_signal_before_exec_is_discarded_and_one_after_it_stops_the_program() {
        let arguments = ["sh", "-c", "kill -TSTP $$; exit 7"].map(OsStr::new).to_vec();
        let image = ExecImage { file: Path::new("/bin/sh"), arguments, environment: &[], folder: None };
        let prepared = image.prepare().unwrap_or_else(|_| panic!("cannot prepare sh"));
        let blocked = BlockedSignals::block_all().unwrap();
        let before = || {
            // The kernel does not stop a process of an orphaned process group.
            setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
            kill(Pid::this(), Signal::SIGTSTP)?; // raise(3) would name the parent's thread
            discard_stop_signals();
            blocked.restore_in_child()
        };
        let child = fork(&prepared, &before);
        blocked.unblock();
        let child = child.unwrap_or_else(|_| panic!("cannot start sh"));
        let status = || waitpid(child, Some(WaitPidFlag::WUNTRACED));
        assert_eq!(status(), Ok(WaitStatus::Stopped(child, Signal::SIGTSTP)));
        kill(child, Signal::SIGCONT).unwrap();
        assert_eq!(status(), Ok(WaitStatus::Exited(child, 7)));
    }
}
