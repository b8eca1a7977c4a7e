//! Children whose output is read line by line while they run.

use super::{Child, ChildStart, Stream, start};
use crate::sys::exec::ExecImage;
use crate::sys::lookup::{self, Lookup};
use crate::sys::threads;
use nix::sys::signal::Signal;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// The time between SIGTERM and SIGKILL.
const KILL_AFTER: Duration = Duration::from_secs(10);

/// The interval between checks of the limit and of `cancelled`.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// After the child has ended, how long a pipe that a grandchild keeps open must be silent
/// before reading stops.
const SILENCE_AFTER_END: Duration = Duration::from_secs(1);

/// The largest line in bytes. Longer lines, for example progress bars, are split.
const MAX_LINE: u64 = 64 << 10;

/// The largest line of a [`Conversation`] in bytes. The response with the history of a host is one line.
/// A longer line ends the output, as if the child had closed it.
const MAX_MESSAGE: u64 = 16 << 20;

/// How many lines wait to be received. Then reading pauses, and the child with it, so that an output of
/// any size takes little memory.
const QUEUE: usize = 16;

/// Whether a line is from standard error, and the line without its line ending.
pub type OutputLine = (bool, String);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// It exited with this code; 128+N for signal N.
    Code(i32),
    /// It was terminated at the limit.
    TimedOut,
    /// It was terminated because of `cancelled`.
    Cancelled,
}

/// Runs a program to its end with an empty standard input. Calls `on_line` for each line
/// when it arrives; the first argument is true for standard error. Terminates the child
/// after `limit`, or when `cancelled` returns true.
pub fn stream_lines(
    argv: &[impl AsRef<OsStr>],
    limit: Duration,
    cancelled: &dyn Fn() -> bool,
    on_line: &mut dyn FnMut(bool, &str),
) -> io::Result<StreamEnd> {
    let argv: Vec<&OsStr> = argv.iter().map(AsRef::as_ref).collect();
    let mut child = start_program(argv.first().copied(), &argv, Stream::Null, false)?;
    let lines = output_lines(&mut child, LongLine::Split)?;
    let deadline = Instant::now() + limit;
    let mut ended = None;
    let mut silence = Duration::ZERO;
    let mut terminated = None;
    loop {
        match lines.recv_timeout(POLL_INTERVAL) {
            Ok((err, line)) => {
                silence = Duration::ZERO;
                on_line(err, &line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            // A grandchild may keep the pipe open after the child.
            Err(RecvTimeoutError::Timeout) if ended.is_some() && silence >= SILENCE_AFTER_END => break,
            Err(RecvTimeoutError::Timeout) => silence += POLL_INTERVAL,
        }
        if ended.is_none() {
            ended = child.try_wait()?;
        }
        if terminated.is_none() && ended.is_none() {
            terminated =
                [(cancelled(), StreamEnd::Cancelled), (Instant::now() >= deadline, StreamEnd::TimedOut)]
                    .into_iter()
                    .find(|(due, _)| *due)
                    .map(|(_, end)| end);
            if terminated.is_some() {
                terminate(&mut child);
            }
        }
    }
    let end = child.wait()?;
    Ok(terminated.unwrap_or_else(|| StreamEnd::Code(end.code().into())))
}

/// Sends SIGTERM, and SIGKILL if the child does not end in time.
fn terminate(child: &mut Child) {
    child.send_signal(Signal::SIGTERM);
    let deadline = Instant::now() + KILL_AFTER;
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    child.send_signal(Signal::SIGKILL);
}

/// Looks a program up as a shell does, and starts it with these arguments, `argv[0]` first.
fn start_program(
    program: Option<&OsStr>,
    argv: &[&OsStr],
    stdin: Stream,
    own_group: bool,
) -> io::Result<Child> {
    let program = program.ok_or(io::ErrorKind::InvalidInput)?;
    let path = std::env::var_os("PATH");
    let Lookup::Program(file) = lookup::find(program, path.as_deref(), &std::env::current_dir()?) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let environment: Vec<_> = std::env::vars_os().collect();
    let image = ExecImage { file: &file, arguments: argv.to_vec(), environment: &environment, folder: None };
    start(&image, &ChildStart { streams: [stdin, Stream::Pipe, Stream::Pipe], own_group, mask: None })
}

/// What to do with a line that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LongLine {
    /// Split it after [`MAX_LINE`] bytes.
    Split,
    /// End the output after [`MAX_MESSAGE`] bytes.
    End,
}

/// The lines of both output streams. `long_line` applies to standard output; lines of standard error are
/// split.
fn output_lines(child: &mut Child, long_line: LongLine) -> io::Result<Receiver<OutputLine>> {
    let (sender, lines) = sync_channel(QUEUE);
    let [_, out, err] = &mut child.pipes;
    if let Some(out) = out.take() {
        read_lines(out, false, long_line, sender.clone())?;
    }
    if let Some(err) = err.take() {
        read_lines(err, true, LongLine::Split, sender)?;
    }
    Ok(lines)
}

fn read_lines(
    pipe: OwnedFd,
    err: bool,
    long_line: LongLine,
    sender: SyncSender<OutputLine>,
) -> io::Result<()> {
    let mut pipe = BufReader::new(File::from(pipe));
    let read = move || {
        while let Some(line) = next_line(&mut pipe, long_line) {
            if sender.send((err, line)).is_err() {
                return;
            }
        }
    };
    threads::spawn(Box::new(read)).map(drop)
}

/// The next line without its line ending. Bytes that are not UTF-8 are replaced.
fn next_line(pipe: &mut impl BufRead, long_line: LongLine) -> Option<String> {
    let (limit, ends) = match long_line {
        LongLine::Split => (MAX_LINE, false),
        LongLine::End => (MAX_MESSAGE, true),
    };
    let mut bytes = Vec::new();
    match pipe.take(limit).read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => None,
        Ok(length) if ends && length as u64 == limit && !bytes.ends_with(b"\n") => None,
        Ok(_) => Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()),
    }
}

