//! Every request, on a machine whose every command and server prints a secret:
//! nothing that leaves the agent contains it.

use super::Agent;
use super::app_host::AppHost;
use super::host_command::HostCommand;
use super::machine::{CommandEnd, Machine, Stream};
use super::redact::app_secrets;
use crate::command::MASK;
use crate::deploy::check_url::Check;
use crate::deploy::history::{DeployKind, EndOutcome, HistoryEntry, Ticket};
use crate::deploy::host_state::Snapshot;
use crate::deploy::protocol::request::{Incoming, Request};
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::tag_files::{self, TagFiles};
use crate::runner::app::{AppName, Root};
use crate::runner::system::{RunError, System};
use crate::sys::child::{Captured, Stderr};
use crate::sys::files::{Content, Error};
use crate::world::World;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SECRET: &str = "s3cret-value";

type Files = Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>;

/// How the commands of the machine end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Succeed,
    /// Queries succeed, so that the unit is active and has a container; all
    /// other commands fail.
    FailChanges,
    Fail,
    TimeOut,
}

const MODES: [Mode; 4] = [Mode::Succeed, Mode::FailChanges, Mode::Fail, Mode::TimeOut];

/// Prints the secret wherever it can.
struct LeakyMachine {
    mode: Mode,
    files: Files,
    now: u64,
}

/// What the queries print if they succeed.
fn query_output(argv: &[&str]) -> Option<&'static str> {
    match argv {
        ["systemctl", "show", ..] => Some("LoadState=loaded\nActiveState=active\nUnitFileState=enabled"),
        ["docker", "version", ..] => Some("28.2"),
        ["docker", "ps", ..] => Some("1"),
        ["docker", "container", "inspect", ..] => Some(
            r#"[{"Id":"1","Name":"/site","Image":"sha256:2","Config":{"Image":"team/site:new"},"State":{"Running":true}}]"#,
        ),
        ["docker", "image", "inspect", ..] => Some(r#"[{"Id":"sha256:2","RepoDigests":null}]"#),
        _ => None,
    }
}

impl System for LeakyMachine {
    fn read(&self, path: &Path) -> Result<Option<Content>, Error> {
        let bytes = self.files.lock().unwrap().get(path).cloned();
        Ok(bytes.map(|bytes| Content { bytes, mode: 0o600, owner: 0 }))
    }

