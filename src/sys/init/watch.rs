//! The wait loop: receives one signal after the other and handles it.
//!
//! Everything in this file is inlined into [`watch`] and makes system calls without libc,
//! so that the loop needs only one or two pages of the binary in memory.

use super::kernel::{self, Signal};
use nix::libc::{self, SIGCONT, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

/// The state of the loop.
#[derive(Debug)]
pub(super) struct Watch {
    /// The process id of the main process, which leads its own process group.
    pub(super) child: i32,
    /// Whether the whole group of the main process gets the signals.
    pub(super) whole_group: bool,
    /// The descriptor of the terminal, and the process group of the init.
    pub(super) terminal: Option<(i32, i32)>,
    /// Whether SIGTERM is delayed.
    pub(super) drain: Drain,
    /// The signal that SIGTERM is forwarded as.
    pub(super) sigterm_as: i32,
    /// The child is stopped, and the init has the terminal.
    pub(super) suspended: bool,
    /// The stop signal that was forwarded last; 0 for none.
    pub(super) last_stop_signal: i32,
}

/// How long the process goes on serving after SIGTERM, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drain {
    /// No drain: SIGTERM is forwarded at once.
    Off,
    /// Drain for this time when SIGTERM arrives.
    For(u64),
    /// SIGTERM has arrived: drain until this time of the monotonic clock.
    Until(u64),
}

/// Handles signals until the child ends, and exits with its exit code, or with 128+N if
/// signal N ended it.
pub(super) fn watch(watch: &mut Watch) -> ! {
    // A child from before all signals were blocked, such as the daemon of a hook, may have
    // ended already: no SIGCHLD arrives for it, so the loop starts by reaping.
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
    /// The longest time to wait for a signal: until the end of the drain. `None`: no limit.
    #[inline(always)]
    fn wait_limit(&self) -> Option<u64> {
        match self.drain {
            Drain::Until(end) => Some(end.saturating_sub(kernel::monotonic_nanoseconds())),
            Drain::Off | Drain::For(_) => None,
        }
    }

    /// No signal arrived: ends the drain if its time is over.
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

    /// Reaps every child that ended, including orphans. Returns the exit code if the main
    /// process ended.
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
            // The keys of the terminal reach the init only while the child is stopped, and
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

    /// Forwards a signal to the main process, or to its group if `whole_group` is set.
    #[inline(always)]
    fn forward(&self, signal: i32) {
        self.forward_to(signal, self.whole_group);
    }

    /// Forwards a signal to the main process or to its group. If the main process has left
    /// its group, the group is empty: the signal then goes to the main process alone.
    #[inline(always)]
    fn forward_to(&self, signal: i32, to_group: bool) {
        if !(to_group && kernel::kill(-self.child, signal)) {
            kernel::kill(self.child, signal);
        }
    }

    /// The child stopped. On a terminal the job that the init belongs to stops as well, so
    /// that the shell takes over. Without a shell above, in an orphaned process group, the
    /// kernel ignores the stop (setpgid(2)).
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
            // The sender of the forwarded stop signal will continue the init, too.
            _ if signal == self.last_stop_signal => {
                stop_unless_continued(kernel::own_pid(), SIGSTOP);
            }
            Some(_) | None => (),
        }
    }

    /// Another process continued the child: the child gets the terminal again.
    #[inline(always)]
    fn on_child_continued(&mut self) {
        self.give_terminal_to_child();
        self.suspended = false;
    }

    /// SIGCONT arrived. A key of the terminal stops a whole group, so the whole group is
    /// continued.
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

    /// After the end of the child: takes the terminal back, if the child had it.
    #[inline(always)]
    fn take_terminal_from_child(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground_group(terminal) == Some(self.child)
        {
            kernel::set_foreground_group(terminal, group);
        }
    }

    /// Gives the terminal to the child's group, if the init is in the foreground: the shell
    /// may have put it there (`fg`).
    #[inline(always)]
    fn give_terminal_to_child(&self) {
        if let Some((terminal, group)) = self.terminal
            && kernel::foreground_group(terminal) == Some(group)
        {
            kernel::set_foreground_group(terminal, self.child);
        }
    }
}

/// Sends a stop signal to the init or its group, unless a SIGCONT is pending. The SIGCONT
/// may have been sent before the init learned that the child had stopped, and the kernel
/// discards a pending SIGCONT when a stop signal is sent. This also applies to PID 1,
/// which no stop signal stops.
#[inline(always)]
fn stop_unless_continued(target: i32, signal: i32) {
    if !kernel::is_pending(SIGCONT) {
        kernel::kill(target, signal);
    }
}

/// Stops the process group of the init, as the key of the terminal would.
#[inline(always)]
fn stop_job() {
    stop_unless_continued(0, SIGTSTP);
    kernel::change_mask(libc::SIG_UNBLOCK, SIGTSTP); // the init stops here, and continues after SIGCONT
    kernel::change_mask(libc::SIG_BLOCK, SIGTSTP);
}
