//! Start the main process in a new process group, with the terminal and the initial
//! signal mask and handlers.

use super::Error;
use super::terminal::Terminal;
use crate::sys::child::{ForkError, fork};
use crate::sys::exec::{self, Prepared};
use crate::sys::signals::{self, BlockedSignals};
use nix::unistd::{self, Pid};

/// Starts the child. Returns when it has executed the program.
pub(super) fn spawn(
    image: &Prepared,
    signals: &BlockedSignals,
    terminal: Option<&Terminal>,
) -> Result<i32, Error> {
    let terminal = terminal.filter(|terminal| terminal.is_in_foreground());
    let before_exec = || {
        let this_process = Pid::from_raw(0);
        unistd::setpgid(this_process, this_process)?;
        if let Some(terminal) = terminal {
            terminal.set_foreground_group(unistd::getpgrp().as_raw());
        }
        // A signal to the parent's group that arrived before setpgid is pending in the
        // parent as well, which forwards it.
        signals::discard_stop_signals();
        signals.restore_in_child()
    };
    match fork(image, &before_exec) {
        Ok(child) => {
            let _ = unistd::chdir("/"); // do not keep the file system of the folder in use
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
