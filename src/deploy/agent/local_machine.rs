//! The machine that the agent runs on.

use super::host_command::HostCommand;
use super::http;
use super::machine::{CommandEnd, Machine, Stream};
use crate::applet;
use crate::deploy::check_url::Check;
use crate::runner::system::{self, RunError, System};
use crate::sys::atomic_file::{self, FileLock};
use crate::sys::child::{self, Captured, Stderr};
use crate::sys::files::{self, Content};
use crate::sys::{clock, identity};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a lock is attempted: an inspection of the host holds it for a
/// moment.
const LOCK_ATTEMPTS: u32 = 5;

/// The pause between two attempts to lock, and between two checks for cancellation.
const TICK: Duration = Duration::from_millis(50);

/// This machine, with the locks that this process holds on it.
pub struct LocalMachine<'a> {
    world: &'a World,
    is_cancelled: &'a (dyn Fn() -> bool + 'a),
    locks: Vec<(PathBuf, FileLock)>,
}

impl<'a> LocalMachine<'a> {
    /// This machine. `is_cancelled` is called often during commands and pauses.
    pub fn new(world: &'a World, is_cancelled: &'a (dyn Fn() -> bool + 'a)) -> Self {
        Self { world, is_cancelled, locks: Vec::new() }
    }

    /// A new value for each call, because it caches files, which may change between
    /// two requests.
    fn system(&self) -> system::LocalSystem<'a> {
        system::LocalSystem::new(self.world)
    }
}

impl System for LocalMachine<'_> {
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error> {
        self.system().read(path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        self.system().list(folder)
    }

    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
        self.system().home(user)
    }

    fn find(&self, program: &OsStr) -> Option<PathBuf> {
        self.system().find(program)
    }

    fn capture(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, RunError> {
        self.system().capture(program, arguments, stderr)
    }
}

impl Machine for LocalMachine<'_> {
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

    fn create_folder(&mut self, path: &Path) -> io::Result<()> {
        atomic_file::create_folder(path)
    }

    fn check_writable(&mut self, folder: &Path) -> io::Result<()> {
        atomic_file::check_writable(folder)
    }

    fn exists(&self, path: &Path) -> bool {
        files::exists(path)
    }

    fn lock(&mut self, path: &Path) -> io::Result<bool> {
        for attempt in 0..LOCK_ATTEMPTS {
            if attempt > 0 {
                std::thread::sleep(TICK);
            }
            if let Some(lock) = atomic_file::try_lock_file(path)? {
                self.locks.push((path.to_owned(), lock));
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_locked(&self, path: &Path) -> bool {
        atomic_file::is_locked(path)
    }

    fn run(
        &mut self,
        command: &HostCommand,
        limit: Duration,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> CommandEnd {
        let mut on_stream_line =
            |err: bool, line: &str| on_line(if err { Stream::Err } else { Stream::Out }, line);
        match child::stream_lines(&command.argv(), limit, self.is_cancelled, &mut on_stream_line) {
            Ok(child::StreamEnd::Code(code)) => CommandEnd::Code(code),
            Ok(child::StreamEnd::TimedOut) => CommandEnd::TimedOut,
            Ok(child::StreamEnd::Cancelled) => CommandEnd::Cancelled,
            Err(_) => CommandEnd::NotFound,
        }
    }

    fn http_status(&mut self, check: &Check) -> Result<u16, String> {
        http::status(check)
    }

    fn now(&self) -> u64 {
        clock::unix_time()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn pause(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline && !(self.is_cancelled)() {
            std::thread::sleep(TICK);
        }
        !(self.is_cancelled)()
    }

    fn free_bytes(&self, path: &Path) -> Option<u64> {
        atomic_file::free_bytes(path)
    }

    fn host_names(&self) -> Vec<String> {
        let own = self.world.hostname.to_string_lossy().into_owned();
        [own].into_iter().chain(identity::addresses()).collect()
    }

    fn is_root(&self) -> bool {
        self.world.euid == 0
    }

    /// This binary if its file is called docker-runner. If it has the name of
    /// another applet, docker-runner is looked up on PATH. A binary with any
    /// other name takes the applet as its first argument.
    fn docker_runner(&self) -> Vec<String> {
        let own = identity::binary();
        let name = own.file_name().unwrap_or_default();
        let path = own.display().to_string();
        if name == "docker-runner" {
            vec![path]
        } else if applet::NAMES.iter().any(|(known, _)| name == *known) {
            vec!["docker-runner".to_owned()]
        } else {
            vec![path, "docker-runner".to_owned()]
        }
    }

    fn as_system(&self) -> &dyn System {
        self
    }

    fn world(&self) -> World {
        self.world.clone()
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the test looks at this machine")]
mod tests {
    use super::{LOCK_ATTEMPTS, LocalMachine, TICK};
    use crate::deploy::agent::machine::Machine;
    use crate::deploy::check_url::Check;
    use crate::runner::system::System;
    use crate::sys::identity;
    use crate::world::World;
    use std::io::{Read, Write};
    use std::time::{Duration, Instant};

    #[test]
    fn a_pause_ends_when_it_is_cancelled() {
        let world = World::default();
        let start = Instant::now();
        let time = Duration::from_millis(50);
        assert!(LocalMachine::new(&world, &|| false).pause(time));
        assert!(start.elapsed() >= time);
        assert!(!LocalMachine::new(&world, &|| true).pause(Duration::from_secs(3600)));
    }

    #[test]
    fn requests_a_page() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let check = Check::parse(&format!("http://{}/", server.local_addr().unwrap()), None).unwrap();
        let response = std::thread::spawn(move || {
            let (mut client, _) = server.accept().unwrap();
            let _ = client.read(&mut [0; 4096]);
            client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        });
        let world = World::default();
        assert_eq!(LocalMachine::new(&world, &|| false).http_status(&check), Ok(204));
        response.join().unwrap();
    }

    #[test]
    fn looks_at_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let (bin, file) = (folder.path().join("bin"), folder.path().join("file"));
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink("/bin/sh", bin.join("shell")).unwrap();
        let environment = vec![("PATH".into(), bin.clone().into())];
        let world = World { environment, hostname: "web1".into(), euid: 7, ..World::default() };
        let mut machine = LocalMachine::new(&world, &|| false);
        assert_eq!(machine.home(Some(b"root")), Some(b"/root".to_vec()));
        assert_eq!(machine.find("shell".as_ref()), Some(bin.join("shell")));
        machine.replace(&file, b"1").unwrap();
        assert!(machine.exists(&file));
        let other = folder.path().join("other");
        machine.rename(&file, &other).unwrap();
        assert!(!machine.exists(&file) && machine.exists(&other));
        assert!(machine.lock(&other).unwrap() && machine.is_locked(&other));
        let start = Instant::now();
        assert!(!LocalMachine::new(&world, &|| false).lock(&other).unwrap());
        assert!(start.elapsed() >= TICK * (LOCK_ATTEMPTS - 1));
        assert!(machine.check_writable(folder.path()).is_ok() && machine.check_writable(&other).is_err());
        machine.remove(&other).unwrap();
        assert!(!machine.exists(&other));
        assert!(machine.free_bytes(folder.path()).is_some());
        assert!(machine.now() > 1_700_000_000 && !machine.is_root());
        assert!(machine.host_names().contains(&"web1".to_owned()));
        // The test has the name of no applet.
        let own = identity::binary().display().to_string();
        assert_eq!(machine.docker_runner(), [own, "docker-runner".to_owned()]);
    }
}
