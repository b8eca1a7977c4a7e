//! The init: starts the main process, forwards signals, reaps orphans.
//!
//! It blocks all signals, starts the main process with the initial signal mask and
//! handlers, and then sleeps in a loop until a signal arrives. If it is not PID 1, it is
//! a subreaper, so that orphans below it become its children all the same (prctl(2)).

mod kernel;
mod spawn;
mod terminal;
mod watch;

use super::exec::{self, ExecImage, Prepared};
use super::signals::BlockedSignals;
use nix::errno::Errno;
use nix::libc;
use std::convert::Infallible;
use std::time::Duration;
use terminal::Terminal;
use watch::{Drain, Watch};

/// The options of the init.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Forward signals to the process group of the main process, not to it alone.
    pub whole_group: bool,
    /// How long to wait before the first SIGTERM is forwarded. A second one ends the wait.
    pub drain: Option<Duration>,
    /// Forward SIGTERM as SIGINT, for a process that shuts down cleanly only on SIGINT.
    pub interrupt: bool,
}

/// Why the main process could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `fork(2)` failed, or a call before it.
    #[error("cannot start a process: {0}")]
    Start(#[source] Errno),
    /// The same errors as without an init.
    #[error(transparent)]
    Exec(#[from] exec::Error),
}

/// Runs the main process until it ends, and exits with its exit code, or with 128+N if
/// signal N ended it. Returns only if the process could not be started.
pub fn run(image: &ExecImage<'_>, options: Options) -> Error {
    match start_and_watch(image, options) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

fn start_and_watch(image: &ExecImage<'_>, options: Options) -> Result<Infallible, Error> {
    let prepared = image.prepare()?;
    prepared.enter()?;
    become_subreaper();
    let signals = BlockedSignals::block_all().map_err(Error::Start)?;
    let terminal = Terminal::find();
    let spawn = |image: &Prepared| spawn::spawn(image, &signals, terminal.as_ref());
    let child = spawn(&prepared).or_else(|error| start_as_shell_script(image, error, &spawn));
    let child = child.inspect_err(|_| signals.unblock())?;
    drop(prepared);
    let terminal_and_group = terminal.as_ref().map(|terminal| (terminal.descriptor(), terminal.group()));
    close_files(terminal.as_ref());
    let mut state = Watch {
        child,
        whole_group: options.whole_group,
        terminal: terminal_and_group,
        drain: options.drain.map_or(Drain::Off, |time| Drain::For(nanoseconds(time))),
        sigterm_as: if options.interrupt { libc::SIGINT } else { libc::SIGTERM },
        suspended: false,
        last_stop_signal: 0,
    };
    watch::watch(&mut state)
}

/// Starts a script without a `#!` line with the shell, after `execve(2)` rejected it.
fn start_as_shell_script(
    image: &ExecImage<'_>,
    error: Error,
    spawn: &dyn Fn(&Prepared) -> Result<i32, Error>,
) -> Result<i32, Error> {
    let Error::Exec(exec_error) = error else { return Err(error) };
    match image.as_shell_script(&exec_error) {
        None => Err(exec_error.into()),
        Some(script) => spawn(&script.prepare()?).map_err(|_| exec_error.into()),
    }
}

/// Caps the time at 146 years: the sum with the monotonic clock must not overflow.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}

/// Makes orphans below this process its children. PID 1 gets them without it.
fn become_subreaper() {
    if !nix::unistd::getpid().eq(&nix::unistd::Pid::from_raw(1)) {
        // SAFETY: no memory is involved. Available since Linux 3.4.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    }
}

/// Closes the descriptors that only the main process needs. Otherwise a reader of its
/// pipes would not see their end when it closes them. Standard error stays open.
fn close_files(terminal: Option<&Terminal>) {
    // SAFETY: nothing uses these descriptors any more: standard input and output, and
    // the inherited ones above 2. Before Linux 5.9, which has no close_range(2), they stay
    // open, as in other inits.
    let close = |first: i32, last: u32| unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    close(0, 1);
    match terminal.map(Terminal::descriptor) {
        None => close(3, u32::MAX),
        Some(kept) => close(3, kept as u32 - 1).min(close(kept + 1, u32::MAX)),
    };
}