/// A child that exchanges lines with this process over its standard streams.
#[derive(Debug)]
pub struct Conversation {
    child: Child,
    /// The lines of its standard output and standard error.
    pub lines: Receiver<OutputLine>,
}

impl Conversation {
    /// Starts the child in a new process group, so that Ctrl-C reaches this process alone.
    /// `name` is its `argv[0]`. The returned file is its standard input.
    pub fn start(name: &str, argv: &[&str]) -> io::Result<(Self, File)> {
        let program = argv.first().map(OsStr::new);
        let argv: Vec<&OsStr> =
            std::iter::once(name).chain(argv.iter().skip(1).copied()).map(OsStr::new).collect();
        let mut child = start_program(program, &argv, Stream::Pipe, true)?;
        let stdin = child.pipes[0].take().ok_or(io::ErrorKind::BrokenPipe)?;
        let lines = output_lines(&mut child, LongLine::End)?;
        Ok((Self { child, lines }, stdin.into()))
    }

    /// The exit code, if the child ends within that time.
    pub fn exit_code(&mut self, within: Duration) -> Option<i32> {
        let deadline = Instant::now() + within;
        loop {
            match self.child.try_wait() {
                Ok(Some(end)) => return Some(end.code().into()),
                Err(_) => return None,
                Ok(None) if Instant::now() >= deadline => return None,
                Ok(None) => std::thread::sleep(POLL_INTERVAL),
            }
        }
    }

    /// Sends SIGKILL and reaps the child.
    pub fn kill(&mut self) {
        self.child.send_signal(Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{Conversation, LongLine, MAX_LINE, MAX_MESSAGE, StreamEnd, next_line, stream_lines};
    use std::io::{BufRead, BufReader, Read};
    use std::time::Duration;

    #[test]
    fn a_long_line_is_split_or_ends_the_output() {
        let stream = |length: u64| BufReader::new(std::io::repeat(b'x').take(length).chain(&b"\nb\n"[..]));
        let lengths = |mut pipe: Box<dyn BufRead>, long_line| {
            let next = || next_line(&mut pipe, long_line).map(|line| line.len() as u64);
            std::iter::from_fn(next).collect::<Vec<_>>()
        };
        assert_eq!(lengths(Box::new(stream(MAX_LINE + 3)), LongLine::Split), [MAX_LINE, 3, 1]);
        let longest = MAX_MESSAGE - 1;
        assert_eq!(lengths(Box::new(stream(longest)), LongLine::End), [longest, 1]);
        assert_eq!(lengths(Box::new(stream(longest + 1)), LongLine::End), [0; 0]);
    }

    /// The child is stopped by a full pipe until its lines are received.
    #[test]
    fn an_output_without_end_waits_to_be_received() {
        let argv = ["sh", "-c", "yes | head -c 100000000; echo end >&2"];
        let (mut conversation, _) = Conversation::start("sh", &argv).unwrap();
        assert_eq!(conversation.exit_code(Duration::from_millis(300)), None);
        assert!(conversation.lines.iter().take(1000).all(|(err, line)| !err && line == "y"));
        conversation.kill();
    }

    fn run_script(script: &str, limit: u64, cancel: bool) -> (StreamEnd, Vec<String>) {
        let mut lines = Vec::new();
        let limit = Duration::from_millis(limit);
        let mut on_line = |err, line: &str| lines.push(format!("{}{line}", if err { "! " } else { "" }));
        let end = stream_lines(&["/bin/sh", "-c", script], limit, &|| cancel, &mut on_line).unwrap();
        (end, lines)
    }

    #[test]
    fn lines_and_the_exit_code_are_reported() {
        assert_eq!(
            run_script("echo a; echo b; exit 3", 9000, false),
            (StreamEnd::Code(3), vec!["a".into(), "b".into()])
        );
        assert_eq!(
            run_script("echo a >&2; kill -9 $$", 9000, false),
            (StreamEnd::Code(137), vec!["! a".into()])
        );
    }

    #[test]
    fn a_child_is_terminated_at_the_limit_and_when_cancelled() {
        assert_eq!(run_script("exec sleep 60", 100, false).0, StreamEnd::TimedOut);
        assert_eq!(run_script("exec sleep 60", 9000, true).0, StreamEnd::Cancelled);
    }
}
