//! Child processes: started, waited for, their output read.

mod capture;
mod fork;
mod lines;
mod run;

pub use capture::{Captured, Stderr, capture};
pub(super) use fork::{ForkError, fork};
pub use lines::{Conversation, OutputLine, StreamEnd, stream_lines};
pub use run::run;

use super::exec::ExecImage;
use super::signals;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{self, Pid};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

/// What one of a child's standard streams is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Ours.
    Inherited,
    /// `/dev/null`.
    Null,
    /// A pipe to us.
    Pipe,
}

/// How a child is to be started.
#[derive(Debug, Clone, Copy)]
pub struct ChildStart {
    /// Its standard input, output and error.
    pub streams: [Stream; 3],
    /// Whether it leads a new process group.
    pub own_group: bool,
    /// Its signal mask; ours where it is `None`.
    pub mask: Option<SigSet>,
}

/// A child that was started.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    /// How it ended, once that is known.
    end: Option<ChildEnd>,
    /// Our ends of its pipes.
    pub pipes: [Option<OwnedFd>; 3],
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildEnd {
    /// By itself, with an exit code.
    Code(u8),
    /// A signal ended it, or ended us both.
    Signal(i32),
}

impl ChildEnd {
    /// The exit code that reports it: 128+N for signal N, as in a shell.
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128u8.saturating_add(u8::try_from(signal).unwrap_or(127)),
        }
    }
}

/// Starts a child; it is running the program when this returns.
pub fn start(image: &ExecImage<'_>, options: &ChildStart) -> io::Result<Child> {
    let prepared = image.prepare().map_err(io::Error::other)?;
    let mut pipes = [None, None, None];
    let mut theirs: [Option<OwnedFd>; 3] = [None, None, None];
    for (number, stream) in options.streams.iter().enumerate() {
        match stream {
            Stream::Inherited => {}
            Stream::Null => theirs[number] = Some(dev_null()?),
            Stream::Pipe => {
                let (reader, writer) = unistd::pipe2(OFlag::O_CLOEXEC)?;
                let (ours, its) = if number == 0 { (writer, reader) } else { (reader, writer) };
                (pipes[number], theirs[number]) = (Some(ours), Some(its));
            }
        }
    }
    let before = || {
        for (number, stream) in theirs.iter().enumerate() {
            if let Some(stream) = stream {
                duplicate(stream.as_raw_fd(), number)?;
            }
        }
        if options.own_group {
            unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
        }
        options.mask.map_or(Ok(()), |mask| mask.thread_set_mask())?;
        signals::restore_handlers();
        prepared.enter_folder()
    };
    let pid = fork(&prepared, &before).map_err(|(ForkError::Fork(errno) | ForkError::Image(errno))| errno)?;
    Ok(Child { pid, end: None, pipes })
}

/// Runs a program to its end, with nothing to read, and gives what it wrote to
/// standard output.
pub fn output(
    image: &ExecImage<'_>,
    stderr: Stream,
    mask: Option<SigSet>,
) -> io::Result<(ChildEnd, Vec<u8>)> {
    let streams = [Stream::Null, Stream::Pipe, stderr];
    let mut child = start(image, &ChildStart { streams, own_group: false, mask })?;
    let mut stdout = Vec::new();
    if let Some(pipe) = child.pipes[1].take() {
        File::from(pipe).read_to_end(&mut stdout)?;
    }
    Ok((child.wait()?, stdout))
}

fn dev_null() -> Result<OwnedFd, Errno> {
    open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
}

fn duplicate(from: RawFd, number: usize) -> Result<(), Errno> {
    // SAFETY: in a child that is about to be another program: whatever was
    // there under that number, nobody of ours uses it any more.
    Errno::result(unsafe { libc::dup2(from, number as RawFd) }).map(drop)
}

