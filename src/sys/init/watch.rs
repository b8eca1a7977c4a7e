//! The wait loop: one signal, what it means, the next one.
//!
//! Everything in here is inlined into [`watch`] and talks to the kernel by
//! itself, so that waiting keeps a page or two of the binary in memory.

use super::kernel::{self, Signal};
use nix::libc::{self, SIGCONT, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

/// What we watch, and what we know of it.
#[derive(Debug)]
pub(super) struct Watch {
    /// The main process, the leader of its own process group.
    pub(super) child: i32,
    /// Who gets the signals: the main process, or its group.
    pub(super) whole_group: bool,
    /// The terminal's descriptor and our own process group.
    pub(super) terminal: Option<(i32, i32)>,
    /// What the first SIGTERM does.
    pub(super) drain: Drain,
    /// What SIGTERM is passed on as.
    pub(super) end: i32,
    /// The child stopped and left the terminal to us.
    pub(super) parked: bool,
    /// The stop signal that we passed on last; 0 for none.
    pub(super) passed_stop: i32,
}

/// How long we keep serving after SIGTERM, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drain {
    /// Not at all: SIGTERM is passed on when it comes.
    Off,
    /// That long, once SIGTERM comes.
    For(u64),
    /// Until then on the monotonic clock: SIGTERM has come.
    Until(u64),
}

/// Serves the child until it ends, and ends with it: with its exit code, or
/// 128+N where signal N ended it.
pub(super) fn watch(watch: &mut Watch) -> ! {
    // Of a child that we had before all signals were held back, a hook's daemon
    // for one, and that has ended since, nobody will tell us.
    let mut next = Some(Signal { number: libc::SIGCHLD, from_kernel: true });
    loop {
        let code = match next {
            Some(signal) if signal.number == libc::SIGCHLD => watch.reap(),
            Some(signal) => watch.receive(signal),
            None => watch.out_of_patience(),
        };
        if let Some(code) = code {
            watch.take_terminal_back();
            kernel::exit(code);
        }
        next = kernel::wait_for_signal(watch.patience());
    }
}

impl Watch {
    /// For how long to wait: without end, but while draining.
    #[inline(always)]
    fn patience(&self) -> Option<u64> {
        match self.drain {
            Drain::Until(end) => Some(end.saturating_sub(kernel::now())),
            Drain::Off | Drain::For(_) => None,
        }
    }

    /// No signal came: the drain is over, unless something else woke us.
    #[inline(always)]
    fn out_of_patience(&mut self) -> Option<u8> {
        if let Drain::Until(end) = self.drain
            && kernel::now() >= end
        {
            self.drain = Drain::Off;
            self.pass_on(self.end);
        }
        None
    }

    /// Takes every child that ended, ours and orphans; the exit code once ours did.
    #[inline(always)]
    fn reap(&mut self) -> Option<u8> {
        let mut code = None;
        while let Some(change) = kernel::next_change() {
            if change.child == self.child {
                code = self.changed(change.status).or(code);
            }
        }
        code
    }

    #[inline(always)]
    fn changed(&mut self, status: i32) -> Option<u8> {
        if libc::WIFEXITED(status) {
            return Some(libc::WEXITSTATUS(status) as u8);
        }
        if libc::WIFSIGNALED(status) {
            return Some(128 + libc::WTERMSIG(status) as u8);
        }
        if libc::WIFSTOPPED(status) {
            self.child_stopped(libc::WSTOPSIG(status));
        } else {
            self.child_went_on();
        }
        None
    }

    #[inline(always)]
    fn receive(&mut self, signal: Signal) -> Option<u8> {
        match signal.number {
            SIGTERM => self.terminate(),
            SIGCONT => self.go_on(),
            SIGTSTP | SIGTTIN | SIGTTOU => {
                self.passed_stop = signal.number;
                self.pass_on(signal.number);
            }
            // The terminal's keys come to us only while the child is stopped, and
            // are meant for a whole group.
            SIGINT | SIGQUIT if self.parked && signal.from_kernel => {
                self.pass(signal.number, true);
                self.go_on();
            }
            other => self.pass_on(other),
        }
        None
    }

