//! The agent: `docker-deploy on-host APP`, which the deployer starts on each
//! host, directly or through ssh. It carries out one [`Request`] at a time,
//! records each change in the journal first, and holds the app's lock until
//! the connection ends.

pub mod app_host;
pub mod containers;
pub mod docker;
pub mod health_gate;
mod holder;
pub mod host_command;
pub mod http;
pub mod images;
pub mod inspect;
pub mod journal;
pub mod local_machine;
pub mod machine;
pub mod redact;
#[cfg(test)]
mod redact_tests;
pub mod redacted_writer;
pub mod serve;
pub mod task;
#[cfg(test)]
mod test_machine;
pub mod unit_commands;
pub mod units;

use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::host_state::Snapshot;
use crate::deploy::nginx;
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::state::journal::JournalLine;
use crate::deploy::tag_files::TagFiles;
use crate::runner::app::{AppName, Root};
use crate::runner::apps;
use app_host::{AppHost, QUERY_TIMEOUT};
use health_gate::HealthGate;
use host_command::{HostCommand, Privilege};
use journal::cannot_write;
use machine::Machine;
use redact::Redactor;
use redacted_writer::{OnLine, RedactedWriter};
use std::sync::Arc;
use unit_commands::UnitAction;

/// The agent of one app on one host.
#[derive(Debug)]
pub struct Agent<M> {
    host: AppHost<M>,
    redactor: Arc<Redactor>,
    locked: bool,
    undoing: bool,
    ticket: Option<Ticket>,
}

impl<M: Machine> Agent<M> {
    /// The agent of an app on this machine.
    pub fn new(machine: M, app: AppName, root: Root) -> Self {
        let host = AppHost { machine, app, root, sudo_docker: false };
        let redactor = Arc::new(Redactor::for_app(&host));
        Self { host, redactor, locked: false, undoing: false, ticket: None }
    }

    /// The machine it works on.
    pub fn machine(&self) -> &M {
        &self.host.machine
    }

    /// Carries out one request. This is the only way to use the agent, and
    /// everything that it returns, sends and logs is redacted here.
    pub fn perform(&mut self, request: &Request, on_line: OnLine<'_>) -> Result<Response, StepError> {
        if request.changes() && !self.locked {
            return Err(StepError::NotLocked);
        }
        let journal = self.host.journal();
        let mut writer = RedactedWriter::new(self.redactor.clone(), journal, self.undoing, on_line);
        let result = if request.is_journaled() {
            self.perform_journaled(request, &mut writer)
        } else {
            self.dispatch(request, &mut writer)
        };
        self.redactor.result(result)
    }

    fn perform_journaled(
        &mut self,
        request: &Request,
        writer: &mut RedactedWriter<'_>,
    ) -> Result<Response, StepError> {
        let (step, at) = (request.to_string(), self.host.machine.now());
        writer.log(&mut self.host.machine, JournalLine::StepStart { step, at })?;
        let result = self.dispatch(request, writer);
        let migrated = match &result {
            Ok(response) => matches!(response, Response::TaskDone { migrated: true }),
            // Some of the migrations may have run.
            Err(_) => request.is_migrate(),
        };
        let error = result.as_ref().err().map(ToString::to_string);
        let at = self.host.machine.now();
        writer.log(&mut self.host.machine, JournalLine::StepEnd { error, migrated, at })?;
        result
    }

