//! This machine, under the host's side.

use super::machine::{Call, CommandEnd, Machine, Stream};
use crate::deploy::check_url::Check;
use crate::runner::system::{self, System, Unheard};
use crate::sys::atomic_file;
use crate::sys::child::{self, Captured, Stderr};
use crate::sys::files::{self, Content};
use crate::sys::lock::Lock;
use crate::sys::{clock, identity};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// This machine, for as long as somebody wants something of it.
pub struct This<'a> {
    world: &'a World,
    stop: &'a (dyn Fn() -> bool + 'a),
    locks: Vec<(PathBuf, Lock)>,
}

impl<'a> This<'a> {
    /// The machine; `stop` says when to leave off.
    pub fn new(world: &'a World, stop: &'a (dyn Fn() -> bool + 'a)) -> Self {
        Self { world, stop, locks: Vec::new() }
    }

    /// A new one each time: what a file says may change from one question to the next.
    fn host(&self) -> system::Machine<'a> {
        system::Machine::new(self.world)
    }
}

impl System for This<'_> {
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error> {
        self.host().read(path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        self.host().list(folder)
    }

    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
        self.host().home(user)
    }

    fn find(&self, program: &OsStr) -> Option<PathBuf> {
        self.host().find(program)
    }

    fn listen(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, Unheard> {
        self.host().listen(program, arguments, stderr)
    }
}

impl Machine for This<'_> {
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        atomic_file::replace(path, bytes)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        atomic_file::append(path, bytes)
    }

    fn appender(&mut self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        Ok(Box::new(atomic_file::appender(path)?))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        atomic_file::remove(path)
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        atomic_file::rename(from, to)
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        atomic_file::folder(path)
    }

    fn writable(&mut self, folder: &Path) -> io::Result<()> {
        atomic_file::writable(folder)
    }

    fn exists(&self, path: &Path) -> bool {
        files::is_there(path)
    }

    /// Somebody who only looks holds it for an instant.
    fn lock(&mut self, path: &Path) -> io::Result<bool> {
        for tried in 0..5 {
            if tried > 0 {
                std::thread::sleep(Duration::from_millis(50));
            }
            if let Some(lock) = atomic_file::lock(path)? {
                self.locks.push((path.to_owned(), lock));
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn locked(&self, path: &Path) -> bool {
        atomic_file::locked(path)
    }

    fn run(&mut self, call: &Call, heard: &mut dyn FnMut(Stream, &str)) -> CommandEnd {
        let mut hear = |err: bool, line: &str| heard(if err { Stream::Err } else { Stream::Out }, line);
        match child::stream_lines(&call.words, call.limit, self.stop, &mut hear) {
            Ok(child::StreamEnd::Code(code)) => CommandEnd::Code(code),
            Ok(child::StreamEnd::TimedOut) => CommandEnd::Slow,
            Ok(child::StreamEnd::Cancelled) => CommandEnd::Cancelled,
            Err(_) => CommandEnd::Missing,
        }
    }

    fn ask(&mut self, check: &Check) -> Result<u16, String> {
        super::http::status(check)
    }

    fn now(&self) -> u64 {
        clock::unix_time()
    }

    fn pause(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until && !(self.stop)() {
            std::thread::sleep(Duration::from_millis(50));
        }
        !(self.stop)()
    }

    fn free(&self, path: &Path) -> Option<u64> {
        atomic_file::free(path)
    }

    fn names(&self) -> Vec<String> {
        let own = self.world.hostname.to_string_lossy().into_owned();
        [own].into_iter().chain(identity::addresses()).collect()
    }

    fn is_root(&self) -> bool {
        self.world.euid == 0
    }

    /// Our own binary, if that is its name or it has none of ours.
    fn runner(&self) -> Vec<String> {
        let own = identity::binary();
        let name = own.file_name().unwrap_or_default();
        let path = own.display().to_string();
        if name == "docker-runner" {
            vec![path]
        } else if crate::applet::NAMES.iter().any(|(known, _)| name == *known) {
            vec!["docker-runner".to_owned()]
        } else {
            vec![path, "docker-runner".to_owned()]
        }
    }

    fn as_host(&self) -> &dyn System {
        self
    }

    fn world(&self) -> World {
        self.world.clone()
    }
}
