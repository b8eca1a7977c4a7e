//! A push or a rollback from its beginning to its end: look, lock, plan, do.

pub mod execute;
pub mod inspect;
pub mod outcome;
pub mod preflight;
mod proxy_pause;
mod rollback;

use crate::deploy::error::Error;
use crate::deploy::history::{self, PushKind, Ticket};
use crate::deploy::host::{Clock, Connect, Report, lock_connection};
use crate::deploy::host_state::{Holder, HostState};
use crate::deploy::plan::{self, PlanInput, RolloutPlan};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::rollout::execute::{Execution, Progress};
use crate::deploy::rollout::inspect::Inspection;
use crate::deploy::rollout::outcome::Outcome;
use crate::deploy::rollout::preflight::Blocker;
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::Topology;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Between two tries for a lock that another has.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a lock is asked for in any case, in seconds: the host's side of a
/// deployer that was killed just now needs a moment to notice.
const A_MOMENT: u64 = 5;

/// What a push or rollback needs.
pub struct Rollout<'a> {
    /// What is configured.
    pub settings: &'a DeploySettings,
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

impl Wanted {
    fn tag(&self) -> Option<&str> {
        match self {
            Self::Push(tag) | Self::Rollback(Some(tag)) => Some(tag),
            Self::Rollback(None) => None,
        }
    }
}

impl Rollout<'_> {
    /// What would be done; changes nothing.
    pub fn plan(&self, wanted: &Wanted) -> Result<(RolloutPlan, Topology, Vec<HostState>), Error> {
        let ticket = self.ticket(wanted);
        let mut looked = self.inspect(&ticket)?;
        let ticket = self.resolve_tag(&mut looked, wanted, ticket)?;
        let mut plan = self.make_plan(&looked, ticket)?;
        let mismatches = looked.version_mismatches();
        plan.notes.extend(mismatches.iter().map(|(host, mismatch)| format!("{host}: {mismatch}")));
        Ok((plan, looked.topology, looked.facts))
    }

    /// Does it.
    pub fn run(&self, wanted: &Wanted) -> Result<Outcome, Error> {
        let mut ticket = self.ticket(wanted);
        let mut looked = self.inspect(&ticket)?;
        self.fail_on_blockers(looked.version_mismatches())?;
        if wanted.tag().is_none() {
            // For who comes second; another deploy may be about to change it.
            ticket.tag = self.rollback_target(&looked).or_else(|error| looked.or_lock_holder_tag(error))?;
        }
        self.lock(&looked, &ticket)?;
        // What was true before the lock may not be any more.
        self.inspect_again(&mut looked, &ticket)?;
        let ticket = self.resolve_tag(&mut looked, wanted, ticket)?;
        let plan = self.make_plan(&looked, ticket)?;
        plan.notes.iter().for_each(|note| self.report.note(note));
        let (topology, hosts) = (&looked.topology, looked.hosts.as_slice());
        let so_far = Mutex::new(Progress { migrated: looked.migrated(), ..Progress::default() });
        let Rollout { clock, report, stop, .. } = *self;
        Ok(Execution { plan: &plan, topology, hosts, clock, report, stop, so_far }.run())
    }

    /// The tag that a rollback without TAG means. One that was cut off is
    /// taken up; REVERT counts only where nothing else is known.
    fn rollback_target(&self, looked: &Inspection) -> Result<String, Error> {
        let history = history::merged(looked.facts.iter().map(|facts| facts.history.as_slice()));
        let open = looked.facts.iter().find_map(|facts| facts.open.as_ref());
        let first = looked.facts.first();
        let now = first.and_then(|facts| facts.marks.tag());
        let older = match open {
            Some(open) if open.ticket.kind == PushKind::Rollback => Some(open.ticket.tag.clone()),
            _ if history.iter().any(|entry| entry.outcome == history::EntryOutcome::Done) => {
                history::last_good(&history, now.as_deref(), open.is_some())
            }
            Some(_) => first.and_then(|facts| facts.before().ran()),
            None => {
                first.and_then(|facts| facts.marks.revert()).filter(|revert| Some(revert) != now.as_ref())
            }
        };
        older.ok_or_else(|| Error::NoOlder { app: self.settings.app.to_string() })
    }

    fn ticket(&self, wanted: &Wanted) -> Ticket {
        let kind = if matches!(wanted, Wanted::Push(_)) { PushKind::Push } else { PushKind::Rollback };
        let Caller { who, from, pid } = self.caller.clone();
        let began = self.clock.now();
        let id = format!("{}-{pid}", crate::deploy::timestamp::name(began));
        Ticket { id, kind, tag: wanted.tag().unwrap_or_default().to_owned(), who, from, began }
    }

    /// The ticket with the tag that is right by what was looked at last.
    fn resolve_tag(&self, looked: &mut Inspection, wanted: &Wanted, ticket: Ticket) -> Result<Ticket, Error> {
        if wanted.tag().is_some() {
            return Ok(ticket);
        }
        let right = Ticket { tag: self.rollback_target(looked)?, ..ticket.clone() };
        if right.tag != ticket.tag {
            self.inspect_again(looked, &right)?;
        }
        Ok(right)
    }

    /// Takes every host's lock, in the order of their names, so that two
    /// deployers never wait for each other.
    fn lock(&self, looked: &Inspection, ticket: &Ticket) -> Result<(), Error> {
        self.report.stage("lock");
        let mut order: Vec<usize> = (0..looked.hosts.len()).collect();
        order.sort_by_key(|host| &looked.topology.hosts[*host].name);
        for host in order {
            let name = &looked.topology.hosts[host].name;
            let patience = self.clock.now() + A_MOMENT;
            let mut told = false;
            loop {
                let action = Request::Lock { ticket: ticket.clone() };
                let answer = lock_connection(&looked.hosts[host]).perform(&action, &mut |_| {}, &|| false);
                let holder = match answer {
                    Ok(Response::Held(holder)) => holder,
                    Ok(_) => break,
                    Err(failure) => {
                        let hindrance = Blocker::Connection(failure.to_string());
                        return self.fail_on_blockers(vec![(name.clone(), hindrance)]);
                    }
                };
                let may_wait = self.wait || self.clock.now() < patience;
                if holder.ticket.id == ticket.id || !may_wait || self.stopped() {
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

    fn make_plan(&self, looked: &Inspection, ticket: Ticket) -> Result<RolloutPlan, Error> {
        let (settle, told) = self.settle(&looked.topology, &looked.facts)?;
        let given = PlanInput { settings: self.settings, topology: &looked.topology, settle };
        let mut plan = plan::plan(given, &looked.facts, &ticket);
        plan.notes.extend(told);
        let history = history::merged(looked.facts.iter().map(|facts| facts.history.as_slice()));
        if ticket.kind == PushKind::Rollback
            && (looked.migrated() || history::migrated_since(&history, &ticket.tag))
        {
            plan.notes.push(format!("migrations ran since {}: the schema stays as it is", ticket.tag));
        }
        Ok(plan)
    }
}
