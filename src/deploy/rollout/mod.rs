//! A push or rollback from beginning to end. [`Rollout::run`] names the stages.

pub mod execute;
mod fleet;
pub mod inspect;
mod lock;
pub mod outcome;
pub mod preflight;
mod progress;
mod proxy_pause;
mod rollback;
pub mod target;
#[cfg(test)]
mod test_fleet;

use crate::deploy::blocker::Blocker;
use crate::deploy::error::Error;
use crate::deploy::history::{DeployKind, Ticket};
use crate::deploy::host::{Clock, Connect, Report};
use crate::deploy::plan::warnings::Warning;
use crate::deploy::plan::{self, PlanInput, RolloutPlan};
use crate::deploy::rollout::execute::Executor;
use crate::deploy::rollout::fleet::Fleet;
use crate::deploy::rollout::inspect::{Inspection, Inspector};
use crate::deploy::rollout::lock::Locker;
use crate::deploy::rollout::outcome::Outcome;
use crate::deploy::rollout::proxy_pause::ProxyPause;
use crate::deploy::rollout::target::Target;
use crate::deploy::settings::DeploySettings;
use crate::deploy::timestamp;
use std::sync::atomic::AtomicBool;

/// What a push or rollback needs.
pub struct Rollout<'a> {
    pub settings: &'a DeploySettings,
    pub connect: &'a dyn Connect,
    pub clock: &'a dyn Clock,
    pub report: &'a dyn Report,
    /// Set by Ctrl-C.
    pub stop: &'a AtomicBool,
    pub caller: Caller,
    /// Whether to wait while another deployer holds a lock.
    pub wait: bool,
}

/// Who deploys, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub user: String,
    pub machine: String,
    pub pid: u32,
}

impl Rollout<'_> {
    /// Carries it out.
    pub fn run(&self, target: &Target) -> Result<Outcome, Error> {
        let mut ticket = self.ticket(target);
        let mut inspection = self.inspector().inspect(&ticket)?;
        preflight::fail_on_blockers(self.report, self.stop, &inspection.version_mismatches())?;
        ticket.tag = inspection.provisional_tag(target)?;
        self.locker().lock_all(&inspection, &ticket)?;
        // Another deployer may have changed the hosts before we had the locks.
        self.inspector().inspect_again(&mut inspection, &ticket)?;
        self.resolve_tag(&mut inspection, target, &mut ticket)?;
        let plan = self.make_plan(&inspection, &ticket)?;
        plan.warnings.iter().for_each(|warning| self.report.message(&warning.to_string()));
        Ok(self.execute(&inspection, &plan))
    }

    /// Makes the plan and changes nothing.
    pub fn plan(&self, target: &Target) -> Result<(RolloutPlan, Inspection), Error> {
        let mut ticket = self.ticket(target);
        let mut inspection = self.inspector().inspect(&ticket)?;
        self.resolve_tag(&mut inspection, target, &mut ticket)?;
        let mut plan = self.make_plan(&inspection, &ticket)?;
        let mismatches = inspection.version_mismatches().into_iter();
        let warning =
            |(host, mismatch): (String, Blocker)| Warning::OtherRelease { host, text: mismatch.to_string() };
        plan.warnings.extend(mismatches.map(warning));
        Ok((plan, inspection))
    }

    fn ticket(&self, target: &Target) -> Ticket {
        let Caller { user, machine, pid } = self.caller.clone();
        let started = self.clock.now();
        let id = format!("{}-{pid}", timestamp::compact_utc(started));
        let tag = target.tag().unwrap_or_default().to_owned();
        Ticket { id, kind: target.kind(), tag, user, machine, started }
    }

    /// Sets the ticket's tag by the state that was inspected last. Another tag
    /// than before means other images, so the hosts are inspected again.
    fn resolve_tag(
        &self,
        inspection: &mut Inspection,
        target: &Target,
        ticket: &mut Ticket,
    ) -> Result<(), Error> {
        let tag = inspection.resolved_tag(target)?;
        if tag == ticket.tag {
            return Ok(());
        }
        ticket.tag = tag;
        self.inspector().inspect_again(inspection, ticket)
    }

    fn make_plan(&self, inspection: &Inspection, ticket: &Ticket) -> Result<RolloutPlan, Error> {
        let Inspection { topology, host_states, .. } = inspection;
        let pause = ProxyPause::determine(&self.inspector(), topology, host_states)?;
        let (settings, seconds) = (self.settings, pause.seconds);
        let mut plan = plan::make(PlanInput { settings, topology, host_states, ticket, pause: seconds });
        plan.warnings.extend(pause.warnings);
        if ticket.kind == DeployKind::Rollback && inspection.migrated_since(&ticket.tag) {
            plan.warnings.push(Warning::SchemaStays { tag: ticket.tag.clone() });
        }
        Ok(plan)
    }

    fn execute(&self, inspection: &Inspection, plan: &RolloutPlan) -> Outcome {
        let Inspection { topology, connections, .. } = inspection;
        let fleet = Fleet { topology, connections, clock: self.clock, report: self.report };
        Executor::new(plan, fleet, self.stop, inspection.migrated()).run()
    }

    fn inspector(&self) -> Inspector<'_> {
        Inspector { settings: self.settings, connect: self.connect, report: self.report, stop: self.stop }
    }

    fn locker(&self) -> Locker<'_> {
        Locker { clock: self.clock, report: self.report, stop: self.stop, wait: self.wait }
    }
}

#[cfg(test)]
mod tests {
    use super::{AtomicBool, Caller, DeployKind, Inspection, Rollout, Warning};
    use crate::deploy::history::{EndOutcome, HistoryEntry, Ticket};
    use crate::deploy::host_state::HostState;
    use crate::deploy::rollout::test_fleet::{NoHosts, Silent, TestClock};
    use crate::deploy::test_values::{settings, ticket};
    use crate::deploy::topology::{Topology, TopologyHost};

    #[test]
    fn only_a_rollback_over_migrations_is_warned_about() {
        let (settings, stop) = (settings(), AtomicBool::new(false));
        let rollout = Rollout {
            settings: &settings,
            connect: &NoHosts::default(),
            clock: &TestClock::new(),
            report: &Silent,
            stop: &stop,
            caller: Caller { user: "ann".into(), machine: "desk".into(), pid: 7 },
            wait: false,
        };
        let is_warned = |(kind, migrated)| {
            let entry = HistoryEntry {
                ticket: ticket("1"),
                previous_tag: Some("old".into()),
                digest: None,
                outcome: EndOutcome::Done,
                reason: None,
                migrated,
                ended: 1,
            };
            let topology = Topology {
                hosts: vec![TopologyHost { name: "a".into(), role_units: Vec::new() }],
                local_only: false,
            };
            let host_states = vec![HostState { history: vec![entry], ..HostState::default() }];
            let inspection =
                Inspection { app: "site".into(), topology, connections: Vec::new(), host_states };
            let ticket = Ticket { kind, tag: "old".into(), ..ticket("2") };
            let plan = rollout.make_plan(&inspection, &ticket).unwrap();
            plan.warnings.contains(&Warning::SchemaStays { tag: "old".into() })
        };
        let cases = [(DeployKind::Rollback, true), (DeployKind::Rollback, false), (DeployKind::Push, true)];
        assert_eq!(cases.map(is_warned), [true, false, false]);
    }
}
