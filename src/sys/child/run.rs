//! A child that we wait for, and to which we pass on the signals that ask us to end.

use super::{ChildEnd, ChildStart, Stream, start};
use crate::sys::exec::ExecImage;
use crate::sys::interrupt::Interrupt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;

/// Runs a process with our standard streams to its end. A signal that asks us to
/// end is passed on to it, or to its group where it leads one, and is then the
/// result.
pub fn run(image: &ExecImage<'_>, own_group: bool, interrupt: &Interrupt) -> io::Result<ChildEnd> {
    let mask = Some(interrupt.mask_before());
    let mut child = start(image, &ChildStart { streams: [Stream::Inherited; 3], own_group, mask })?;
    let mut received = None;
    loop {
        if let Some(end) = child.try_wait()? {
            return Ok(received.map_or(end, ChildEnd::Signal));
        }
        match interrupt.wait_for_any()? {
            Signal::SIGCHLD => {}
            signal => {
                received = Some(signal as i32);
                let id = child.pid().as_raw();
                let _ = kill(Pid::from_raw(if own_group { -id } else { id }), signal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChildEnd, Stream, output};
    use super::run;
    use crate::sys::exec::ExecImage;
    use crate::sys::interrupt::Interrupt;
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
        let interrupt = Interrupt::block().unwrap();
        let captured = output(&image, Stream::Null, Some(interrupt.mask_before())).unwrap();
        assert_eq!(run(&image, true, &interrupt).unwrap(), captured.0);
        captured
    }

    #[test]
    fn the_end_is_reported() {
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
