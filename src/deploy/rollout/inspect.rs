//! The inspection: connects to all hosts in parallel, reads their state, and
//! reports every blocker at once.

use crate::deploy::blocker::Blocker;
use crate::deploy::error::Error;
use crate::deploy::history::{self, DeployKind, EndOutcome, HistoryEntry, Ticket};
use crate::deploy::host::{Connect, Connection, Report, lock_connection, unexpected_response};
use crate::deploy::host_state::HostState;
use crate::deploy::protocol::request::{Incoming, Request};
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::preflight;
use crate::deploy::rollout::target::Target;
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::Topology;
use crate::sys::threads;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The hosts, connected, and their state.
pub struct Inspection {
    pub app: String,
    /// Without the standard units that this machine lacks; see
    /// [`preflight::without_missing_units`].
    pub topology: Topology,
    /// One for each host of the topology.
    pub connections: Vec<Connection>,
    /// One for each host of the topology.
    pub host_states: Vec<HostState>,
}

impl Inspection {
    /// The hosts whose agent is of another release, which can only be inspected.
    pub fn version_mismatches(&self) -> Vec<(String, Blocker)> {
        let hosts = self.topology.hosts.iter().zip(&self.host_states);
        let mismatches = hosts.filter_map(|(host, state)| Some((host, state.version_mismatch.clone()?)));
        mismatches.map(|(host, text)| (host.name.clone(), Blocker::Connection(text))).collect()
    }

    /// The tag to deploy, by the state of the hosts.
    pub(super) fn resolved_tag(&self, target: &Target) -> Result<String, Error> {
        match target {
            Target::Push(tag) | Target::Rollback(Some(tag)) => Ok(tag.clone()),
            Target::Rollback(None) => self.rollback_target(),
        }
    }

    /// The tag to show to other deployers while we wait for the locks. While
    /// another deployer is active, there may be no earlier tag yet.
    pub(super) fn provisional_tag(&self, target: &Target) -> Result<String, Error> {
        self.resolved_tag(target).or_else(|error| self.or_lock_holder_tag(error))
    }

    fn or_lock_holder_tag(&self, error: Error) -> Result<String, Error> {
        let holder = self.host_states.iter().find_map(|state| state.lock_holder.as_ref());
        holder.map(|holder| holder.ticket.tag.clone()).ok_or(error)
    }

    /// The tag that a rollback without TAG goes to. An interrupted rollback is
    /// continued; REVERT counts only if the history is empty.
    fn rollback_target(&self) -> Result<String, Error> {
        let history = self.history();
        let open = self.host_states.iter().find_map(|state| state.open_deploy.as_ref());
        let first = self.host_states.first();
        let now = first.and_then(|state| state.tag_files.tag());
        let tag = match open {
            Some(open) if open.ticket.kind == DeployKind::Rollback => Some(open.ticket.tag.clone()),
            _ if history.iter().any(|entry| entry.outcome == EndOutcome::Done) => {
                history::last_good_tag(&history, now.as_deref(), open.is_some())
            }
            Some(_) => first.and_then(|state| state.restore_point().running_tag()),
            None => {
                first.and_then(|state| state.tag_files.revert()).filter(|revert| Some(revert) != now.as_ref())
            }
        };
        tag.ok_or_else(|| Error::NoEarlierTag { app: self.app.clone() })
    }

    /// Whether an interrupted push has changed the database schema.
    pub(super) fn migrated(&self) -> bool {
        self.host_states.iter().any(|state| state.open_deploy.as_ref().is_some_and(|open| open.migrated))
    }

    /// Whether migrations ran since that tag was deployed.
    pub(super) fn migrated_since(&self, tag: &str) -> bool {
        self.migrated() || history::migrated_since(&self.history(), tag)
    }

    fn history(&self) -> Vec<HistoryEntry> {
        history::merge(self.host_states.iter().map(|state| state.history.as_slice()))
    }
}

