//! The host's side: `docker-deploy on-host APP`, which the deployer starts on
//! each host, through ssh or by itself. It does one [`Request`] at a time,
//! writes each into the journal before it does it, and holds the app's lock
//! for as long as the deployer is there.

pub mod docker;
pub mod exec;
pub mod health_gate;
pub mod http;
pub mod image;
pub mod inspect;
pub mod journal;
pub mod local_machine;
pub mod machine;
pub mod redact;
pub mod serve;
pub mod unit;
pub mod units;

use crate::deploy::history::{PushKind, Ticket};
use crate::deploy::host_state::{Holder, Snapshot};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::{Log, Response};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::tag_files::TagFiles;
use crate::runner::app::{Name, Root};
pub use exec::{line, options, through_sudo};
use journal::{Journal, JournalLine, LogLine, cannot_write};
use machine::Machine;
use std::path::PathBuf;
use std::time::Duration;

/// How long a command of ours may take that asks or tells something.
pub const SHORT: Duration = Duration::from_secs(60);
/// How long a unit may take to stop: systemd's own limit.
pub const STOP: Duration = Duration::from_secs(90);
/// How long a unit may take that is started once more on the way back.
pub const START: u64 = 120;
/// How long a pull or a task may take.
pub const LONG: Duration = Duration::from_secs(2 * 3600);

/// The host's side of a deploy, of one app.
#[derive(Debug)]
pub struct Agent<M> {
    /// The machine under it.
    pub machine: M,
    app: Name,
    root: Root,
    locked: bool,
    undoing: bool,
    ticket: Option<Ticket>,
    sudo_docker: bool,
    secrets: Vec<String>,
}

/// Takes the output of commands, line by line, its secrets masked.
pub type Heard<'a> = &'a mut dyn FnMut(&str);

impl<M: Machine> Agent<M> {
    /// The host's side for an app.
    pub fn new(machine: M, app: Name, root: Root) -> Self {
        let secrets = redact::secrets(&machine, &root, &app);
        let (locked, undoing, ticket, sudo_docker) = (false, false, None, false);
        Self { machine, app, root, locked, undoing, ticket, sudo_docker, secrets }
    }

    /// Does one thing, and says how it went.
    pub fn perform(&mut self, action: &Request, heard: Heard<'_>) -> Result<Response, StepError> {
        if action.changes() && !self.locked {
            return Err(StepError::NotLocked);
        }
        if !action.is_journaled() {
            return self.dispatch(action, heard);
        }
        let step = action.to_string();
        let at = self.machine.now();
        self.note(&JournalLine::About { step, at })?;
        let result = self.dispatch(action, heard);
        let migrated = match &result {
            Ok(answer) => matches!(answer, Response::Ran { migrated: true }),
            // Some of them may have run.
            Err(_) => action.is_migrate(),
        };
        let failed = result.as_ref().err().map(ToString::to_string);
        let at = self.machine.now();
        self.note(&JournalLine::Did { failed, migrated, at })?;
        result
    }

    fn dispatch(&mut self, action: &Request, heard: Heard<'_>) -> Result<Response, StepError> {
        match action {
            Request::Look { parts, coming, health } => self.look(parts, coming.as_ref(), *health),
            Request::Apps => Ok(Response::Apps(crate::runner::apps::apps(&self.machine, &self.root))),
            Request::Lock { ticket } => self.lock(ticket),
            Request::Begin { ticket, before } => self.begin(ticket, before),
            Request::Stage { name, undo } => self.stage(name, *undo),
            Request::Pull { image, name } => self.pull(image, name, heard),
            Request::Retag { id, name } => self.call(&docker::tag(id, name), SHORT).map(|_| Response::Done),
            Request::Digest { image } => self.digest(image),
            Request::Task { tag, words } => self.task(tag, words, heard),
            Request::Mark { marks } => self.mark(marks),
            Request::Stop { part } => self.stop(part),
            Request::Start { part, patience } => {
                let done = self.unit(units::Verb::Start, part, *patience);
                self.or_last_words(done, part, heard)
            }
            Request::Restart { part, patience } => {
                let done = self.unit(units::Verb::Restart, part, *patience);
                self.or_last_words(done, part, heard)
            }
            Request::Ensure { part, tag } => self.ensure(part, tag.as_deref()),
            Request::Gate { part, tag, url, patience } => {
                let well = self.gate(part, tag.as_deref(), url.as_ref(), *patience);
                // Asked once, it is a question about another host's state.
                if *patience == 0 { well } else { self.or_last_words(well, part, heard) }
            }
            Request::Proxy => self.proxy(),
            Request::End { entry } => {
                self.journal().end(&mut self.machine, entry)?;
                self.write_holder("done");
                Ok(Response::Done)
            }
            Request::Prune { keep, repository } => self.prune(*keep, repository),
            Request::Log { id } => self.log(id.as_deref()),
        }
    }

