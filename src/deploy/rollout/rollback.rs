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
/// that its connection is gone (30 s).
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
