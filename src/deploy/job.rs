//! A push or a rollback from its beginning to its end: look, lock, plan, do.

use super::action::{Action, Answer};
use super::ended::Ended;
use super::error::Error;
use super::facts::{Facts, Holder};
use super::failure::Failure;
use super::history::{self, Kind, Ticket};
use super::host::{Clock, Connect, Report, Shared, held};
use super::perform::{Deploy, SoFar};
use super::plan::{self, Given, Plan};
use super::settings::Settings;
use super::topology::Topology;
use super::trouble::{self, Hindrance};
use crate::sys::threads;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two tries for a lock that another has.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a lock is asked for in any case, in seconds: the host's side of a
/// deployer that was killed just now needs a moment to notice.
const A_MOMENT: u64 = 5;

/// What a push or rollback needs.
pub struct Job<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// How hosts are reached.
    pub connect: &'a dyn Connect,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who is told.
    pub report: &'a dyn Report,
    /// Ctrl-C.
    pub stop: &'a AtomicBool,
    /// Who asks, from where.
    pub caller: Caller,
    /// Whether to wait for a lock.
    pub wait: bool,
}

/// Who asks for a deploy, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub who: String,
    /// The machine.
    pub from: String,
    /// The process.
    pub pid: u32,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This tag on every host.
    Push(String),
    /// This tag back; the last good one where there is none.
    Rollback(Option<String>),
}

/// The hosts, connected, and how things are with them.
struct Looked {
    topology: Topology,
    hosts: Vec<Shared>,
    facts: Vec<Facts>,
}