    fn list(&self, _folder: &Path) -> Vec<OsString> {
        Vec::new()
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

impl Machine for LeakyMachine {
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.files.lock().unwrap().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.files.lock().unwrap().entry(path.to_owned()).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn appender(&mut self, path: &Path) -> io::Result<Box<dyn io::Write>> {
        Ok(Box::new(Appender { files: self.files.clone(), path: path.to_owned() }))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.files.lock().unwrap().remove(path);
        Ok(())
    }

    fn rename(&mut self, _from: &Path, _to: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create_folder(&mut self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn check_writable(&mut self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn exists(&self, path: &Path) -> bool {
        path.ends_with("run/systemd/system")
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
        let argv = command.argv();
        let is_query = query_output(&argv).is_some();
        if let Some(output) = query_output(&argv).filter(|_| self.mode != Mode::Fail) {
            output.lines().for_each(|line| on_line(Stream::Out, line));
        } else {
            on_line(Stream::Out, &format!("connecting with {SECRET}"));
        }
        on_line(Stream::Err, &format!("cannot log in with {SECRET}"));
        match self.mode {
            Mode::Succeed => CommandEnd::Code(0),
            Mode::FailChanges if is_query => CommandEnd::Code(0),
            Mode::FailChanges | Mode::Fail => CommandEnd::Code(1),
            Mode::TimeOut => CommandEnd::TimedOut,
        }
    }

    fn http_status(&mut self, _check: &Check) -> Result<u16, String> {
        Err(format!("the server sent {SECRET}"))
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn pause(&mut self, time: Duration) -> bool {
        self.now += time.as_secs() + 1;
        true
    }

    fn free_bytes(&self, _path: &Path) -> Option<u64> {
        None
    }

    fn host_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_root(&self) -> bool {
        true
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

struct Appender {
    files: Files,
    path: PathBuf,
}

impl io::Write for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.files.lock().unwrap().entry(self.path.clone()).or_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ticket() -> Ticket {
    Ticket {
        id: "1".into(),
        kind: DeployKind::Push,
        tag: "new".into(),
        user: "ann".into(),
        machine: "laptop".into(),
        started: 0,
    }
}

/// One request of each kind: the one after `previous`. A new kind of request
/// does not compile without a place in this order.
fn next_request(previous: &Request) -> Option<Request> {
    let unit = RoleUnit { role: Role::Web, unit: "site".into() };
    let url = Check::parse("http://site.example/", None);
    let tag = Some("new".to_owned());
    Some(match previous {
        Request::Lock { .. } => Request::Begin { ticket: ticket(), snapshot: Snapshot::default() },
        Request::Begin { .. } => Request::Stage { name: "pull".into(), undo: false },
        Request::Stage { .. } => Request::Inspect {
            units: vec![unit],
            incoming: Some(Incoming { tag: "new".into(), task: vec!["migrate".into()], url: url.ok() }),
            health: true,
        },
        Request::Inspect { .. } => Request::Apps,
        Request::Apps => Request::Pull { image: "reg/team/site:new".into(), name: "team/site:new".into() },
        Request::Pull { .. } => Request::Retag { id: "sha256:2".into(), name: "team/site:new".into() },
        Request::Retag { .. } => Request::Digest { image: "reg/team/site:new".into() },
        Request::Digest { .. } => {
            Request::Task { tag: "new".into(), task: vec!["manage".into(), format!("--key={SECRET}")] }
        }
        Request::Task { .. } => Request::WriteTagFiles {
            tag_files: TagFiles {
                tag_text: Some(tag_files::render("new")),
                revert_text: Some(tag_files::render("old")),
            },
        },
        Request::WriteTagFiles { .. } => Request::Stop { unit },
        Request::Stop { .. } => Request::Start { unit, patience: 1 },
        Request::Start { .. } => Request::Restart { unit, patience: 1 },
        Request::Restart { .. } => Request::Ensure { unit, tag },
        Request::Ensure { .. } => Request::Gate { unit, tag, url: url.ok(), patience: 1 },
        Request::Gate { .. } => Request::NginxServers,
        Request::NginxServers => Request::Prune { keep: 0, repository: "reg/".into() },
        Request::Prune { .. } => Request::Log { id: None },
        Request::Log { .. } => Request::End {
            entry: HistoryEntry {
                ticket: ticket(),
                previous_tag: None,
                digest: None,
                outcome: EndOutcome::Undone,
                // The deployer names the step, whose arguments may hold a secret.
                reason: Some(format!("web1: docker-runner --tag new … manage --key={SECRET}: cancelled")),
                migrated: false,
                ended: 1,
            },
        },
        Request::End { .. } => return None,
    })
}

fn files() -> Files {
    let config = format!("export IMAGE=team/site\nexport OPTS=\"--rm -e SECRET_KEY={SECRET}\"\n");
    let files = [(PathBuf::from("/etc/default/site"), config.into_bytes())];
    Arc::new(Mutex::new(files.into()))
}

/// Only what the app gets may be a secret.
#[test]
fn exported_variables_of_the_configuration_are_secrets() {
    let config = format!(
        "export IMAGE=team/site\nexport ALLOWED_HOSTS=www.site.example\nNOTE=not-exported\nexport KEY={SECRET}\n"
    );
    let files = files();
    files.lock().unwrap().insert("/etc/default/site".into(), config.into_bytes());
    let machine = LeakyMachine { mode: Mode::Succeed, files, now: 1_000 };
    let (app, root) = (AppName::parse("site".as_ref()).unwrap(), Root("/".into()));
    assert_eq!(app_secrets(&AppHost { machine, app, root, sudo_docker: false }), [SECRET]);
}

/// A gate with a single attempt only checks whether the host serves.
#[test]
fn a_gate_that_waits_logs_why_it_failed() {
    let lines = |patience| {
        let machine = LeakyMachine { mode: Mode::Succeed, files: files(), now: 1_000 };
        let mut agent = Agent::new(machine, AppName::parse("site".as_ref()).unwrap(), Root("/".into()));
        let unit = RoleUnit { role: Role::Web, unit: "site".into() };
        let url = Check::parse("http://site.example/", None).ok();
        let gate = Request::Gate { unit, tag: Some("new".into()), url, patience };
        let mut lines = Vec::new();
        agent.perform(&gate, &mut |line| lines.push(line.as_str().to_owned())).unwrap_err();
        lines
    };
    assert_eq!(lines(0), [""; 0]);
    assert_ne!(lines(1), [""; 0]);
}

/// Release 0.1.0 did not redact the steps of its journal.
#[test]
fn state_files_of_an_older_release_reveal_no_secret() {
    let files = files();
    let folder = Path::new("/var/www/site/.deploy");
    let ticket = r#"{"id":"1","kind":"push","tag":"new","who":"ann","from":"desk","began":1}"#;
    let step = format!("docker-runner --tag new … manage --key={SECRET}");
    let journal = format!(
        "{{\"begun\":{{\"ticket\":{ticket},\"before\":{{}}}}}}\n{{\"about\":{{\"step\":\"{step}\",\"at\":1}}}}\n"
    );
    let history = format!(
        "{{\"ticket\":{},\"before\":null,\"digest\":null,\"outcome\":\"undone\",\"why\":\"{step}\"}}\n",
        ticket.replace("\"1\"", "\"0\"")
    );
    for (file, text) in [("journal", journal), ("history", history)] {
        files.lock().unwrap().insert(folder.join(file), text.into_bytes());
    }
    let machine = LeakyMachine { mode: Mode::Succeed, files, now: 1_000 };
    let mut agent = Agent::new(machine, AppName::parse("site".as_ref()).unwrap(), Root("/".into()));
    for request in
        [Request::Log { id: None }, Request::Inspect { units: Vec::new(), incoming: None, health: false }]
    {
        let result = format!("{:?}", agent.perform(&request, &mut |_| {}));
        assert!(result.contains(&format!("--key={MASK}")) && !result.contains(SECRET), "{result}");
    }
}

/// What left the agent: results, output lines and the files that it wrote.
fn output_of_every_request(mode: Mode) -> String {
    let files = files();
    let config = PathBuf::from("/etc/default/site");
    let machine = LeakyMachine { mode, files: files.clone(), now: 1_000 };
    let app = AppName::parse("site".as_ref()).unwrap();
    let mut agent = Agent::new(machine, app, Root("/".into()));
    let mut output = String::new();
    let mut request = Some(Request::Lock { ticket: ticket() });
    while let Some(current) = request {
        let result = agent.perform(&current, &mut |line| output.push_str(&format!("{}\n", line.as_str())));
        output.push_str(&format!("{result:?}\n"));
        request = next_request(&current);
    }
    for (_, bytes) in files.lock().unwrap().iter().filter(|(path, _)| **path != config) {
        output.push_str(&String::from_utf8_lossy(bytes));
    }
    output
}

#[test]
fn no_request_reveals_a_secret() {
    for mode in MODES {
        let output = output_of_every_request(mode);
        let leaks: Vec<&str> = output.lines().filter(|line| line.contains(SECRET)).collect();
        assert_eq!(leaks, [""; 0], "{mode:?}");
        assert!(output.contains(MASK), "{mode:?}: no command printed the secret\n{output}");
    }
}
