//! A machine for unit tests: files in memory, and commands whose results the test gives.

use super::app_host::AppHost;
use super::host_command::HostCommand;
use super::machine::{CommandEnd, Machine, Stream};
use super::redact::Redactor;
use super::redacted_writer::RedactedWriter;
use crate::deploy::check_url::Check;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::{Role, RoleUnit};
use crate::runner::app::{AppName, Root};
use crate::runner::system::{RunError, System};
use crate::sys::child::{Captured, Stderr};
use crate::sys::files::{Content, Error};
use crate::world::World;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

/// A part of a command line, the exit code, and the output: standard output with
/// code 0, otherwise standard error.
pub(super) type CommandResult<'a> = (&'a str, i32, &'a str);

type Files = Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>;

pub(super) struct TestMachine {
    pub(super) files: Files,
    /// Of several results for a command each is used once, and the last one from then on.
    results: Vec<(String, i32, String)>,
    pub(super) commands: Vec<String>,
    pub(super) pauses: Vec<Duration>,
    /// Writing fails.
    pub(super) is_full: bool,
    pub(super) is_root: bool,
    pub(super) http_status: u16,
}

impl TestMachine {
    pub(super) fn write(&self, path: &str, text: &str) {
        self.files.lock().unwrap().insert(path.into(), text.as_bytes().to_vec());
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.files.lock().unwrap().get(Path::new(path)).cloned();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    pub(super) fn has_run(&self, part: &str) -> bool {
        self.commands.iter().any(|line| line.contains(part))
    }
}

/// The app `site` on a host with systemd and these command results. Other commands
/// succeed without output.
pub(super) fn host(results: &[CommandResult<'_>]) -> AppHost<TestMachine> {
    let results = results.iter().map(|(part, code, text)| ((*part).to_owned(), *code, (*text).to_owned()));
    let machine = TestMachine {
        files: Files::default(),
        results: results.collect(),
        commands: Vec::new(),
        pauses: Vec::new(),
        is_full: false,
        is_root: true,
        http_status: 200,
    };
    machine.write("/etc/default/site", "IMAGE=team/site\n");
    machine.write("/run/systemd/system", "");
    AppHost {
        machine,
        app: AppName::parse("site".as_ref()).unwrap(),
        root: Root("/".into()),
        sudo_docker: false,
    }
}

pub(super) fn web() -> RoleUnit {
    RoleUnit { role: Role::Web, unit: "site".into() }
}

/// The output of `docker container inspect`.
pub(super) fn container(id: &str, name: &str, image_id: &str, running: bool) -> String {
    format!(
        r#"[{{"Id":"{id}","Name":"/{name}","Image":"{image_id}","Config":{{"Image":"team/site:old","Cmd":["run"]}},"State":{{"Running":{running}}}}}]"#
    )
}

/// The output of `systemctl show`.
pub(super) fn unit(load: &str, active: &str) -> String {
    format!("LoadState={load}\nActiveState={active}\nUnitFileState=enabled")
}

/// Calls `act` with a writer, and returns its result and the lines that were sent.
pub(super) fn with_writer<T>(
    host: &mut AppHost<TestMachine>,
    undoing: bool,
    act: impl FnOnce(&mut AppHost<TestMachine>, &mut RedactedWriter<'_>) -> Result<T, StepError>,
) -> (Result<T, StepError>, Vec<String>) {
    let mut lines = Vec::new();
    let mut on_line = |line: &super::redact::RedactedLine| lines.push(line.as_str().to_owned());
    let redactor = Arc::new(Redactor::for_app(host));
    let mut writer = RedactedWriter::new(redactor, host.journal(), undoing, &mut on_line);
    let result = act(host, &mut writer);
    (result, lines)
}

struct Appender {
    files: Files,
    path: PathBuf,
    is_full: bool,
}

impl io::Write for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.files.lock().unwrap().entry(self.path.clone()).or_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl System for TestMachine {
    fn read(&self, path: &Path) -> Result<Option<Content>, Error> {
        let bytes = self.files.lock().unwrap().get(path).cloned();
        Ok(bytes.map(|bytes| Content { bytes, mode: 0o644, owner: 0 }))
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        let files = self.files.lock().unwrap();
        let inside = files.keys().filter(|path| path.parent() == Some(folder));
        inside.filter_map(|path| Some(path.file_name()?.to_owned())).collect()
    }

    fn home(&self, _user: Option<&[u8]>) -> Option<Vec<u8>> {
        None
    }

    fn find(&self, _program: &OsStr) -> Option<PathBuf> {
        None
    }

    fn capture(&self, _: &OsStr, _: &[&OsStr], _: Stderr) -> Result<Captured, RunError> {
        Err(RunError::NotFound)
    }
}

impl Machine for TestMachine {
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.files.lock().unwrap().remove(path);
        self.append(path, bytes)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.appender(path)?.write_all(bytes)
    }

    fn appender(&mut self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        let (files, path) = (self.files.clone(), path.to_owned());
        Ok(Box::new(Appender { files, path, is_full: self.is_full }))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.files.lock().unwrap().remove(path);
        Ok(())
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let bytes = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn create_folder(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn check_writable(&mut self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.lock().unwrap().contains_key(path)
    }

    fn lock(&mut self, _path: &Path) -> io::Result<bool> {
        Ok(true)
    }

    fn is_locked(&self, _path: &Path) -> bool {
        false
    }

    fn run(
        &mut self,
        command: &HostCommand,
        _limit: Duration,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> CommandEnd {
        let line = command.argv().join(" ");
        self.commands.push(line.clone());
        let Some(first) = self.results.iter().position(|result| line.contains(&result.0)) else {
            return CommandEnd::Code(0);
        };
        let (part, code, text) = self.results[first].clone();
        if self.results[first + 1..].iter().any(|result| result.0 == part) {
            self.results.remove(first);
        }
        let stream = if code == 0 { Stream::Out } else { Stream::Err };
        text.lines().for_each(|line| on_line(stream, line));
        CommandEnd::Code(code)
    }

    fn http_status(&mut self, _check: &Check) -> Result<u16, String> {
        Ok(self.http_status)
    }

    fn now(&self) -> u64 {
        1000 + self.pauses.iter().sum::<Duration>().as_secs()
    }

    fn instant(&self) -> Instant {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START + self.pauses.iter().sum::<Duration>()
    }

    fn pause(&mut self, time: Duration) -> bool {
        self.pauses.push(time);
        true
    }

    fn free_bytes(&self, _path: &Path) -> Option<u64> {
        None
    }

    fn host_names(&self) -> Vec<String> {
        vec!["web1".to_owned()]
    }

    fn is_root(&self) -> bool {
        self.is_root
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
