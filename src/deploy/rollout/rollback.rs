//! The undo of a rollout: restores every host that was touched.

use crate::deploy::history::EndOutcome;
use crate::deploy::host::lock_connection;
use crate::deploy::host_state::Snapshot;
use crate::deploy::plan::{RolloutPlan, Step, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::rollout::fleet::Fleet;
use crate::deploy::rollout::lock::try_lock;
use crate::deploy::rollout::outcome::{Outcome, UndoReason};
use crate::deploy::rollout::progress::Progress;
use std::time::{Duration, Instant};

/// How long to wait for lost hosts: long enough for a reboot, and for an old agent to notice
/// that its connection is lost (30 s).
const PATIENCE: Duration = Duration::from_secs(180);

/// Between two attempts to reach a host, in seconds.
const RETRY: u64 = 3;

/// An undo in progress.
pub(super) struct Undo<'a> {
    plan: &'a RolloutPlan,
    fleet: Fleet<'a>,
    progress: Progress,
    /// The requests that have succeeded, with their hosts.
    done: Vec<(usize, Request)>,
    /// The hosts that are not fully restored, with the first failure of each.
    failed: Vec<(usize, StepError)>,
    /// Those of them that get no more requests: they are lost, or their files
    /// are not restored and their units would start with the wrong ones.
    abandoned: Vec<usize>,
    /// The units that are not restored.
    failed_units: Vec<(usize, RoleUnit)>,
    /// Whether a web unit was restarted.
    restarted_web: bool,
    /// Until when to wait for lost hosts, all of them together.
    deadline: Option<Instant>,
}

impl<'a> Undo<'a> {
    pub(super) fn new(plan: &'a RolloutPlan, fleet: Fleet<'a>, progress: Progress) -> Self {
        Self {
            plan,
            fleet,
            progress,
            done: Vec::new(),
            failed: Vec::new(),
            abandoned: Vec::new(),
            failed_units: Vec::new(),
            restarted_web: false,
            deadline: None,
        }
    }

    /// Undoes all steps that were started, the last one first.
    pub(super) fn run(mut self, reason: UndoReason) -> Outcome {
        self.fleet.report.message(&format!("cannot continue: {reason}"));
        let undoable = self.progress.started.iter().rev().filter(|step| !step.undo.is_empty());
        let steps: Vec<Step> = undoable.cloned().collect();
        if !steps.is_empty() {
            self.fleet.report.stage("undo");
        }
        steps.iter().for_each(|step| self.undo_on_host(step));
        self.close_journals(&reason);
        self.outcome(reason)
    }

    fn outcome(self, reason: UndoReason) -> Outcome {
        let (migrated, old_tag) = (self.progress.migrated, self.old_tag());
        if self.failed.is_empty() {
            return Outcome::Undone { reason, migrated };
        }
        let named = |(host, failure)| (self.fleet.name(host).to_owned(), failure);
        Outcome::Failed { reason, migrated, hosts: self.failed.into_iter().map(named).collect(), old_tag }
    }

    /// The tag from before, if it was the same on all hosts.
    fn old_tag(&self) -> Option<String> {
        let mut tags = self.plan.snapshots.iter().map(Snapshot::tag);
        let first = tags.next()??;
        tags.all(|tag| tag.as_ref() == Some(&first)).then_some(first)
    }

    /// Undoes a step unless its host is abandoned, and abandons it on failure.
    fn undo_on_host(&mut self, step: &Step) {
        if self.abandoned.contains(&step.host) {
            return;
        }
        if let Err(failure) = self.undo_with_reconnect(step) {
            self.add_failure(step.host, failure);
            self.abandoned.push(step.host);
        }
    }

    /// Waits for a lost host before the next step: the next web host may stop
    /// only while this one serves again.
    fn undo_with_reconnect(&mut self, step: &Step) -> Result<(), StepError> {
        match self.undo_step(step) {
            Err(failure) if failure.is_lost() => {}
            result => return result,
        }
        self.reconnect(step.host)?;
        self.forget_stage(step.host);
        self.undo_step(step)
    }