impl Child {
    /// Its process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// How it ended, where it has.
    pub fn try_wait(&mut self) -> io::Result<Option<ChildEnd>> {
        self.poll_end(libc::WNOHANG)
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> io::Result<ChildEnd> {
        loop {
            if let Some(end) = self.poll_end(0)? {
                return Ok(end);
            }
        }
    }

    /// In libc's terms, since nix's `waitpid` refuses real-time signals. The kernel
    /// reports an end once, so it is kept.
    fn poll_end(&mut self, options: libc::c_int) -> io::Result<Option<ChildEnd>> {
        if self.end.is_none() {
            let mut status = 0;
            // SAFETY: the status lives through the call.
            let child = unsafe { libc::waitpid(self.pid.as_raw(), &raw mut status, options) };
            self.end = match Errno::result(child) {
                Ok(0) | Err(Errno::EINTR) => None,
                Ok(_) if libc::WIFSIGNALED(status) => Some(ChildEnd::Signal(libc::WTERMSIG(status))),
                Ok(_) => Some(ChildEnd::Code(libc::WEXITSTATUS(status) as u8)),
                Err(errno) => return Err(errno.into()),
            };
        }
        Ok(self.end)
    }

    /// Sends it a signal, unless it is known to have ended.
    pub fn send_signal(&self, signal: Signal) {
        if self.end.is_none() {
            let _ = kill(self.pid, signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChildEnd, ChildStart, Stream, output, start};
    use crate::sys::exec::ExecImage;
    use std::ffi::{OsStr, OsString};
    use std::fs::File;
    use std::io::{ErrorKind, Read, Write};
    use std::path::Path;

    const PIPES: ChildStart = ChildStart { streams: [Stream::Pipe; 3], own_group: true, mask: None };

    fn image<'a>(words: &'a [&'a str], environment: &'a [(OsString, OsString)]) -> ExecImage<'a> {
        let arguments = words.iter().map(OsStr::new).collect();
        ExecImage { file: Path::new(words[0]), arguments, environment, folder: None }
    }

    #[test]
    fn a_child_with_three_pipes() {
        let script = "cat; echo \"$A\" >&2; ps -o pgid= -p $$ | tr -d ' '; kill -9 $$";
        let environment = [("PATH".into(), "/usr/bin:/bin".into()), ("A".into(), "b c".into())];
        let mut child = start(&image(&["/bin/sh", "-c", script], &environment), &PIPES).unwrap();
        let [stdin, stdout, stderr] = std::mem::take(&mut child.pipes).map(|pipe| File::from(pipe.unwrap()));
        { stdin }.write_all(b"heard\n").unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        { stdout }.read_to_string(&mut out).unwrap();
        { stderr }.read_to_string(&mut err).unwrap();
        assert_eq!((out, err), (format!("heard\n{}\n", child.pid()), "b c\n".to_owned()));
        assert_eq!(child.wait().unwrap(), ChildEnd::Signal(9));
        assert_eq!(child.try_wait().unwrap(), Some(ChildEnd::Signal(9)));
    }

    #[test]
    fn a_real_time_signal_is_an_end_too() {
        let environment = [("PATH".into(), "/usr/bin:/bin".into())];
        let (end, _) =
            output(&image(&["/bin/bash", "-c", "kill -35 $$"], &environment), Stream::Inherited, None)
                .unwrap();
        assert_eq!((end, end.code()), (ChildEnd::Signal(35), 163));
    }

    #[test]
    fn what_cannot_run_is_an_error() {
        let missing = start(&image(&["/nowhere/x"], &[]), &PIPES).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let mut elsewhere = image(&["/bin/true"], &[]);
        elsewhere.folder = Some(Path::new("/nowhere"));
        assert_eq!(start(&elsewhere, &PIPES).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn stdin_is_empty_and_the_whole_output_is_read() {
        let script = "cat; head -c 200000 /dev/zero; exit 255";
        let environment = [("PATH".into(), "/usr/bin:/bin".into())];
        let (end, stdout) =
            output(&image(&["/bin/sh", "-c", script], &environment), Stream::Inherited, None).unwrap();
        assert_eq!((end, stdout.len()), (ChildEnd::Code(255), 200_000));
    }
}