    fn dispatch(
        &mut self,
        request: &Request,
        writer: &mut RedactedWriter<'_>,
    ) -> Result<Response, StepError> {
        let host = &mut self.host;
        match request {
            Request::Inspect { units, incoming, health } => {
                let (incoming, locked) = (incoming.as_ref(), self.locked);
                inspect::inspect(host, &inspect::Scope { units, incoming, health: *health, locked })
            }
            Request::Apps => Ok(Response::Apps(apps::readable(&host.machine, &host.root))),
            Request::Lock { ticket } => self.lock(ticket),
            Request::Begin { ticket, snapshot } => self.begin(ticket, snapshot),
            Request::Stage { name, undo } => self.stage(name, *undo, writer),
            Request::Pull { image, name } => images::pull(host, image, name, writer),
            Request::Retag { id, name } => images::tag(host, id, name),
            Request::Digest { image } => images::digest(host, image),
            Request::Task { tag, task } => task::run(host, tag, task, writer),
            Request::WriteTagFiles { tag_files } => write_tag_files(host, tag_files),
            Request::Stop { unit } => units::stop(host, unit),
            Request::Start { unit, patience } => {
                let result = units::change(host, UnitAction::Start, unit, *patience);
                units::report_failure(host, result, unit, writer)
            }
            Request::Restart { unit, patience } => {
                let result = units::change(host, UnitAction::Restart, unit, *patience);
                units::report_failure(host, result, unit, writer)
            }
            Request::Ensure { unit, tag } => units::ensure_tag(host, unit, tag.as_deref()),
            Request::Gate { unit, tag, url, patience } => {
                let gate = HealthGate::new(unit, tag.as_deref(), url.as_ref());
                let result = gate.wait(host, *patience);
                // The deployer asks with a single check whether a host serves: a failure needs no log.
                if *patience == 0 { result } else { units::report_failure(host, result, unit, writer) }
            }
            Request::NginxServers => proxy_servers(host),
            Request::End { entry } => self.end(entry),
            Request::Prune { keep, repository } => images::prune(host, *keep, repository),
            Request::Log { id } => host.journal().log(&host.machine, id.as_deref()).map(Response::Log),
        }
    }

    fn lock(&mut self, ticket: &Ticket) -> Result<Response, StepError> {
        let journal = self.host.journal();
        journal.prepare(&mut self.host.machine)?;
        let path = journal.lock();
        let machine = &mut self.host.machine;
        if !self.locked && !machine.lock(&path).map_err(|error| cannot_write(&path, &error))? {
            return Ok(Response::LockHeld(holder::read(&self.host)));
        }
        self.locked = true;
        self.ticket = Some(ticket.clone());
        self.write_holder("lock");
        Ok(Response::Done)
    }

    fn begin(&mut self, ticket: &Ticket, snapshot: &Snapshot) -> Result<Response, StepError> {
        self.ticket = Some(ticket.clone());
        self.host.journal().begin(&mut self.host.machine, ticket, snapshot)?;
        Ok(Response::Done)
    }

    fn stage(
        &mut self,
        name: &str,
        undo: bool,
        writer: &mut RedactedWriter<'_>,
    ) -> Result<Response, StepError> {
        self.undoing = undo;
        writer.set_undoing(undo);
        if undo {
            self.host.journal().use_reserve(&mut self.host.machine)?;
        }
        self.write_holder(name);
        let at = self.host.machine.now();
        writer.log(&mut self.host.machine, JournalLine::Stage { name: name.to_owned(), at })?;
        Ok(Response::Done)
    }

    fn end(&mut self, entry: &HistoryEntry) -> Result<Response, StepError> {
        let entry = self.redactor.history_entry(entry.clone());
        self.host.journal().end(&mut self.host.machine, &entry)?;
        self.write_holder("done");
        Ok(Response::Done)
    }

    fn write_holder(&mut self, stage: &str) {
        if let Some(ticket) = &self.ticket {
            holder::write(&mut self.host, ticket, stage);
        }
    }
}

/// Writes REVERT and TAG. Their order does not matter to a retry, which takes
/// the previous tag from the journal.
fn write_tag_files(host: &mut AppHost<impl Machine>, tag_files: &TagFiles) -> Result<Response, StepError> {
    let folder = host.folder();
    for (name, text) in [("REVERT", &tag_files.revert_text), ("TAG", &tag_files.tag_text)] {
        let path = folder.join(name);
        let written = match text {
            Some(text) if host.read_text(&path)?.as_ref() == Some(text) => Ok(()),
            Some(text) => host.machine.replace(&path, text.as_bytes()),
            None => host.machine.remove(&path),
        };
        written.map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(Response::Done)
}

/// The upstream servers of the nginx on this host.
fn proxy_servers(host: &mut AppHost<impl Machine>) -> Result<Response, StepError> {
    let command = HostCommand::new(Privilege::Root, "nginx", ["-T"]);
    let text = host.output(&command, QUERY_TIMEOUT);
    let text = text.map_err(|error| StepError::Proxy { text: error.to_string() })?;
    Ok(Response::Servers(nginx::servers(&text)))
}