    /// A unit that can't be restored does not prevent the restoring of others.
    fn undo_step(&mut self, step: &Step) -> Result<(), StepError> {
        let stage = Request::Stage { name: "undo".into(), undo: true };
        for request in std::iter::once(&stage).chain(&step.undo) {
            let key = (step.host, request.clone());
            let unit = request.role_unit().map(|unit| (step.host, unit.clone()));
            let unit_failed = unit.as_ref().is_some_and(|unit| self.failed_units.contains(unit));
            if unit_failed || self.done.contains(&key) {
                continue;
            }
            match (self.restore(step.host, request), unit) {
                (Ok(()), _) => self.done.push(key),
                (Err(failure), Some(unit)) if !failure.is_lost() => {
                    self.add_failure(step.host, failure);
                    self.failed_units.push(unit);
                }
                (Err(failure), _) => return Err(failure),
            }
        }
        Ok(())
    }

    fn restore(&mut self, host: usize, request: &Request) -> Result<(), StepError> {
        if let Some(other) = self.beat_elsewhere(host, request) {
            let text = format!("skipped {request}: beat may still run on {}", self.fleet.name(other));
            return Err(StepError::Config { text });
        }
        if request.restarts_web() && !self.already_running(host, request) {
            if std::mem::replace(&mut self.restarted_web, true) {
                self.fleet.wait(self.plan.pause, &|| false);
            }
            self.wait_for_spare(host);
        }
        self.fleet.perform(host, request, &|| false).map(|_| ())
    }

    /// A host that is not restored and may run beat: it ran there before, or
    /// this push or the interrupted one has started it there.
    fn beat_elsewhere(&self, host: usize, request: &Request) -> Option<usize> {
        let unit = request.role_unit().filter(|_| request.starts_beat())?;
        let stop = Request::Stop { unit: unit.clone() };
        let starts_beat = |step: &Step| match &step.kind {
            StepKind::Send(Request::Begin { .. }) => step.undo.contains(&stop),
            StepKind::Send(request) => request.starts_beat(),
            StepKind::CompareImages | StepKind::RequireSpare { .. } | StepKind::ProxyPause(_) => false,
        };
        let may_run = |host: usize| {
            let ran_before = self.plan.snapshots[host].unit(&unit.unit).is_some_and(|unit| unit.active);
            let mut started = self.progress.started.iter();
            ran_before || started.any(|step| step.host == host && starts_beat(step))
        };
        // An abandoned host may have started it again since.
        let stopped =
            |host: usize| !self.abandoned.contains(&host) && self.done.contains(&(host, stop.clone()));
        let mut failed = self.failed.iter().map(|(failed, _)| *failed);
        failed.find(|failed| *failed != host && may_run(*failed) && !stopped(*failed))
    }

    /// Whether a unit already runs the tag that the request ensures.
    fn already_running(&self, host: usize, request: &Request) -> bool {
        let Request::Ensure { unit, tag: Some(tag) } = request else { return false };
        let gate = Request::Gate { unit: unit.clone(), tag: Some(tag.clone()), url: None, patience: 0 };
        self.fleet.query(host, &gate, &|| false).is_ok()
    }

    /// Before a web host that serves is stopped, another one must serve, which
    /// may have to boot first. If none does in time, the host is restored anyway.
    fn wait_for_spare(&mut self, host: usize) {
        let web_hosts = self.fleet.topology.hosts_with(&Role::Web).map(|(other, _)| other);
        let others: Vec<usize> = web_hosts.filter(|other| *other != host).collect();
        let serves = |host: usize| self.serves(host) == Some(true);
        if others.is_empty() || !serves(host) || others.iter().any(|other| serves(*other)) {
            return;
        }
        let deadline = self.deadline();
        while self.fleet.clock.instant() < deadline {
            self.fleet.wait(RETRY, &|| false);
            if others.iter().any(|other| self.serves_again(*other)) {
                self.done.retain(|(_, request)| !matches!(request, Request::Stage { .. }));
                return;
            }
        }
        let text = "no other web host serves, so requests fail while this one restarts";
        self.fleet.report.host_message(self.fleet.name(host), text);
    }

