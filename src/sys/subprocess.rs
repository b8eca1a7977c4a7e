//! Processes below us that we wait for, one after the other.

use super::exec::ExecImage;
use super::interrupt::{ENDING, Interrupt};
use super::net::{self, Interest};
pub use super::spawn::ChildEnd;
use super::spawn::{self, Start, Stream};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

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
        let signals: SigSet = ENDING.into_iter().chain([Signal::SIGCHLD]).collect();
        let before = SigSet::thread_get_mask()?;
        signals.thread_block()?;
        Ok(Self { signals, before })
    }

    /// Runs a process to its end. Asked to end ourselves, we ask it, and its
    /// group where that is its own.
    pub fn run(&self, image: &ExecImage<'_>, own_group: bool) -> io::Result<ChildEnd> {
        let start = Start { streams: [Stream::Ours; 3], group: own_group, mask: Some(self.before) };
        let mut child = spawn::start(image, &start)?;
        let mut asked = None;
        loop {
            if let Some(end) = child.try_wait()? {
                return Ok(asked.map_or(end, ChildEnd::Signal));
            }
            match self.signals.wait()? {
                Signal::SIGCHLD => {}
                signal => {
                    asked = Some(signal as i32);
                    let id = child.pid().as_raw();
                    let _ = kill(Pid::from_raw(if own_group { -id } else { id }), signal);
                }
            }
        }
    }

    /// Waits that long, or until we are asked to end: then the signal's number.
    pub fn pause(&self, pause: Duration) -> io::Result<Option<i32>> {
        let interrupt = Interrupt::hold()?;
        net::wait(&[(interrupt.as_fd(), Interest::Read)], Some(pause))?;
        Ok(interrupt.taken().map(i32::from))
    }

    /// Runs a short one to its end and gives its standard output.
    pub fn output(&self, image: &ExecImage<'_>) -> io::Result<(ChildEnd, Vec<u8>)> {
        spawn::output(image, Stream::Nothing, Some(self.before))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What came meanwhile has been answered, or ends us now.
        let _ = self.before.thread_set_mask();
    }
}

#[cfg(test)]
mod tests {
    use super::{ChildEnd, Held};
    use crate::sys::exec::ExecImage;
    use std::ffi::OsStr;
    use std::path::Path;

    fn shell(script: &str) -> (ChildEnd, Vec<u8>) {
        let arguments = ["sh", "-c", script].map(OsStr::new).to_vec();
        let environment = [("PATH".into(), "/usr/bin:/bin".into())];
        let image = ExecImage {
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
        assert_eq!(shell("exit 3").0, ChildEnd::Code(3));
        assert_eq!(shell("kill -9 $$").0, ChildEnd::Signal(9));
        assert_eq!(ChildEnd::Signal(15).code(), 143);
        assert_eq!(shell("pwd; exit 0").1, b"/\n");
    }

    #[test]
    fn the_child_gets_the_mask_as_it_was() {
        let (_, mask) = shell("grep -c 'SigBlk:\\s0*$' /proc/self/status");
        assert_eq!(mask, b"1\n");
    }
}
