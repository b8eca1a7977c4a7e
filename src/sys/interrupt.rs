//! The termination signals SIGTERM, SIGINT, SIGHUP and SIGQUIT: blocked and read from a
//! descriptor, or as a flag.
//!
//! The kernel drops a signal for PID 1 if it has no handler (pid_namespaces(7)). A
//! blocked signal that is read from a descriptor reaches PID 1, too.

use super::net::{self, Interest};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const TERMINATION_SIGNALS: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];

/// Blocks the termination signals and SIGCHLD in this thread and in all threads that it
/// starts, until the value is dropped.
#[derive(Debug)]
pub struct Interrupt {
    previous_mask: SigSet,
    descriptor: SignalFd,
}

impl Interrupt {
    /// Blocks the signals. Call it before another thread is started: the kernel may
    /// deliver a signal to any thread that does not block it.
    pub fn block() -> io::Result<Self> {
        let signals: SigSet = TERMINATION_SIGNALS.into_iter().collect();
        let descriptor = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let previous_mask = with_sigchld().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { previous_mask, descriptor })
    }

    /// The signal mask before `block`, for a child.
    pub fn mask_before(&self) -> SigSet {
        self.previous_mask
    }

    /// The number of a pending termination signal.
    pub fn received(&self) -> Option<u8> {
        let signal = self.descriptor.read_signal().ok().flatten()?;
        u8::try_from(signal.ssi_signo).ok()
    }

    /// Waits for `pause`, or until a termination signal arrives: then its number.
    pub fn pause(&self, pause: Duration) -> io::Result<Option<u8>> {
        net::wait(&[(self.as_fd(), Interest::Read)], Some(pause))?;
        Ok(self.received())
    }

    /// Waits for a termination signal or SIGCHLD.
    pub(super) fn wait_for_any(&self) -> io::Result<Signal> {
        Ok(with_sigchld().wait()?)
    }
}

fn with_sigchld() -> SigSet {
    TERMINATION_SIGNALS.into_iter().chain([Signal::SIGCHLD]).collect()
}

/// Blocks every signal in this thread, so that another thread handles them.
pub fn block_all_in_this_thread() {
    let _ = SigSet::all().thread_block();
}

static CANCELLED: AtomicBool = AtomicBool::new(false);

extern "C" fn set_cancelled(_signal: i32) {
    CANCELLED.store(true, Ordering::SeqCst);
}

/// Makes SIGINT, SIGTERM and SIGHUP set the returned flag and nothing else. Children get
/// the default action, because `execve(2)` resets handlers.
pub fn cancel_flag() -> &'static AtomicBool {
    let action = SigAction::new(SigHandler::Handler(set_cancelled), SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler only stores to an atomic, which is
        // async-signal-safe (signal-safety(7)), and it is never removed.
        let _ = unsafe { sigaction(signal, &action) };
    }
    &CANCELLED
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        // A pending signal that was not read now terminates this process.
        let _ = self.previous_mask.thread_set_mask();
    }
}

#[cfg(test)]
mod tests {
    use super::Interrupt;
    use crate::sys::net::{Interest, wait};
    use nix::sys::signal::{SigSet, Signal, raise};
    use std::os::fd::AsFd;
    use std::time::Duration;

    #[test]
    fn a_signal_arrives_and_the_mask_is_restored() {
        let mask = SigSet::thread_get_mask().unwrap();
        let interrupt = Interrupt::block().unwrap();
        assert_eq!(interrupt.received(), None);
        raise(Signal::SIGTERM).unwrap();
        let readable = wait(&[(interrupt.as_fd(), Interest::Read)], Some(Duration::from_secs(1))).unwrap();
        assert_eq!((readable, interrupt.received()), (vec![true], Some(15)));
        drop(interrupt);
        assert_eq!(SigSet::thread_get_mask().unwrap(), mask);
    }
}
