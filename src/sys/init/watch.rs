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
    pub(super) sigterm_as: i32,
    /// The child stopped and left the terminal to us.
    pub(super) suspended: bool,
    /// The stop signal that we passed on last; 0 for none.
    pub(super) last_stop_signal: i32,
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
            Some(signal) => watch.on_signal(signal),
            None => watch.on_timeout(),
        };
        if let Some(code) = code {
            watch.take_terminal_from_child();
            kernel::exit(code);
        }
        next = kernel::wait_for_signal(watch.wait_limit());
    }
}

impl Watch {
    /// For how long to wait: without end, but while draining.
    #[inline(always)]
    fn wait_limit(&self) -> Option<u64> {
        match self.drain {
            Drain::Until(end) => Some(end.saturating_sub(kernel::monotonic_nanoseconds())),
            Drain::Off | Drain::For(_) => None,
        }
    }

    /// No signal came: the drain is over, unless something else woke us.
    #[inline(always)]
    fn on_timeout(&mut self) -> Option<u8> {
        if let Drain::Until(end) = self.drain
            && kernel::monotonic_nanoseconds() >= end
        {
            self.drain = Drain::Off;
            self.forward(self.sigterm_as);
        }
        None
    }

    /// Takes every child that ended, ours and orphans; the exit code once ours did.
    #[inline(always)]
    fn reap(&mut self) -> Option<u8> {
        let mut code = None;
        while let Some(change) = kernel::next_change() {
            if change.child == self.child {
                code = self.on_child_change(change.status).or(code);
            }
        }
        code
    }

    #[inline(always)]
    fn on_child_change(&mut self, status: i32) -> Option<u8> {
        if libc::WIFEXITED(status) {
            return Some(libc::WEXITSTATUS(status) as u8);
        }
        if libc::WIFSIGNALED(status) {
            return Some(128 + libc::WTERMSIG(status) as u8);
        }
        if libc::WIFSTOPPED(status) {
            self.on_child_stopped(libc::WSTOPSIG(status));
        } else {
            self.on_child_continued();
        }
        None
    }

    #[inline(always)]
    fn on_signal(&mut self, signal: Signal) -> Option<u8> {
        match signal.number {
            SIGTERM => self.on_sigterm(),
            SIGCONT => self.on_sigcont(),
            SIGTSTP | SIGTTIN | SIGTTOU => {
                self.last_stop_signal = signal.number;
                self.forward(signal.number);
            }
            // The terminal's keys come to us only while the child is stopped, and
            // are meant for a whole group.
            SIGINT | SIGQUIT if self.suspended && signal.from_kernel => {
                self.forward_to(signal.number, true);
                self.on_sigcont();
            }
            other => self.forward(other),
        }
        None
    }

    /// The first SIGTERM starts the drain, the second ends it.
    #[inline(always)]
    fn on_sigterm(&mut self) {
        match self.drain {
            Drain::For(time) => self.drain = Drain::Until(kernel::monotonic_nanoseconds() + time),
            Drain::Until(_) | Drain::Off => {
                self.drain = Drain::Off;
                self.forward(self.sigterm_as);
            }
        }
    }

    /// Passes a signal on to whom it is to go.
    #[inline(always)]
    fn forward(&self, signal: i32) {
        self.forward_to(signal, self.whole_group);
    }

    /// Passes a signal on, to the main process or its group. A group that the
    /// main process has left is empty: then to the main process alone.
    #[inline(always)]
    fn forward_to(&self, signal: i32, to_group: bool) {
        if !(to_group && kernel::kill(-self.child, signal)) {
            kernel::kill(self.child, signal);
        }
    }

    /// The child stopped. At a terminal the job that we are part of stops with
    /// it, so that the shell takes over; the kernel drops this where there is no
    /// shell above us (an orphaned process group, setpgid(2)).
    #[inline(always)]
    fn on_child_stopped(&mut self, signal: i32) {
        let asks_for_terminal = signal == SIGTTIN || signal == SIGTTOU;
        match self.terminal {
            Some((terminal, group)) if kernel::foreground_group(terminal) == Some(self.child) => {
                kernel::set_foreground_group(terminal, group);
                self.suspended = true;
                stop_job();
            }
            Some((terminal, group))
                if asks_for_terminal && kernel::foreground_group(terminal) == Some(group) =>
            {
                kernel::set_foreground_group(terminal, self.child);
                kernel::kill(-self.child, SIGCONT);
            }
            Some(_) if asks_for_terminal => {
                self.suspended = true;
                stop_job();
            }
            // Whoever stopped us through the child will continue us, too.
            _ if signal == self.last_stop_signal => {
                stop_unless_continued(kernel::own_pid(), SIGSTOP);
            }
            _ => (),
        }
    }

    /// The child was continued by someone else: the terminal is its again.
    #[inline(always)]
    fn on_child_continued(&mut self) {
        self.give_terminal_to_child();
        self.suspended = false;
    }

    /// SIGCONT came. A terminal's key stops a whole group, so all of it goes on.
    #[inline(always)]
    fn on_sigcont(&mut self) {
        self.give_terminal_to_child();
        if self.suspended {
            kernel::kill(-self.child, SIGCONT);
        } else {
            self.forward(SIGCONT);
        }
        self.suspended = false;
        self.last_stop_signal = 0;
    }

    /// After the child: the terminal is ours again where it was the child's.
    #[inline(always)]
    fn take_terminal_from_child(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground_group(terminal) == Some(self.child)
        {
            kernel::set_foreground_group(terminal, group);
        }
    }

    /// Gives the terminal to the child's group where it is ours to give: the
    /// shell put us into the foreground (`fg`).
    #[inline(always)]
    fn give_terminal_to_child(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground_group(terminal) == Some(group)
        {
            kernel::set_foreground_group(terminal, self.child);
        }
    }
}

/// Stops us, unless a SIGCONT waits for us to hear of it: the child may have been
/// asked to go on before we heard that it had stopped, and the kernel drops that
/// for any signal that stops us, as PID 1 too, which none of them does stop.
#[inline(always)]
fn stop_unless_continued(whom: i32, signal: i32) {
    if !kernel::is_pending(SIGCONT) {
        kernel::kill(whom, signal);
    }
}

/// Stops our own process group as the terminal's key would have.
#[inline(always)]
fn stop_job() {
    stop_unless_continued(0, SIGTSTP);
    kernel::change_mask(libc::SIG_UNBLOCK, SIGTSTP); // here we stop, and go on after SIGCONT
    kernel::change_mask(libc::SIG_BLOCK, SIGTSTP);
}