    /// The folder of TAG.
    fn folder(&self) -> PathBuf {
        self.root.app_folder(&self.app.to_string())
    }

    /// What tells a docker-runner how the app's files are read.
    fn options(&self) -> Vec<String> {
        exec::options(&self.machine.world(), &self.root)
    }

    fn journal(&self) -> Journal {
        Journal::beside(&self.folder())
    }

    /// Writes into the journal. While things are put back, that counts more
    /// than telling about it.
    fn note(&mut self, line: &JournalLine) -> Result<(), StepError> {
        let written = self.journal().write(&mut self.machine, line);
        if self.undoing { Ok(()) } else { written }
    }

    fn lock(&mut self, ticket: &Ticket) -> Result<Response, StepError> {
        let journal = self.journal();
        journal.prepare(&mut self.machine)?;
        let path = journal.lock();
        if !self.locked && !self.machine.lock(&path).map_err(|error| cannot_write(&path, &error))? {
            return Ok(Response::Held(self.holder()));
        }
        self.locked = true;
        self.ticket = Some(ticket.clone());
        self.write_holder("lock");
        Ok(Response::Done)
    }

    /// Who has the lock. Where that cannot be read, the stage says why.
    fn holder(&self) -> Holder {
        match self.journal().holder(&self.machine) {
            Ok(holder) => holder.unwrap_or_else(|| unknown("unknown".into())),
            Err(error) => unknown(format!("unknown ({error})")),
        }
    }

    /// Writes who has the lock. Only people read it, so an error does not stop the deploy.
    fn write_holder(&mut self, stage: &str) {
        let Some(ticket) = self.ticket.clone() else { return };
        let holder = Holder { ticket, stage: stage.to_owned() };
        let _ = self.journal().write_holder(&mut self.machine, &holder);
    }

    fn begin(&mut self, ticket: &Ticket, before: &Snapshot) -> Result<Response, StepError> {
        self.ticket = Some(ticket.clone());
        self.journal().begin(&mut self.machine, ticket, before)?;
        Ok(Response::Done)
    }

    fn stage(&mut self, name: &str, undo: bool) -> Result<Response, StepError> {
        self.undoing = undo;
        if undo {
            self.journal().use_reserve(&mut self.machine)?;
        }
        self.write_holder(name);
        let at = self.machine.now();
        self.note(&JournalLine::Stage { name: name.to_owned(), at })?;
        Ok(Response::Done)
    }

    /// TAG before REVERT would be no better: what counts is that a retry knows
    /// the tag before from the journal, never from these files.
    fn mark(&mut self, marks: &TagFiles) -> Result<Response, StepError> {
        let folder = self.folder();
        for (name, text) in [("REVERT", &marks.revert), ("TAG", &marks.tag)] {
            let path = folder.join(name);
            match text {
                Some(text) if self.text(&path)?.as_ref() == Some(text) => {}
                Some(text) => self
                    .machine
                    .replace(&path, text.as_bytes())
                    .map_err(|error| cannot_write(&path, &error))?,
                None => self.machine.remove(&path).map_err(|error| cannot_write(&path, &error))?,
            }
        }
        Ok(Response::Done)
    }

    /// The whole text of a small file; `None` where there is none.
    fn text(&self, path: &std::path::Path) -> Result<Option<String>, StepError> {
        let cannot_read = |text: String| StepError::Read { path: path.display().to_string(), text };
        let content = self.machine.read(path).map_err(|error| cannot_read(error.to_string()))?;
        let text = content.map(|content| String::from_utf8(content.bytes)).transpose();
        text.map_err(|_| cannot_read("is not text".into()))
    }

    fn log(&mut self, id: Option<&str>) -> Result<Response, StepError> {
        let lines = self.journal().log(&self.machine, id)?;
        let ticket = lines.iter().rev().find_map(|line| match line {
            Ok(JournalLine::Begun { ticket, .. }) => Some(ticket.clone()),
            _ => None,
        });
        let text = |line: &LogLine| match line {
            Ok(line) => line.to_string(),
            Err(bad) => format!("cannot read {bad}"),
        };
        let lines = lines.iter().map(text).collect();
        Ok(Response::Log(ticket.map(|ticket| Log { ticket, lines })))
    }

    fn proxy(&mut self) -> Result<Response, StepError> {
        let words = self.as_root(vec!["nginx".to_owned(), "-T".to_owned()]);
        let text = self.call(&words, SHORT).map_err(|error| StepError::Proxy { text: error.to_string() })?;
        Ok(Response::Servers(crate::deploy::nginx::servers(&text)))
    }
}

fn unknown(stage: String) -> Holder {
    let unknown = || "unknown".to_owned();
    let ticket = Ticket {
        id: unknown(),
        kind: PushKind::Push,
        tag: unknown(),
        who: unknown(),
        from: unknown(),
        began: 0,
    };
    Holder { ticket, stage }
}