    /// Whether a web host passes its gate right now, with any tag; `None` if it
    /// does not respond.
    fn serves(&self, host: usize) -> Option<bool> {
        let steps = self.plan.stages.iter().flat_map(|stage| &stage.steps);
        let gate = steps.filter(|step| step.host == host).find_map(|step| match &step.kind {
            StepKind::RequireSpare { own, .. } => Some(own),
            StepKind::Send(_) | StepKind::CompareImages | StepKind::ProxyPause(_) => None,
        })?;
        match self.fleet.query(host, gate, &|| false) {
            Ok(_) => Some(true),
            Err(failure) if failure.is_lost() => None,
            Err(_) => Some(false),
        }
    }

    fn serves_again(&self, host: usize) -> bool {
        let serves = self.serves(host).or_else(|| self.relock(host).ok().and_then(|()| self.serves(host)));
        serves == Some(true)
    }

    /// Reconnects to a lost host and takes its lock again. By then the old
    /// agent and its commands have ended.
    fn reconnect(&mut self, host: usize) -> Result<(), StepError> {
        let deadline = self.deadline();
        self.fleet.report.host_message(self.fleet.name(host), "reconnecting");
        loop {
            let failure = match self.relock(host) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if self.fleet.clock.instant() >= deadline || !failure.is_lost() {
                return Err(failure);
            }
            self.fleet.wait(RETRY, &|| false);
        }
    }

    fn relock(&self, host: usize) -> Result<(), StepError> {
        let connection = &self.fleet.connections[host];
        lock_connection(connection).reconnect()?;
        match try_lock(connection, &self.plan.ticket)? {
            None => Ok(()),
            Some(holder) if holder.ticket.id == self.plan.ticket.id => {
                Err(StepError::ConnectionLost { text: "its previous agent still holds the lock".into() })
            }
            Some(holder) => Err(StepError::Config { text: holder.to_string() }),
        }
    }

    /// Closes the journals of the restored hosts. A journal that can't be
    /// closed is harmless: it describes the state that the host has again.
    fn close_journals(&self, reason: &UndoReason) {
        for step in &self.progress.started {
            let is_begin = matches!(step.kind, StepKind::Send(Request::Begin { .. }));
            if !is_begin || self.failed.iter().any(|(host, _)| *host == step.host) {
                continue;
            }
            let ended = self.fleet.clock.now();
            let entry = self.progress.entry(self.plan, step.host, EndOutcome::Undone, Some(reason), ended);
            let _ = self.fleet.perform(step.host, &Request::End { entry }, &|| false);
        }
    }

    fn deadline(&mut self) -> Instant {
        *self.deadline.get_or_insert_with(|| self.fleet.clock.instant() + PATIENCE)
    }

    /// A new connection must announce the undo stage again.
    fn forget_stage(&mut self, host: usize) {
        self.done.retain(|(done, request)| *done != host || !matches!(request, Request::Stage { .. }));
    }

