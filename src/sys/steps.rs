//! Processes below us that we wait for, one after the other.

use super::exec::Image;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with an exit code.
    Code(u8),
    /// A signal ended it, or ended us both.
    Signal(i32),
}

impl End {
    /// The exit code that tells of it: 128+N for signal N, as a shell has it.
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128u8.saturating_add(u8::try_from(signal).unwrap_or(127)),
        }
    }
}

/// The signals that ask us to end, held back so that there is time to pass them
/// on and to clean up; as they were when this value goes. PID 1 needs that to
/// end at all: without a handler the kernel keeps them from it.
#[derive(Debug)]
pub struct Held {
    signals: SigSet,
    before: SigSet,
}

impl Held {
    /// Holds them back.
    pub fn take() -> nix::Result<Self> {
        let wanted = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGCHLD];
        let signals: SigSet = wanted.into_iter().collect();
        let before = SigSet::thread_get_mask()?;
        signals.thread_block()?;
        Ok(Self { signals, before })
    }

    /// Runs a process to its end. Asked to end ourselves, we ask it, and its
    /// group where that is its own.
    pub fn run(&self, image: &Image<'_>, own_group: bool) -> io::Result<End> {
        let mut command = self.command(image);
        if own_group {
            command.process_group(0);
        }
        let mut child = command.spawn()?;
        let mut asked = None;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(asked.map_or_else(|| end(status), End::Signal));
            }
            match self.signals.wait()? {
                Signal::SIGCHLD => {}
                signal => {
                    asked = Some(signal as i32);
                    pass_on(&child, signal, own_group);
                }
            }
        }
    }

    /// Runs a short one to its end and gives its standard output.
    pub fn output(&self, image: &Image<'_>) -> io::Result<(End, Vec<u8>)> {
        let mut command = self.command(image);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
        Ok((end(output.status), output.stdout))
    }

    #[allow(unsafe_code)]
    fn command(&self, image: &Image<'_>) -> Command {
        let mut command = Command::new(image.file);
        if let Some((name, arguments)) = image.arguments.split_first() {
            command.arg0(name).args(arguments);
        }
        command.env_clear().envs(image.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = image.folder {
            command.current_dir(folder);
        }
        let before = self.before;
        // SAFETY: between fork and exec only pthread_sigmask is called, which is
        // async-signal-safe (signal-safety(7)) and touches no memory but its own.
        unsafe { command.pre_exec(move || before.thread_set_mask().map_err(io::Error::from)) };
        command
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What came meanwhile has been answered, or ends us now.
        let _ = self.before.thread_set_mask();
    }
}

fn pass_on(child: &Child, signal: Signal, own_group: bool) {
    let Ok(id) = i32::try_from(child.id()) else { return };
    let _ = kill(Pid::from_raw(if own_group { -id } else { id }), signal);
}

fn end(status: ExitStatus) -> End {
    match (status.code().map(u8::try_from), status.signal()) {
        (Some(Ok(code)), _) => End::Code(code),
        (_, signal) => End::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Held};
    use crate::sys::exec::Image;
    use std::ffi::OsStr;
    use std::path::Path;

    fn shell(script: &str) -> (End, Vec<u8>) {
        let arguments = ["sh", "-c", script].map(OsStr::new).to_vec();
        let environment = [("PATH".into(), "/usr/bin:/bin".into())];
        let image = Image {
            file: Path::new("/bin/sh"),
            arguments,
            environment: &environment,
            folder: Some(Path::new("/")),
        };
        let held = Held::take().unwrap();
        let (run, output) = (held.run(&image, true).unwrap(), held.output(&image).unwrap());
        assert_eq!(run, output.0);
        output
    }

    #[test]
    fn tells_how_it_ended() {
        assert_eq!(shell("exit 3").0, End::Code(3));
        assert_eq!(shell("kill -9 $$").0, End::Signal(9));
        assert_eq!(End::Signal(15).code(), 143);
        assert_eq!(shell("pwd; exit 0").1, b"/\n");
    }

    #[test]
    fn the_child_gets_the_mask_as_it_was() {
        let (_, mask) = shell("grep -c 'SigBlk:\\s0*$' /proc/self/status");
        assert_eq!(mask, b"1\n");
    }
}
