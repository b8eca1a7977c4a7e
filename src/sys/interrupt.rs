//! The signals that ask us to end, SIGTERM, SIGINT, SIGHUP and SIGQUIT: blocked and
//! waited for, or as a flag.
//!
//! PID 1 does not get a signal that it has no handler for (pid_namespaces(7));
//! blocked and read from a descriptor it arrives there, too.

use super::net::{self, Interest};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ENDING: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];

/// Those signals, and SIGCHLD, blocked in this thread and in all that it starts,
/// until this is dropped.
#[derive(Debug)]
pub struct Interrupt {
    before: SigSet,
    descriptor: SignalFd,
}

impl Interrupt {
    /// Blocks them. To be called before another thread is started: the kernel may
    /// give a signal to any thread that does not block it.
    pub fn block() -> io::Result<Self> {
        let ending: SigSet = ENDING.into_iter().collect();
        let descriptor = SignalFd::with_flags(&ending, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let before = with_sigchld().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { before, descriptor })
    }

    /// The signal mask as it was: for a child.
    pub fn mask_before(&self) -> SigSet {
        self.before
    }

    /// The number of the signal that has come, if one has.
    pub fn received(&self) -> Option<u8> {
        let signal = self.descriptor.read_signal().ok().flatten()?;
        u8::try_from(signal.ssi_signo).ok()
    }

    /// Waits that long, or until one of them comes: then its number.
    pub fn pause(&self, pause: Duration) -> io::Result<Option<u8>> {
        net::wait(&[(self.as_fd(), Interest::Read)], Some(pause))?;
        Ok(self.received())
    }

    /// Waits for one of them, or for SIGCHLD.
    pub(super) fn wait_for_any(&self) -> io::Result<Signal> {
        Ok(with_sigchld().wait()?)
    }
}

fn with_sigchld() -> SigSet {
    ENDING.into_iter().chain([Signal::SIGCHLD]).collect()
}

/// Blocks every signal in this thread: another one handles them.
pub fn block_all_in_this_thread() {
    let _ = SigSet::all().thread_block();
}

static CANCELLED: AtomicBool = AtomicBool::new(false);

extern "C" fn set_cancelled(_signal: i32) {
    CANCELLED.store(true, Ordering::SeqCst);
}

/// From here on SIGINT, SIGTERM and SIGHUP only set the flag that this returns.
/// Children get the default: `execve(2)` resets handlers.
pub fn cancel_flag() -> &'static AtomicBool {
    let action = SigAction::new(SigHandler::Handler(set_cancelled), SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler does nothing but store to an atomic, which is
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
        // A signal that came and was not read ends us now.
        let _ = self.before.thread_set_mask();
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
    fn a_signal_arrives_and_the_mask_comes_back() {
        let before = SigSet::thread_get_mask().unwrap();
        let interrupt = Interrupt::block().unwrap();
        assert_eq!(interrupt.received(), None);
        raise(Signal::SIGTERM).unwrap();
        let woken = wait(&[(interrupt.as_fd(), Interest::Read)], Some(Duration::from_secs(1))).unwrap();
        assert_eq!((woken, interrupt.received()), (vec![true], Some(15)));
        drop(interrupt);
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }
}