    fn add_failure(&mut self, host: usize, failure: StepError) {
        if !self.failed.iter().any(|(known, _)| *known == host) {
            self.failed.push((host, failure));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Fleet, Outcome, Progress, Request, Role, RoleUnit, Snapshot, Step, StepError, StepKind, Undo,
    };
    use crate::deploy::history::Ticket;
    use crate::deploy::host::{Connection, Host};
    use crate::deploy::host_state::LockHolder;
    use crate::deploy::plan::{RolloutPlan, Stage, StageKind};
    use crate::deploy::protocol::response::Response;
    use crate::deploy::rollout::outcome::UndoReason;
    use crate::deploy::rollout::test_fleet::{Silent, TestClock};
    use crate::deploy::tag_files::TagFiles;
    use crate::deploy::test_values::ticket;
    use crate::deploy::topology::{Topology, TopologyHost};
    use std::sync::{Arc, Mutex};

    type Script = Vec<(&'static str, Result<Response, StepError>)>;

    /// A host that responds to each request by the first entry for it, which is
    /// then removed. Without one the request succeeds.
    struct TestHost {
        calls: Arc<Mutex<Vec<String>>>,
        script: Script,
    }

    impl TestHost {
        fn call(&mut self, name: String) -> Result<Response, StepError> {
            let entry = self.script.iter().position(|(expected, _)| *expected == name);
            self.calls.lock().unwrap().push(name);
            entry.map_or(Ok(Response::Done), |index| self.script.remove(index).1)
        }
    }

    impl Host for TestHost {
        fn perform(
            &mut self,
            request: &Request,
            _on_line: &mut dyn FnMut(&str),
            _stop: &dyn Fn() -> bool,
        ) -> Result<Response, StepError> {
            self.call(request.to_string())
        }

        fn reconnect(&mut self) -> Result<(), StepError> {
            self.call("reconnect".to_owned()).map(|_| ())
        }
    }

    struct Ended {
        outcome: Outcome,
        /// The calls of each host.
        calls: Vec<Vec<String>>,
        milliseconds: u64,
    }

    fn role_unit(role: Role) -> RoleUnit {
        let unit = if role == Role::Web { "site".to_owned() } else { format!("site-{}", role.name()) };
        RoleUnit { role, unit }
    }

    fn restart(role: Role) -> Request {
        Request::Restart { unit: role_unit(role), patience: 60 }
    }

    fn files() -> Request {
        Request::WriteTagFiles { tag_files: TagFiles::default() }
    }

    const FILES: &str = "TAG=(none) REVERT=(none)";

    /// Undoes steps, each with its host, on web hosts, one for each script.
    fn undo(steps_undo: Vec<(usize, Vec<Request>)>, scripts: Vec<Script>) -> Ended {
        let gate = Request::Gate { unit: role_unit(Role::Web), tag: None, url: None, patience: 0 };
        let spare = |host| {
            let kind = StepKind::RequireSpare { own: gate.clone(), others: Vec::new() };
            Step { host, kind, undo: Vec::new() }
        };
        let steps = (0..scripts.len()).map(spare).collect();
        let plan = RolloutPlan {
            ticket: ticket("1"),
            app: "site".into(),
            repository: String::new(),
            snapshots: vec![Snapshot::default(); scripts.len()],
            pause: 11,
            stages: vec![Stage { kind: StageKind::Web, parallel: false, steps }],
            warnings: Vec::new(),
        };
        let names = ["a", "b"].into_iter().take(scripts.len());
        let role_units = vec![role_unit(Role::Web)];
        let hosts = names.map(|name| TopologyHost { name: name.to_owned(), role_units: role_units.clone() });
        let topology = Topology { hosts: hosts.collect(), local_only: false };
        let calls: Vec<Arc<Mutex<Vec<String>>>> = scripts.iter().map(|_| Arc::default()).collect();
        let mut connections: Vec<Connection> = Vec::new();
        for (script, calls) in scripts.into_iter().zip(&calls) {
            connections.push(Mutex::new(Box::new(TestHost { calls: calls.clone(), script })));
        }
        let clock = TestClock::new();
        let fleet = Fleet { topology: &topology, connections: &connections, clock: &clock, report: &Silent };
        let step = |(host, undo)| Step { host, kind: StepKind::CompareImages, undo };
        let started = steps_undo.into_iter().map(step).collect();
        let progress = Progress { started, ..Progress::default() };
        let outcome = Undo::new(&plan, fleet, progress).run(UndoReason::Interrupted);
        let calls = calls.iter().map(|calls| calls.lock().unwrap().clone()).collect();
        Ended { outcome, calls, milliseconds: clock.milliseconds() }
    }

    fn lost() -> Result<Response, StepError> {
        Err(StepError::ConnectionLost { text: "closed".into() })
    }

    fn unhealthy() -> Result<Response, StepError> {
        Err(StepError::Unhealthy { unit: "site".into(), reason: "500".into() })
    }

    fn held_by(ticket: Ticket) -> Result<Response, StepError> {
        Ok(Response::LockHeld(LockHolder { ticket, stage: "web".into() }))
    }

    fn undone() -> Outcome {
        Outcome::Undone { reason: UndoReason::Interrupted, migrated: false }
    }

    /// Its old agent may still hold the lock. A new agent does not know the stage.
    #[test]
    fn a_lost_host_is_restored_over_a_new_connection() {
        let script =
            vec![("restart site-worker", lost()), ("reconnect", lost()), ("lock", held_by(ticket("1")))];
        let ended = undo(vec![(0, vec![files(), restart(Role::Worker)])], vec![script]);
        let before = ["stage undo", FILES, "restart site-worker"];
        let reconnect = ["reconnect", "reconnect", "lock", "reconnect", "lock"];
        let after = ["stage undo", "restart site-worker"];
        assert_eq!(ended.calls[0], [&before[..], &reconnect, &after].concat());
        assert_eq!((ended.outcome, ended.milliseconds), (undone(), 6000));
    }

    #[test]
    fn a_host_that_another_deployer_has_locked_is_given_up() {
        let script = vec![("restart site-worker", lost()), ("lock", held_by(ticket("2")))];
        let ended = undo(vec![(0, vec![restart(Role::Worker)])], vec![script]);
        assert_eq!(ended.calls[0], ["stage undo", "restart site-worker", "reconnect", "lock"]);
        assert!(matches!(ended.outcome, Outcome::Failed { .. }), "{:?}", ended.outcome);
    }

    #[test]
    fn a_host_whose_files_are_not_restored_is_given_up() {
        let script = vec![(FILES, unhealthy())];
        let ended = undo(vec![(0, vec![files()])], vec![script]);
        assert_eq!(ended.calls[0], ["stage undo", FILES]);
        assert!(matches!(ended.outcome, Outcome::Failed { .. }), "{:?}", ended.outcome);
    }

    #[test]
    fn nothing_is_restored_twice() {
        let step = || (0, vec![files(), restart(Role::Worker), restart(Role::Beat)]);
        let ended = undo(vec![step(), step()], vec![vec![("restart site-worker", unhealthy())]]);
        assert_eq!(ended.calls[0], ["stage undo", FILES, "restart site-worker", "restart site-beat"]);
    }

    #[test]
    fn a_host_without_beat_does_not_keep_beat_from_starting() {
        let steps = vec![(0, vec![restart(Role::Beat)]), (1, vec![files()])];
        let ended = undo(steps, vec![vec![], vec![(FILES, unhealthy())]]);
        assert_eq!(ended.calls[0], ["stage undo", "restart site-beat"]);
    }

    /// The old tag still runs on both hosts.
    #[test]
    fn a_unit_that_is_not_restarted_needs_no_pause() {
        let ensure = Request::Ensure { unit: role_unit(Role::Web), tag: Some("old".into()) };
        let ended = undo(vec![(0, vec![ensure.clone()]), (1, vec![ensure])], vec![vec![], vec![]]);
        assert_eq!((ended.outcome, ended.milliseconds), (undone(), 0));
    }

    const GATE: &str = "wait for site";

    /// Meanwhile the connection may be lost, so the stage is announced again.
    #[test]
    fn a_web_host_is_restarted_once_another_serves() {
        let step = || (0, vec![files(), restart(Role::Web)]);
        let ended = undo(vec![step(), step()], vec![vec![], vec![(GATE, unhealthy()), (GATE, unhealthy())]]);
        assert_eq!(ended.calls[0], ["stage undo", FILES, GATE, "restart site", "stage undo"]);
        assert_eq!(ended.calls[1], [GATE, GATE, GATE]);
        assert_eq!(ended.milliseconds, 6000);
    }

    #[test]
    fn another_web_host_that_is_lost_is_connected_again() {
        let ended =
            undo(vec![(0, vec![restart(Role::Web)])], vec![vec![], vec![(GATE, lost()), (GATE, lost())]]);
        assert_eq!(ended.calls[1], [GATE, GATE, "reconnect", "lock", GATE]);
        assert_eq!(ended.milliseconds, 3000);
    }

    #[test]
    fn a_web_host_that_does_not_serve_is_restarted_at_once() {
        let scripts = vec![vec![(GATE, unhealthy())], vec![(GATE, unhealthy())]];
        let ended = undo(vec![(0, vec![restart(Role::Web)])], scripts);
        assert_eq!((ended.outcome, ended.milliseconds), (undone(), 0));
    }

    #[test]
    fn a_web_host_is_restarted_after_three_minutes_in_any_case() {
        let never = (0..100).map(|_| (GATE, unhealthy())).collect();
        let ended = undo(vec![(0, vec![restart(Role::Web)])], vec![vec![], never]);
        assert_eq!((ended.outcome, ended.milliseconds), (undone(), 180_000));
    }
}
