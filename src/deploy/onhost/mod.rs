//! The host's side: `docker-deploy on-host APP`, which the deployer starts on
//! each host, through ssh or by itself. It does one [`Action`] at a time,
//! writes each into the journal before it does it, and holds the app's lock
//! for as long as the deployer is there.

pub mod call;
pub mod docker;
pub mod gate;
pub mod http;
pub mod image;
pub mod journal;
pub mod look;
pub mod machine;
pub mod mask;
pub mod real;
pub mod serve;
pub mod unit;
pub mod units;

use super::action::Action;
use super::answer::{Answer, Log};
use super::facts::{Before, Holder};
use super::failure::Failure;
use super::history::{Kind, Ticket};
use super::tag::Marks;
use super::wire;
use crate::runner::app::{Name, Root};
pub use call::{line, options, through_sudo};
use journal::{Journal, Line, cannot_write};
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
        let secrets = mask::secrets(&machine, &root, &app);
        let (locked, undoing, ticket, sudo_docker) = (false, false, None, false);
        Self { machine, app, root, locked, undoing, ticket, sudo_docker, secrets }
    }

    /// Does one thing, and says how it went.
    pub fn perform(&mut self, action: &Action, heard: Heard<'_>) -> Result<Answer, Failure> {
        if action.changes() && !self.locked {
            return Err(Failure::NotLocked);
        }
        if !action.is_journaled() {
            return self.act(action, heard);
        }
        let step = action.to_string();
        let at = self.machine.now();
        self.note(&Line::About { step, at })?;
        let result = self.act(action, heard);
        let migrated = match &result {
            Ok(answer) => matches!(answer, Answer::Ran { migrated: true }),
            // Some of them may have run.
            Err(_) => action.is_migrate(),
        };
        let failed = result.as_ref().err().map(ToString::to_string);
        let at = self.machine.now();
        self.note(&Line::Did { failed, migrated, at })?;
        result
    }

    fn act(&mut self, action: &Action, heard: Heard<'_>) -> Result<Answer, Failure> {
        match action {
            Action::Look { parts, coming, health } => self.look(parts, coming.as_ref(), *health),
            Action::Apps => Ok(Answer::Apps(crate::runner::overview::apps(&self.machine, &self.root))),
            Action::Lock { ticket } => self.lock(ticket),
            Action::Begin { ticket, before } => self.begin(ticket, before),
            Action::Stage { name, undo } => self.stage(name, *undo),
            Action::Pull { image, name } => self.pull(image, name, heard),
            Action::Retag { id, name } => self.call(&docker::tag(id, name), SHORT).map(|_| Answer::Done),
            Action::Digest { image } => self.digest(image),
            Action::Task { tag, words } => self.task(tag, words, heard),
            Action::Mark { marks } => self.mark(marks),
            Action::Stop { part } => self.stop(part),
            Action::Start { part, patience } => {
                let done = self.unit(units::Verb::Start, part, *patience);
                self.or_last_words(done, part, heard)
            }
            Action::Restart { part, patience } => {
                let done = self.unit(units::Verb::Restart, part, *patience);
                self.or_last_words(done, part, heard)
            }
            Action::Ensure { part, tag } => self.ensure(part, tag.as_deref()),
            Action::Gate { part, tag, url, patience } => {
                let well = self.gate(part, tag.as_deref(), url.as_ref(), *patience);
                // Asked once, it is a question about another host's state.
                if *patience == 0 { well } else { self.or_last_words(well, part, heard) }
            }
            Action::Proxy => self.proxy(),
            Action::End { entry } => {
                self.journal().end(&mut self.machine, entry)?;
                self.hold("done");
                Ok(Answer::Done)
            }
            Action::Prune { keep, repository } => self.prune(*keep, repository),
            Action::Log { id } => self.log(id.as_deref()),
        }
    }

    /// The folder of TAG.
    fn folder(&self) -> PathBuf {
        self.root.app_folder(&self.app.to_string())
    }

    /// What tells a docker-runner how the app's files are read.
    fn options(&self) -> Vec<String> {
        call::options(&self.machine.world(), &self.root)
    }

    fn journal(&self) -> Journal {
        Journal::beside(&self.folder())
    }

    /// Writes into the journal. While things are put back, that counts more
    /// than telling about it.
    fn note(&mut self, line: &Line) -> Result<(), Failure> {
        let written = self.journal().write(&mut self.machine, line);
        if self.undoing { Ok(()) } else { written }
    }

    fn lock(&mut self, ticket: &Ticket) -> Result<Answer, Failure> {
        let journal = self.journal();
        journal.prepare(&mut self.machine)?;
        let path = journal.lock();
        if !self.locked && !self.machine.lock(&path).map_err(|error| cannot_write(&path, &error))? {
            return Ok(Answer::Held(self.holder().unwrap_or_else(unknown)));
        }
        self.locked = true;
        self.ticket = Some(ticket.clone());
        self.hold("lock");
        Ok(Answer::Done)
    }

    /// Who has the lock, where somebody has it.
    fn holder(&self) -> Option<Holder> {
        let content = self.machine.read(&self.holder_file()).ok()??;
        wire::read(&content.bytes)
    }

    fn holder_file(&self) -> PathBuf {
        self.journal().lock().with_file_name("holder")
    }

    /// Says who has the lock: only for people, so that it can't be written is
    /// no reason to stop.
    fn hold(&mut self, stage: &str) {
        let Some(ticket) = self.ticket.clone() else { return };
        let holder = Holder { ticket, stage: stage.to_owned() };
        let path = self.holder_file();
        let _ = self.machine.replace(&path, wire::line(&holder).as_bytes());
    }

    fn begin(&mut self, ticket: &Ticket, before: &Before) -> Result<Answer, Failure> {
        self.ticket = Some(ticket.clone());
        self.journal().begin(&mut self.machine, ticket, before)?;
        Ok(Answer::Done)
    }

    fn stage(&mut self, name: &str, undo: bool) -> Result<Answer, Failure> {
        self.undoing = undo;
        if undo {
            self.journal().use_reserve(&mut self.machine)?;
        }
        self.hold(name);
        let at = self.machine.now();
        self.note(&Line::Stage { name: name.to_owned(), at })?;
        Ok(Answer::Done)
    }

    /// TAG before REVERT would be no better: what counts is that a retry knows
    /// the tag before from the journal, never from these files.
    fn mark(&mut self, marks: &Marks) -> Result<Answer, Failure> {
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
        Ok(Answer::Done)
    }

    /// The whole text of a small file; `None` where there is none.
    fn text(&self, path: &std::path::Path) -> Result<Option<String>, Failure> {
        let cannot_read = |text: String| Failure::Read { path: path.display().to_string(), text };
        let content = self.machine.read(path).map_err(|error| cannot_read(error.to_string()))?;
        let text = content.map(|content| String::from_utf8(content.bytes)).transpose();
        text.map_err(|_| cannot_read("is not text".into()))
    }

    fn log(&mut self, id: Option<&str>) -> Result<Answer, Failure> {
        let lines = self.journal().log(&self.machine, id)?;
        let ticket = lines.iter().rev().find_map(|line| match line {
            Line::Begun { ticket, .. } => Some(ticket.clone()),
            _ => None,
        });
        let lines = lines.iter().map(Line::to_string).collect();
        Ok(Answer::Log(ticket.map(|ticket| Log { ticket, lines })))
    }

    fn proxy(&mut self) -> Result<Answer, Failure> {
        let words = self.as_root(vec!["nginx".to_owned(), "-T".to_owned()]);
        let text = self.call(&words, SHORT).map_err(|error| Failure::Proxy { text: error.to_string() })?;
        Ok(Answer::Servers(super::nginx::servers(&text)))
    }
}

fn unknown() -> Holder {
    let unknown = || "unknown".to_owned();
    let ticket =
        Ticket { id: unknown(), kind: Kind::Push, tag: unknown(), who: unknown(), from: unknown(), began: 0 };
    Holder { ticket, stage: unknown() }
}
