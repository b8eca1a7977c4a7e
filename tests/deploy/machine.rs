//! A simulated machine under a real agent.

use crate::network::{Network, OperationFault, SimulatedHost};
use docker_runner::deploy::agent::host_command::HostCommand;
use docker_runner::deploy::agent::machine::{CommandEnd, Machine, Stream};
use docker_runner::deploy::check_url::Check;
use docker_runner::runner::system::{RunError, System};
use docker_runner::sys::child::{Captured, Stderr};
use docker_runner::sys::files::{Content, Error};
use docker_runner::world::World;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

/// One session's view of a machine.
#[derive(Clone)]
pub(crate) struct SimulatedMachine {
    pub(crate) network: Arc<Network>,
    pub(crate) host: String,
    pub(crate) session: u64,
    /// The agent of this session is dead.
    pub(crate) dead: Arc<AtomicBool>,
}

impl SimulatedMachine {
    pub(crate) fn state(&self) -> MutexGuard<'_, SimulatedHost> {
        self.network.state(&self.host)
    }

    /// Counts an operation, and fails it if its fault is due.
    fn operation<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let operation_fault = {
            let mut state = self.state();
            state.operations += 1;
            let now = state.operations;
            state.operation_fault.filter(|(at, _)| *at == now).map(|(_, operation_fault)| operation_fault)
        };
        let died = || Err(io::Error::other("the agent is dead"));
        if self.dead.load(Ordering::SeqCst) {
            return died();
        }
        match operation_fault {
            None => act(),
            Some(OperationFault::Fails) => Err(io::Error::from_raw_os_error(5)),
            Some(OperationFault::DiesBefore) => {
                self.dead.store(true, Ordering::SeqCst);
                died()
            }
            Some(OperationFault::DiesAfter) => {
                let _ = act();
                self.dead.store(true, Ordering::SeqCst);
                died()
            }
        }
    }

    /// A full disk has only the space of the removed reserve.
    fn room(&self, bytes: usize) -> io::Result<()> {
        let state = self.state();
        let reserved = state.files.keys().any(|path| path.ends_with("reserve"));
        if state.full && (reserved || bytes > 16 << 10) {
            return Err(io::Error::from_raw_os_error(28));
        }
        Ok(())
    }
}

struct Appender {
    machine: SimulatedMachine,
    path: PathBuf,
}

impl io::Write for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.machine.append(&self.path, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl System for SimulatedMachine {
    fn read(&self, path: &Path) -> Result<Option<Content>, Error> {
        let bytes = self.state().files.get(path).cloned();
        Ok(bytes.map(|bytes| Content { bytes, mode: 0o644, owner: 0 }))
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        let state = self.state();
        let inside = state.files.keys().filter(|path| path.parent() == Some(folder));
        inside.filter_map(|path| Some(path.file_name()?.to_owned())).collect()
    }

    fn home(&self, _user: Option<&[u8]>) -> Option<Vec<u8>> {
        None
    }

    fn find(&self, _program: &OsStr) -> Option<PathBuf> {
        None
    }

    fn capture(
        &self,
        _program: &OsStr,
        _arguments: &[&OsStr],
        _stderr: Stderr,
    ) -> Result<Captured, RunError> {
        Err(RunError::NotFound)
    }
}

impl Machine for SimulatedMachine {
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operation(|| {
            self.room(bytes.len())?;
            self.state().files.insert(path.to_owned(), bytes.to_vec());
            Ok(())
        })
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operation(|| {
            self.room(bytes.len())?;
            self.state().files.entry(path.to_owned()).or_default().extend_from_slice(bytes);
            Ok(())
        })
    }

    fn appender(&mut self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        Ok(Box::new(Appender { machine: self.clone(), path: path.to_owned() }))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.operation(|| {
            self.state().files.remove(path);
            Ok(())
        })
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.operation(|| {
            let mut state = self.state();
            let bytes = state.files.remove(from).ok_or(io::ErrorKind::NotFound)?;
            state.files.insert(to.to_owned(), bytes);
            Ok(())
        })
    }

    fn create_folder(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn check_writable(&mut self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.state().files.contains_key(path)
    }

    fn lock(&mut self, _path: &Path) -> io::Result<bool> {
        let now = self.network.millis();
        let mut state = self.state();
        if state.lock.is_some_and(|(session, until)| session != self.session && now < until) {
            return Ok(false);
        }
        state.lock = Some((self.session, u64::MAX));
        Ok(true)
    }

    fn is_locked(&self, _path: &Path) -> bool {
        let now = self.network.millis();
        self.state().lock.is_some_and(|(session, until)| session != self.session && now < until)
    }

    fn run(
        &mut self,
        command: &HostCommand,
        _limit: Duration,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> CommandEnd {
        self.network.pass(Duration::from_millis(50));
        match self.operation(|| Ok(self.run_as_user(&command.argv(), on_line))) {
            Ok(code) => CommandEnd::Code(code),
            Err(_) => CommandEnd::Code(1),
        }
    }

    fn http_status(&mut self, _check: &Check) -> Result<u16, String> {
        let state = self.state();
        if state.unanswered {
            return Ok(404);
        }
        let web = state.containers.iter().find(|container| container.process == "run");
        match web {
            Some(web) if !state.unhealthy.contains(&web.image_id) => Ok(200),
            Some(_) => Ok(500),
            None => Err("connection refused".into()),
        }
    }

    fn now(&self) -> u64 {
        self.network.millis() / 1000
    }

    fn instant(&self) -> Instant {
        crate::network::instant(self.network.millis())
    }

    fn pause(&mut self, time: Duration) -> bool {
        self.network.pass(time);
        !self.dead.load(Ordering::SeqCst)
    }

    fn free_bytes(&self, _path: &Path) -> Option<u64> {
        Some(1 << 40)
    }

    fn host_names(&self) -> Vec<String> {
        vec![self.host.clone()]
    }

    fn is_root(&self) -> bool {
        self.state().sudo.is_none()
    }

    fn docker_runner(&self) -> Vec<String> {
        vec!["docker-runner".to_owned()]
    }

    fn as_system(&self) -> &dyn System {
        self
    }

    fn world(&self) -> World {
        World::default()
    }
}
