//! Process 1: starts the main process, passes signals on, reaps orphans.
//!
//! In stages: all signals held back, the child started with everything as we
//! found it, then a loop that sleeps until a signal comes. Not PID 1, we are a
//! subreaper, so that orphans below us come to us all the same (prctl(2)).

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

/// How to be an init.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Pass signals on to the main process's whole group, not to it alone.
    pub whole_group: bool,
    /// How long to keep serving after the first SIGTERM before it is passed on;
    /// a second one ends the wait.
    pub drain: Option<Duration>,
    /// Pass SIGTERM on as SIGINT, to a process that ends well only by that.
    pub interrupt: bool,
}

/// Why the main process does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `fork(2)` failed, or what comes before it.
    #[error("cannot start a process: {0}")]
    Start(#[source] Errno),
    /// As where the process takes our place.
    #[error(transparent)]
    Exec(#[from] exec::Error),
}

/// Runs the process under us until it ends, and ends with its exit code, or
/// 128+N where signal N ended it. Returns only where it could not be started.
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
    let own = terminal.as_ref().map(|terminal| (terminal.descriptor(), terminal.group()));
    close_files(terminal.as_ref());
    let mut watched = Watch {
        child,
        whole_group: options.whole_group,
        terminal: own,
        drain: options.drain.map_or(Drain::Off, |time| Drain::For(nanoseconds(time))),
        sigterm_as: if options.interrupt { libc::SIGINT } else { libc::SIGTERM },
        suspended: false,
        last_stop_signal: 0,
    };
    watch::watch(&mut watched)
}

/// Starts a script without a `#!` line with the shell, after the kernel refused it.
fn start_as_shell_script(
    image: &ExecImage<'_>,
    error: Error,
    spawn: &dyn Fn(&Prepared) -> Result<i32, Error>,
) -> Result<i32, Error> {
    let Error::Exec(refused) = error else { return Err(error) };
    match image.as_shell_script(&refused) {
        None => Err(refused.into()),
        Some(script) => spawn(&script.prepare()?).map_err(|_| refused.into()),
    }
}

/// A whole century of nanoseconds fits, and nobody waits for longer.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}

/// Orphans below us become our children. PID 1 gets them anyway.
fn become_subreaper() {
    if !nix::unistd::getpid().eq(&nix::unistd::Pid::from_raw(1)) {
        // SAFETY: no memory is involved. Linux has it since 3.4.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    }
}

/// What is the child's alone from now on: who reads from its pipes sees their
/// end when it closes them. Standard error stays ours, too.
fn close_files(terminal: Option<&Terminal>) {
    // SAFETY: nobody uses these descriptors any more: standard input and output,
    // and whatever we were started with beyond them. Where the kernel doesn't
    // know the call (before Linux 5.9) they stay open, as in other inits.
    let close = |first: i32, last: u32| unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    close(0, 1);
    match terminal.map(Terminal::descriptor) {
        None => close(3, u32::MAX),
        Some(kept) => close(3, kept as u32 - 1).min(close(kept + 1, u32::MAX)),
    };
}
