//! The child: a group of its own, the terminal, the signals as we found them.

use super::Error;
use super::terminal::Terminal;
use crate::sys::child::{ForkError, fork};
use crate::sys::exec::{self, Prepared};
use crate::sys::signals::{self, BlockedSignals};
use nix::unistd::{self, Pid};

/// Starts the child; it is running the new program when this returns.
pub(super) fn spawn(
    image: &Prepared,
    signals: &BlockedSignals,
    terminal: Option<&Terminal>,
) -> Result<i32, Error> {
    let terminal = terminal.filter(|terminal| terminal.is_in_foreground());
    let before = || {
        let own = Pid::from_raw(0);
        unistd::setpgid(own, own)?;
        if let Some(terminal) = terminal {
            terminal.set_foreground_group(unistd::getpgrp().as_raw());
        }
        // What came for our group before it was in its own is pending with us as
        // well, and is passed on.
        signals::discard_stop_signals();
        signals.restore_in_child()
    };
    match fork(image, &before) {
        Ok(child) => {
            let _ = unistd::chdir("/"); // the folder is the child's alone, and may be unmounted
            Ok(child.as_raw())
        }
        Err(ForkError::Fork(errno)) => Err(Error::Start(errno)),
        Err(ForkError::Image(errno)) => {
            if let Some(terminal) = terminal {
                terminal.set_foreground_group(terminal.group());
            }
            Err(exec::Error::Exec(errno).into())
        }
    }
}