    /// The first SIGTERM starts the drain, the second ends it.
    #[inline(always)]
    fn terminate(&mut self) {
        match self.drain {
            Drain::For(time) => self.drain = Drain::Until(kernel::now() + time),
            Drain::Until(_) | Drain::Off => {
                self.drain = Drain::Off;
                self.pass_on(self.end);
            }
        }
    }

    /// Passes a signal on to whom it is to go.
    #[inline(always)]
    fn pass_on(&self, signal: i32) {
        self.pass(signal, self.whole_group);
    }

    /// Passes a signal on, to the main process or its group. A group that the
    /// main process has left is empty: then to the main process alone.
    #[inline(always)]
    fn pass(&self, signal: i32, to_group: bool) {
        if !(to_group && kernel::send(-self.child, signal)) {
            kernel::send(self.child, signal);
        }
    }

    /// The child stopped. At a terminal the job that we are part of stops with
    /// it, so that the shell takes over; the kernel drops this where there is no
    /// shell above us (an orphaned process group, setpgid(2)).
    #[inline(always)]
    fn child_stopped(&mut self, signal: i32) {
        let asks_for_terminal = signal == SIGTTIN || signal == SIGTTOU;
        match self.terminal {
            Some((terminal, group)) if kernel::foreground(terminal) == Some(self.child) => {
                kernel::set_foreground(terminal, group);
                self.parked = true;
                stop_job();
            }
            Some((terminal, group)) if asks_for_terminal && kernel::foreground(terminal) == Some(group) => {
                kernel::set_foreground(terminal, self.child);
                kernel::send(-self.child, SIGCONT);
            }
            Some(_) if asks_for_terminal => {
                self.parked = true;
                stop_job();
            }
            // Whoever stopped us through the child will continue us, too.
            _ if signal == self.passed_stop => {
                stop(kernel::own_pid(), SIGSTOP);
            }
            _ => (),
        }
    }

    /// The child was continued by someone else: the terminal is its again.
    #[inline(always)]
    fn child_went_on(&mut self) {
        self.hand_terminal_over();
        self.parked = false;
    }

    /// SIGCONT came. A terminal's key stops a whole group, so all of it goes on.
    #[inline(always)]
    fn go_on(&mut self) {
        self.hand_terminal_over();
        if self.parked {
            kernel::send(-self.child, SIGCONT);
        } else {
            self.pass_on(SIGCONT);
        }
        self.parked = false;
        self.passed_stop = 0;
    }

    /// After the child: the terminal is ours again where it was the child's.
    #[inline(always)]
    fn take_terminal_back(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground(terminal) == Some(self.child)
        {
            kernel::set_foreground(terminal, group);
        }
    }

    /// Gives the terminal to the child's group where it is ours to give: the
    /// shell put us into the foreground (`fg`).
    #[inline(always)]
    fn hand_terminal_over(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground(terminal) == Some(group)
        {
            kernel::set_foreground(terminal, self.child);
        }
    }
}

/// Stops us, unless a SIGCONT waits for us to hear of it: the child may have been
/// asked to go on before we heard that it had stopped, and the kernel drops that
/// for any signal that stops us, as PID 1 too, which none of them does stop.
#[inline(always)]
fn stop(whom: i32, signal: i32) {
    if !kernel::is_pending(SIGCONT) {
        kernel::send(whom, signal);
    }
}

/// Stops our own process group as the terminal's key would have.
#[inline(always)]
fn stop_job() {
    stop(0, SIGTSTP);
    kernel::mask(libc::SIG_UNBLOCK, SIGTSTP); // here we stop, and go on after SIGCONT
    kernel::mask(libc::SIG_BLOCK, SIGTSTP);
}
