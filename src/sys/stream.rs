//! Children that are spoken with, or listened to line by line as they speak.

use super::exec::ExecImage;
use super::lookup::{self, Found};
use super::spawn::{self, Child, Start, Stream};
use super::threads;
use nix::sys::signal::Signal;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a child may take to end once it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Between two looks at whether to stop.
const TICK: Duration = Duration::from_millis(50);

/// How long it has to be quiet, after a child's end, where its pipe is still open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Longer lines are cut, in bytes: progress bars without an end.
const LONGEST: u64 = 64 << 10;

/// A line of a child, without its end, and whether it is from standard error.
pub type StreamLine = (bool, String);

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// By itself, with this code; 128+N for signal N.
    Code(i32),
    /// It was ended at the limit.
    Slow,
    /// It was ended because we were told to stop.
    Stopped,
}

/// Runs a program to its end, with nothing to read. Each line goes to `heard`
/// as it comes, and whether it is from standard error.
pub fn listen(
    words: &[impl AsRef<OsStr>],
    limit: Duration,
    stop: &dyn Fn() -> bool,
    heard: &mut dyn FnMut(bool, &str),
) -> io::Result<StreamEnd> {
    let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
    let mut child = started(words.first().copied(), &words, Stream::Nothing, false)?;
    let lines = lines_of(&mut child, LONGEST)?;
    let deadline = Instant::now() + limit;
    let mut ended = None;
    let mut quiet = Duration::ZERO;
    let mut told = None;
    loop {
        match lines.recv_timeout(TICK) {
            Ok((err, line)) => {
                quiet = Duration::ZERO;
                heard(err, &line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            // A grandchild may keep the pipe open after the child.
            Err(RecvTimeoutError::Timeout) if ended.is_some() && quiet >= LAST_WORDS => break,
            Err(RecvTimeoutError::Timeout) => quiet += TICK,
        }
        if ended.is_none() {
            ended = child.try_wait()?;
        }
        if told.is_none() && ended.is_none() {
            told = [(stop(), StreamEnd::Stopped), (Instant::now() >= deadline, StreamEnd::Slow)]
                .into_iter()
                .find(|(due, _)| *due)
                .map(|(_, end)| end);
            if told.is_some() {
                finish(&mut child);
            }
        }
    }
    let end = child.wait()?;
    Ok(told.unwrap_or_else(|| StreamEnd::Code(end.code().into())))
}

/// Asks a child to end, then makes it.
fn finish(child: &mut Child) {
    child.send(Signal::SIGTERM);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            return;
        }
        std::thread::sleep(TICK);
    }
    child.send(Signal::SIGKILL);
}

/// Starts a program, looked up as a shell does, under the first of the words.
fn started(program: Option<&OsStr>, words: &[&OsStr], stdin: Stream, group: bool) -> io::Result<Child> {
    let program = program.ok_or(io::ErrorKind::InvalidInput)?;
    let path = std::env::var_os("PATH");
    let Found::Program(file) = lookup::find(program, path.as_deref(), &std::env::current_dir()?) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let environment: Vec<_> = std::env::vars_os().collect();
    let image = ExecImage { file: &file, arguments: words.to_vec(), environment: &environment, folder: None };
    spawn::start(&image, &Start { streams: [stdin, Stream::Pipe, Stream::Pipe], group, mask: None })
}

/// What a child says; lines of its standard output longer than that are cut.
fn lines_of(child: &mut Child, longest: u64) -> io::Result<Receiver<StreamLine>> {
    let (sender, lines) = channel();
    let [_, out, err] = &mut child.pipes;
    if let Some(out) = out.take() {
        read(out, false, longest, sender.clone())?;
    }
    if let Some(err) = err.take() {
        read(err, true, LONGEST, sender)?;
    }
    Ok(lines)
}

fn read(pipe: OwnedFd, err: bool, longest: u64, sender: Sender<StreamLine>) -> io::Result<()> {
    let mut pipe = BufReader::new(File::from(pipe));
    let read = move || {
        while let Some(line) = next_line(&mut pipe, longest) {
            if sender.send((err, line)).is_err() {
                return;
            }
        }
    };
    threads::start(Box::new(read)).map(drop)
}

/// The next line, without its end; bytes that are not UTF-8 replaced.
fn next_line(pipe: &mut impl BufRead, longest: u64) -> Option<String> {
    let mut bytes = Vec::new();
    match pipe.take(longest).read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()),
    }
}

/// A child that is spoken with over its standard streams.
#[derive(Debug)]
pub struct Partner {
    child: Child,
    /// What it says, line by line; from standard error, too.
    pub lines: Receiver<StreamLine>,
}

impl Partner {
    /// Starts it, in a process group of its own: Ctrl-C is for us alone. Its
    /// name may be another than its file's. What is written to the second part
    /// reaches its standard input.
    pub fn start(name: &str, words: &[String]) -> io::Result<(Self, File)> {
        let program = words.first().map(OsStr::new);
        let words: Vec<&OsStr> =
            std::iter::once(name).chain(words.iter().skip(1).map(String::as_str)).map(OsStr::new).collect();
        let mut child = started(program, &words, Stream::Pipe, true)?;
        let stdin = child.pipes[0].take().ok_or(io::ErrorKind::BrokenPipe)?;
        // A history is one line.
        let lines = lines_of(&mut child, u64::MAX)?;
        Ok((Self { child, lines }, stdin.into()))
    }

    /// How it ended, where it has, within that time.
    pub fn ended(&mut self, within: Duration) -> Option<i32> {
        let deadline = Instant::now() + within;
        loop {
            match self.child.try_wait() {
                Ok(Some(end)) => return Some(end.code().into()),
                Err(_) => return None,
                Ok(None) if Instant::now() >= deadline => return None,
                Ok(None) => std::thread::sleep(TICK),
            }
        }
    }

    /// Ends it.
    pub fn kill(&mut self) {
        self.child.send(Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{StreamEnd, listen};
    use std::time::Duration;

    fn heard(script: &str, limit: u64, stop: bool) -> (StreamEnd, Vec<String>) {
        let mut lines = Vec::new();
        let limit = Duration::from_millis(limit);
        let mut hear = |err, line: &str| lines.push(format!("{}{line}", if err { "! " } else { "" }));
        let end = listen(&["/bin/sh", "-c", script], limit, &|| stop, &mut hear).unwrap();
        (end, lines)
    }

    #[test]
    fn lines_as_they_come_and_the_code() {
        assert_eq!(
            heard("echo a; echo b; exit 3", 9000, false),
            (StreamEnd::Code(3), vec!["a".into(), "b".into()])
        );
        assert_eq!(heard("echo a >&2; kill -9 $$", 9000, false), (StreamEnd::Code(137), vec!["! a".into()]));
    }

    #[test]
    fn it_ends_at_the_limit_and_when_we_are_told() {
        assert_eq!(heard("exec sleep 60", 100, false).0, StreamEnd::Slow);
        assert_eq!(heard("exec sleep 60", 9000, true).0, StreamEnd::Stopped);
    }
}
