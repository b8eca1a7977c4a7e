//! The hosts looked at: connected with, asked how things are, all at the same
//! time, and all that is in the way told at once.

use crate::deploy::error::Error;
use crate::deploy::history::{self, PushKind, Ticket};
use crate::deploy::host::{Shared, lock_connection};
use crate::deploy::host_state::HostState;
use crate::deploy::protocol::request::{Incoming, Request};
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::Rollout;
use crate::deploy::rollout::preflight::{self, Blocker};
use crate::deploy::topology::Topology;
use crate::sys::threads;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

/// The hosts, connected, and how things are with them.
pub(super) struct Inspection {
    pub(super) topology: Topology,
    pub(super) hosts: Vec<Shared>,
    pub(super) facts: Vec<HostState>,
}

impl Inspection {
    /// Whether a push that was cut off had changed the schema.
    pub(super) fn migrated(&self) -> bool {
        self.facts.iter().any(|facts| facts.open.as_ref().is_some_and(|open| open.migrated))
    }

    /// The hosts whose agents are of another release, which can be inspected only.
    pub(super) fn version_mismatches(&self) -> Vec<(String, Blocker)> {
        let hosts = self.topology.hosts.iter().zip(&self.facts);
        let mismatch = hosts.filter_map(|(host, facts)| Some((host, facts.version_mismatch.clone()?)));
        mismatch.map(|(host, text)| (host.name.clone(), Blocker::Connection(text))).collect()
    }

    /// Where another deploy goes on, that there is no older tag yet is no error.
    pub(super) fn or_lock_holder_tag(&self, error: Error) -> Result<String, Error> {
        let held = self.facts.iter().find_map(|facts| facts.holder.as_ref());
        held.map(|holder| holder.ticket.tag.clone()).ok_or(error)
    }
}

impl Rollout<'_> {
    /// The first look: connects, and asks how things are.
    pub(super) fn inspect(&self, ticket: &Ticket) -> Result<Inspection, Error> {
        self.report.stage("look");
        let topology = Topology::new(self.settings);
        let names: Vec<&str> = topology.hosts.iter().map(|host| host.name.as_str()).collect();
        let hosts = self.connect_all(&names)?;
        let mut looked = Inspection { facts: Vec::new(), topology, hosts };
        self.inspect_again(&mut looked, ticket)?;
        Ok(looked)
    }

    /// Connects with all of them at the same time.
    pub(super) fn connect_all(&self, names: &[&str]) -> Result<Vec<Shared>, Error> {
        let connect = |name: &&str| self.connect.connect_unless(name, &|| self.stopped());
        let connections = threads::gather(names, &connect);
        let mut hindrances = Vec::new();
        let mut hosts = Vec::new();
        for (name, connection) in names.iter().zip(connections) {
            match connection {
                Ok(host) => hosts.push(Mutex::new(host)),
                Err(failure) => {
                    hindrances.push(((*name).to_owned(), Blocker::Connection(failure.to_string())));
                }
            }
        }
        self.fail_on_blockers(hindrances)?;
        Ok(hosts)
    }

    /// Asks every host how things are; who is connected stays so.
    pub(super) fn inspect_again(&self, looked: &mut Inspection, ticket: &Ticket) -> Result<(), Error> {
        let mut facts = Vec::new();
        let mut hindrances = Vec::new();
        let answers = self.ask_all(looked, |host| Request::Look {
            parts: looked.topology.looked_at(host, &self.settings.app),
            coming: self.coming(host, ticket),
            health: true,
        });
        for (host, answer) in looked.topology.hosts.iter().zip(answers) {
            match answer {
                Ok(Response::Facts(found)) => facts.push(*found),
                Ok(_) => {}
                Err(failure) => {
                    hindrances.push((host.name.clone(), Blocker::Connection(failure.to_string())));
                }
            }
        }
        self.fail_on_blockers(hindrances)?;
        resolve(&mut facts);
        looked.topology = preflight::without_missing_units(&looked.topology, &facts);
        self.fail_on_blockers(preflight::find(&looked.topology, &facts))?;
        looked.facts = facts;
        Ok(())
    }

    /// The first host runs the tasks.
    fn coming(&self, host: usize, ticket: &Ticket) -> Option<Incoming> {
        let runs = host == 0 && ticket.kind == PushKind::Push;
        let task = self.settings.tasks.first().filter(|_| runs).cloned().unwrap_or_default();
        let coming = Incoming { tag: ticket.tag.clone(), task, url: self.settings.check_url.clone() };
        Some(coming).filter(|coming| !coming.tag.is_empty())
    }

    fn ask_all(
        &self,
        looked: &Inspection,
        action: impl Fn(usize) -> Request + Sync,
    ) -> Vec<Result<Response, StepError>> {
        let questions: Vec<_> =
            looked.hosts.iter().enumerate().map(|(at, host)| (host, action(at))).collect();
        let stop = || self.stopped();
        let ask =
            |(host, action): &(&Shared, Request)| lock_connection(host).perform(action, &mut |_| {}, &stop);
        threads::gather(&questions, &ask)
    }

    /// Ctrl-C.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Goes on where there is nothing; tells all that there is.
    pub(super) fn fail_on_blockers(&self, hindrances: Vec<(String, Blocker)>) -> Result<(), Error> {
        if self.stopped() {
            return Err(Error::Interrupted);
        }
        hindrances.iter().for_each(|(host, hindrance)| self.report.wrong(host, &hindrance.to_string()));
        if hindrances.is_empty() { Ok(()) } else { Err(Error::Troubles) }
    }
}

/// A journal that is open on one host is closed where another host's history
/// says that the push was done.
pub(in crate::deploy) fn resolve(facts: &mut [HostState]) {
    let history = history::merged(facts.iter().map(|facts| facts.history.as_slice()));
    let done = |id: &str| {
        history.iter().any(|entry| entry.ticket.id == id && entry.outcome == history::EntryOutcome::Done)
    };
    for facts in facts {
        facts.open = facts.open.take().filter(|open| !done(&open.ticket.id));
    }
}