/// Connects to hosts and reads their state.
pub(super) struct Inspector<'a> {
    pub(super) settings: &'a DeploySettings,
    pub(super) connect: &'a dyn Connect,
    pub(super) report: &'a dyn Report,
    pub(super) stop: &'a AtomicBool,
}

impl Inspector<'_> {
    /// Connects to all hosts and reads their state.
    pub(super) fn inspect(&self, ticket: &Ticket) -> Result<Inspection, Error> {
        self.report.stage("inspect");
        let topology = Topology::new(self.settings);
        let names: Vec<&str> = topology.hosts.iter().map(|host| host.name.as_str()).collect();
        let connections = self.connect_all(&names)?;
        let app = self.settings.app.to_string();
        let mut inspection = Inspection { app, topology, connections, host_states: Vec::new() };
        self.inspect_again(&mut inspection, ticket)?;
        Ok(inspection)
    }

    /// Reads the state of all hosts over the same connections.
    pub(super) fn inspect_again(&self, inspection: &mut Inspection, ticket: &Ticket) -> Result<(), Error> {
        let responses = self.query_all(&inspection.connections, |host| Request::Inspect {
            units: inspection.topology.units_to_inspect(host, &self.settings.app),
            incoming: self.incoming(host, ticket),
            health: true,
        });
        let names = inspection.topology.hosts.iter().map(|host| host.name.as_str());
        let mut host_states = self.all_or_blocked(names.zip(responses.into_iter().map(host_state)))?;
        close_completed(&mut host_states);
        inspection.topology = preflight::without_missing_units(&inspection.topology, &host_states);
        let blockers = preflight::find(&inspection.topology, &host_states);
        preflight::fail_on_blockers(self.report, self.stop, &blockers)?;
        inspection.host_states = host_states;
        Ok(())
    }

    /// Connects to these hosts in parallel.
    pub(super) fn connect_all(&self, names: &[&str]) -> Result<Vec<Connection>, Error> {
        let connect = |name: &&str| self.connect.connect_unless(name, &|| self.stopped());
        let results = threads::parallel_map(names, &connect);
        let hosts = self.all_or_blocked(names.iter().copied().zip(results))?;
        Ok(hosts.into_iter().map(Mutex::new).collect())
    }

    /// All values, or all errors as blockers of their hosts.
    pub(super) fn all_or_blocked<'n, T>(
        &self,
        results: impl Iterator<Item = (&'n str, Result<T, StepError>)>,
    ) -> Result<Vec<T>, Error> {
        let (mut values, mut blockers) = (Vec::new(), Vec::new());
        for (name, result) in results {
            match result {
                Ok(value) => values.push(value),
                Err(failure) => blockers.push((name.to_owned(), Blocker::Connection(failure.to_string()))),
            }
        }
        preflight::fail_on_blockers(self.report, self.stop, &blockers)?;
        Ok(values)
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// What the host checks in advance. The first host runs the tasks.
    fn incoming(&self, host: usize, ticket: &Ticket) -> Option<Incoming> {
        if ticket.tag.is_empty() {
            return None;
        }
        let runs_tasks = host == 0 && ticket.kind == DeployKind::Push;
        let task = self.settings.tasks.first().filter(|_| runs_tasks);
        Some(Incoming {
            tag: ticket.tag.clone(),
            task: task.map(|task| task.words().to_vec()).unwrap_or_default(),
            url: self.settings.check_url.clone(),
        })
    }

    /// Sends a request to every host, in parallel.
    fn query_all(
        &self,
        connections: &[Connection],
        request: impl Fn(usize) -> Request,
    ) -> Vec<Result<Response, StepError>> {
        let requests: Vec<_> =
            connections.iter().enumerate().map(|(host, connection)| (connection, request(host))).collect();
        let query = |(connection, request): &(&Connection, Request)| {
            lock_connection(connection).query(request, &|| self.stopped())
        };
        threads::parallel_map(&requests, &query)
    }
}

