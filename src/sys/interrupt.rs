//! The signals that end us, to be waited for like any other event.
//!
//! A process that is PID 1 and has no handler ignores them (signal(7),
//! pid_namespaces(7)); blocked and read from a descriptor they arrive there, too.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// The signals that ask a process to end.
pub(super) const ENDING: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];

/// Those signals held back from this thread, and from all that it starts,
/// until this is dropped.
#[derive(Debug)]
pub struct Interrupt {
    before: SigSet,
    descriptor: SignalFd,
}

impl Interrupt {
    /// Holds them back. They have to be before another thread is started, for
    /// that would be sent them instead.
    pub fn hold() -> std::io::Result<Self> {
        let ending: SigSet = ENDING.into_iter().collect();
        let descriptor = SignalFd::with_flags(&ending, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let before = ending.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Self { before, descriptor })
    }

    /// The number of the signal that has come, if one has.
    pub fn taken(&self) -> Option<u8> {
        let signal = self.descriptor.read_signal().ok().flatten()?;
        u8::try_from(signal.ssi_signo).ok()
    }
}

/// Keeps every signal from this thread: they are the business of another one.
pub fn leave_to_others() {
    let _ = SigSet::all().thread_block();
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
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
        let interrupt = Interrupt::hold().unwrap();
        assert_eq!(interrupt.taken(), None);
        raise(Signal::SIGTERM).unwrap();
        let woken = wait(&[(interrupt.as_fd(), Interest::Read)], Some(Duration::from_secs(1))).unwrap();
        assert_eq!((woken, interrupt.taken()), (vec![true], Some(15)));
        drop(interrupt);
        assert_eq!(SigSet::thread_get_mask().unwrap(), before);
    }
}