impl Job<'_> {
    /// What would be done; changes nothing.
    pub fn plan(&self, wanted: &Wanted) -> Result<(Plan, Topology, Vec<Facts>), Error> {
        let mut looked = self.look(wanted)?;
        let ticket = self.ticket(&looked, wanted)?;
        if *wanted == Wanted::Rollback(None) {
            self.look_again(&mut looked, wanted)?;
        }
        let plan = self.planned(&looked, ticket)?;
        Ok((plan, looked.topology, looked.facts))
    }

    /// Does it.
    pub fn run(&self, wanted: &Wanted) -> Result<Ended, Error> {
        let mut looked = self.look(wanted)?;
        let ticket = self.ticket(&looked, wanted)?;
        self.lock(&looked, &ticket)?;
        // What was true before the lock may not be any more.
        self.look_again(&mut looked, wanted)?;
        let plan = self.planned(&looked, ticket)?;
        plan.notes.iter().for_each(|note| self.report.note(note));
        let (topology, hosts) = (&looked.topology, looked.hosts.as_slice());
        let so_far = Mutex::new(SoFar::default());
        let Job { clock, report, stop, .. } = *self;
        Ok(Deploy { plan: &plan, topology, hosts, clock, report, stop, so_far }.run())
    }

    fn look(&self, wanted: &Wanted) -> Result<Looked, Error> {
        self.report.stage("look");
        let topology = Topology::new(self.settings);
        let names: Vec<&str> = topology.hosts.iter().map(|host| host.name.as_str()).collect();
        let hosts = self.connected(&names)?;
        let mut looked = Looked { facts: Vec::new(), topology, hosts };
        self.look_again(&mut looked, wanted)?;
        Ok(looked)
    }

    /// Connects with all of them at the same time.
    pub(super) fn connected(&self, names: &[&str]) -> Result<Vec<Shared>, Error> {
        let connections = threads::gather(names, &|name| self.connect.connect(name));
        let mut hindrances = Vec::new();
        let mut hosts = Vec::new();
        for (name, connection) in names.iter().zip(connections) {
            match connection {
                Ok(host) => hosts.push(Mutex::new(host)),
                Err(failure) => {
                    hindrances.push(((*name).to_owned(), Hindrance::Connection(failure.to_string())));
                }
            }
        }
        self.nothing_in_the_way(hindrances)?;
        Ok(hosts)
    }

    fn look_again(&self, looked: &mut Looked, wanted: &Wanted) -> Result<(), Error> {
        let tag = match wanted {
            Wanted::Push(tag) | Wanted::Rollback(Some(tag)) => Some(tag.clone()),
            Wanted::Rollback(None) if looked.facts.is_empty() => None,
            Wanted::Rollback(None) => Some(self.older(looked)?),
        };
        let mut facts = Vec::new();
        let mut hindrances = Vec::new();
        let answers = self.ask_all(looked, |host| Action::Look {
            parts: looked.topology.looked_at(host, &self.settings.app),
            tag: tag.clone(),
            health: true,
        });
        for (host, answer) in looked.topology.hosts.iter().zip(answers) {
            match answer {
                Ok(Answer::Facts(found)) => facts.push(*found),
                Ok(_) => {}
                Err(failure) => {
                    hindrances.push((host.name.clone(), Hindrance::Connection(failure.to_string())));
                }
            }
        }
        self.nothing_in_the_way(hindrances)?;
        resolve(&mut facts);
        looked.topology = trouble::fitted(&looked.topology, &facts);
        self.nothing_in_the_way(trouble::find(&looked.topology, &facts))?;
        looked.facts = facts;
        Ok(())
    }

    fn ask_all(
        &self,
        looked: &Looked,
        action: impl Fn(usize) -> Action + Sync,
    ) -> Vec<Result<Answer, Failure>> {
        let questions: Vec<_> =
            looked.hosts.iter().enumerate().map(|(at, host)| (host, action(at))).collect();
        let ask = |(host, action): &(&Shared, Action)| held(host).perform(action, &mut |_| {}, &|| false);
        threads::gather(&questions, &ask)
    }

    pub(super) fn nothing_in_the_way(&self, hindrances: Vec<(String, Hindrance)>) -> Result<(), Error> {
        hindrances.iter().for_each(|(host, hindrance)| self.report.wrong(host, &hindrance.to_string()));
        if hindrances.is_empty() { Ok(()) } else { Err(Error::Troubles) }
    }

    /// The tag that a rollback without TAG means.
    fn older(&self, looked: &Looked) -> Result<String, Error> {
        let history = history::merged(looked.facts.iter().map(|facts| facts.history.as_slice()));
        let open = looked.facts.iter().any(|facts| facts.open.is_some());
        let first = looked.facts.first();
        let now = first.and_then(|facts| facts.marks.tag());
        let revert = || {
            let marks = first.map(|facts| facts.before())?;
            if open { marks.tag() } else { marks.revert() }
        };
        let older = history::last_good(&history, now.as_deref(), open).or_else(revert);
        older.ok_or_else(|| Error::NoOlder { app: self.settings.app.to_string() })
    }

    fn ticket(&self, looked: &Looked, wanted: &Wanted) -> Result<Ticket, Error> {
        let (kind, tag) = match wanted {
            Wanted::Push(tag) => (Kind::Push, tag.clone()),
            Wanted::Rollback(Some(tag)) => (Kind::Rollback, tag.clone()),
            Wanted::Rollback(None) => (Kind::Rollback, self.older(looked)?),
        };
        let Caller { who, from, pid } = self.caller.clone();
        let began = self.clock.now();
        let id = format!("{}-{pid}", super::time::name(began));
        Ok(Ticket { id, kind, tag, who, from, began })
    }

    /// Takes every host's lock, in the order of their names, so that two
    /// deployers never wait for each other.
    fn lock(&self, looked: &Looked, ticket: &Ticket) -> Result<(), Error> {
        self.report.stage("lock");
        let mut order: Vec<usize> = (0..looked.hosts.len()).collect();
        order.sort_by_key(|host| &looked.topology.hosts[*host].name);
        for host in order {
            let name = &looked.topology.hosts[host].name;
            let patience = self.clock.now() + A_MOMENT;
            let mut told = false;
            loop {
                let action = Action::Lock { ticket: ticket.clone() };
                let answer = held(&looked.hosts[host]).perform(&action, &mut |_| {}, &|| false);
                let holder = match answer {
                    Ok(Answer::Held(holder)) => holder,
                    Ok(_) => break,
                    Err(failure) => {
                        let hindrance = Hindrance::Connection(failure.to_string());
                        return self.nothing_in_the_way(vec![(name.clone(), hindrance)]);
                    }
                };
                let may_wait = self.wait || self.clock.now() < patience;
                if holder.ticket.id == ticket.id || !may_wait || self.stop.load(Ordering::SeqCst) {
                    return self.refused(name, &holder, ticket);
                }
                if self.wait && !std::mem::replace(&mut told, true) {
                    self.report.tell(name, &holder.to_string());
                }
                self.clock.sleep(AGAIN);
            }
        }
        Ok(())
    }

    fn refused(&self, host: &str, holder: &Holder, own: &Ticket) -> Result<(), Error> {
        if holder.ticket.id == own.id {
            self.report.wrong(host, "is the same machine as another of the hosts: name it one way");
        } else {
            self.report.wrong(host, &holder.to_string());
        }
        Err(Error::Troubles)
    }

    fn planned(&self, looked: &Looked, ticket: Ticket) -> Result<Plan, Error> {
        let (settle, told) = self.settle(&looked.topology, &looked.facts)?;
        let given = Given { settings: self.settings, topology: &looked.topology, settle };
        let mut plan = plan::plan(given, &looked.facts, &ticket);
        plan.notes.extend(told);
        let history = history::merged(looked.facts.iter().map(|facts| facts.history.as_slice()));
        let open = looked.facts.iter().any(|facts| facts.open.as_ref().is_some_and(|open| open.migrated));
        if ticket.kind == Kind::Rollback && (open || history::migrated_since(&history, &ticket.tag)) {
            plan.notes.push(format!("migrations ran since {}: the schema stays as it is", ticket.tag));
        }
        Ok(plan)
    }
}

/// A journal that is open on one host is closed where another host's history
/// says that the push was done.
pub(super) fn resolve(facts: &mut [Facts]) {
    let history = history::merged(facts.iter().map(|facts| facts.history.as_slice()));
    let done = |id: &str| {
        history.iter().any(|entry| entry.ticket.id == id && entry.outcome == history::Outcome::Done)
    };
    for facts in facts {
        facts.open = facts.open.take().filter(|open| !done(&open.ticket.id));
    }
}