/// The state in the response to an inspection.
pub(in crate::deploy) fn host_state(response: Result<Response, StepError>) -> Result<HostState, StepError> {
    match response? {
        Response::HostState(state) => Ok(*state),
        _ => Err(unexpected_response()),
    }
}

/// Treats a journal as closed if another host's history has the push as done.
pub(in crate::deploy) fn close_completed(host_states: &mut [HostState]) {
    let history = history::merge(host_states.iter().map(|state| state.history.as_slice()));
    let done =
        |id: &str| history.iter().any(|entry| entry.ticket.id == id && entry.outcome == EndOutcome::Done);
    for state in host_states {
        state.open_deploy = state.open_deploy.take().filter(|open| !done(&open.ticket.id));
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AtomicBool, DeployKind, HistoryEntry, HostState, Inspection, Inspector, Ordering, Target, Ticket,
        Topology,
    };
    use crate::deploy::host_state::{LockHolder, OpenDeploy, Snapshot};
    use crate::deploy::rollout::test_fleet::{NoHosts, Silent};
    use crate::deploy::test_values::{done, settings};

    fn ticket(id: &str, kind: DeployKind, tag: &str) -> Ticket {
        let (user, machine) = ("ann".to_owned(), "desk".to_owned());
        Ticket { id: id.to_owned(), kind, tag: tag.to_owned(), user, machine, started: 1 }
    }

    fn pushed(id: &str, tag: &str) -> HistoryEntry {
        HistoryEntry { ended: 2, ..done(ticket(id, DeployKind::Push, tag)) }
    }

    fn open(kind: DeployKind, tag: &str, migrated: bool) -> Option<OpenDeploy> {
        let (ticket, snapshot) = (ticket("9", kind, tag), Snapshot::default());
        Some(OpenDeploy { ticket, snapshot, stage: "web".into(), step: None, migrated })
    }

    fn inspection(state: HostState) -> Inspection {
        let topology = Topology { hosts: Vec::new(), local_only: false };
        Inspection { app: "site".into(), topology, connections: Vec::new(), host_states: vec![state] }
    }

    #[test]
    fn the_tag_of_the_lock_holder_is_shown_while_there_is_no_earlier_tag() {
        let tag = |lock_holder| {
            let state = HostState { lock_holder, ..HostState::default() };
            inspection(state).provisional_tag(&Target::Rollback(None)).ok()
        };
        let holder = LockHolder { ticket: ticket("8", DeployKind::Push, "b7"), stage: "pull".into() };
        assert_eq!((tag(Some(holder)), tag(None)), (Some("b7".to_owned()), None));
    }

    #[test]
    fn an_interrupted_rollback_is_continued() {
        let history = vec![pushed("1", "older"), pushed("2", "old"), pushed("3", "new")];
        let state = HostState {
            history,
            open_deploy: open(DeployKind::Rollback, "older", false),
            ..HostState::default()
        };
        assert_eq!(inspection(state).resolved_tag(&Target::Rollback(None)).ok(), Some("older".to_owned()));
    }

    #[test]
    fn an_interrupt_cancels_connections() {
        let (settings, connect) = (settings(), NoHosts::default());
        for stopped in [false, true] {
            let stop = AtomicBool::new(stopped);
            let inspector =
                Inspector { settings: &settings, connect: &connect, report: &Silent, stop: &stop };
            assert!(inspector.connect_all(&["a"]).is_err());
            assert_eq!(connect.stopped.load(Ordering::SeqCst), stopped);
        }
    }

    #[test]
    fn an_interrupted_push_may_have_migrated() {
        let migrated = |migrated| {
            let history = vec![pushed("1", "old")];
            let open_deploy = open(DeployKind::Push, "new", migrated);
            inspection(HostState { history, open_deploy, ..HostState::default() }).migrated_since("old")
        };
        assert_eq!([false, true].map(migrated), [false, true]);
    }
}
