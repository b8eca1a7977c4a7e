//! Ctrl-C and its like, as a flag: the work goes on until it looks.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn note(_signal: i32) {
    STOP.store(true, Ordering::SeqCst);
}

/// From here on SIGINT, SIGTERM and SIGHUP only set the flag that this gives.
/// Children do not inherit it: `execve(2)` resets handlers.
pub fn on_signals() -> &'static AtomicBool {
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        // SAFETY: the handler does nothing but store to an atomic, which is
        // async-signal-safe (signal-safety(7)), and it is never taken away.
        let _ = unsafe { sigaction(signal, &action) };
    }
    &STOP
}
