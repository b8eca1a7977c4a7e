//! Run a child in the foreground and forward termination signals to it.

use super::{ChildEnd, ChildStart, Stream, start};
use crate::sys::exec::ExecImage;
use crate::sys::interrupt::Interrupt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io;

/// Runs a child with the standard streams of this process until it ends. A termination
/// signal is forwarded to the child, or to its group if `own_group` is set, and is then
/// the result.
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

    fn run_and_capture(script: &str) -> (ChildEnd, Vec<u8>) {
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
    fn the_exit_code_or_signal_is_reported() {
        assert_eq!(run_and_capture("exit 3").0, ChildEnd::Code(3));
        assert_eq!(run_and_capture("kill -9 $$").0, ChildEnd::Signal(9));
        assert_eq!(ChildEnd::Signal(15).code(), 143);
        assert_eq!(run_and_capture("pwd; exit 0").1, b"/\n");
    }

    #[test]
    fn the_child_gets_the_mask_from_before_the_block() {
        let (_, mask) = run_and_capture("grep -c 'SigBlk:\\s0*$' /proc/self/status");
        assert_eq!(mask, b"1\n");
    }
}
