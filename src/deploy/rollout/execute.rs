//! Carries out the plan, step by step; a failure starts the `Undo`.

use crate::deploy::history::EndOutcome;
use crate::deploy::host_state::ImageIdentity;
use crate::deploy::plan::{RolloutPlan, Stage, StageKind, Step, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::fleet::Fleet;
use crate::deploy::rollout::outcome::{Outcome, UndoReason};
use crate::deploy::rollout::progress::Progress;
use crate::deploy::rollout::rollback::Undo;
use crate::sys::threads;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many tags keep their images.
const KEPT_TAGS: usize = 5;

/// Carries out a plan.
pub(super) struct Executor<'a> {
    plan: &'a RolloutPlan,
    fleet: Fleet<'a>,
    /// Set by Ctrl-C.
    stop: &'a AtomicBool,
    progress: Mutex<Progress>,
}

impl<'a> Executor<'a> {
    /// `migrated`: whether the interrupted push that this one continues ran
    /// migrations.
    pub(super) fn new(plan: &'a RolloutPlan, fleet: Fleet<'a>, stop: &'a AtomicBool, migrated: bool) -> Self {
        // What an interrupted push left is undone if this one fails, even on a
        // host that this one has not reached: otherwise hosts would differ.
        let resumed = plan.stages.first().map_or(&[][..], |stage| &stage.steps);
        let started = resumed.iter().filter(|step| !step.undo.is_empty()).cloned().collect();
        Self {
            plan,
            fleet,
            stop,
            progress: Mutex::new(Progress { started, migrated, ..Progress::default() }),
        }
    }

    /// Runs all stages, then records the result; undoes everything on failure.
    pub(super) fn run(&self) -> Outcome {
        let result = self.plan.stages.iter().try_for_each(|stage| self.stage(stage));
        if let Err(reason) = result.and_then(|()| self.record()) {
            return self.undo(reason);
        }
        self.prune();
        Outcome::Done
    }

    fn stage(&self, stage: &Stage) -> Result<(), UndoReason> {
        self.fleet.report.stage(stage.kind.name());
        // Before that there is no journal.
        if stage.kind != StageKind::Begin {
            self.announce(stage.kind)?;
        }
        match stage.parallel {
            true => self.parallel(&stage.steps),
            false => stage.steps.iter().try_for_each(|step| self.step(step, &|| self.stopped())),
        }
    }

    /// Sends the stage to every host, which shows it to other deployers.
    fn announce(&self, stage: StageKind) -> Result<(), UndoReason> {
        let step = |host| {
            let kind = StepKind::Send(Request::Stage { name: stage.name().to_owned(), undo: false });
            Step { host, kind, undo: Vec::new() }
        };
        self.parallel(&(0..self.fleet.len()).map(step).collect::<Vec<_>>())
    }

    /// One thread a step; if one fails, the others are cancelled.
    fn parallel(&self, steps: &[Step]) -> Result<(), UndoReason> {
        let first_failure = Mutex::new(None::<UndoReason>);
        let cancelled = AtomicBool::new(false);
        let stop = || self.stopped() || cancelled.load(Ordering::SeqCst);
        threads::parallel_map(steps, &|step| {
            let Err(reason) = self.step(step, &stop) else { return };
            cancelled.store(true, Ordering::SeqCst);
            let mut first_failure = first_failure.lock().unwrap_or_else(PoisonError::into_inner);
            // A failure explains more than a cancellation.
            if matches!(*first_failure, None | Some(UndoReason::Interrupted)) {
                *first_failure = Some(reason);
            }
        });
        first_failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn step(&self, step: &Step, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        if stop() {
            return Err(UndoReason::Interrupted);
        }
        match &step.kind {
            StepKind::Send(request) => self.send(step, request, stop),
            StepKind::CompareImages => self.compare_images(),
            StepKind::RequireSpare { own, others } => self.require_spare(step.host, own, others, stop),
            StepKind::ProxyPause(seconds) => self.proxy_pause(step.host, *seconds, stop),
        }
    }

    fn send(&self, step: &Step, request: &Request, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        let migrated_before = self.start(step, request);
        let response = match self.fleet.perform(step.host, request, stop) {
            Ok(response) => response,
            Err(StepError::Cancelled) => return Err(UndoReason::Interrupted),
            Err(failure) => return Err(step_failed(self.fleet, step.host, request, failure)),
        };
        match response {
            Response::Image(image) => self.progress().images.push((step.host, image)),
            Response::TaskDone { migrated } => {
                if request.is_migrate() {
                    self.progress().migrated = migrated_before || migrated;
                }
            }
            Response::Done
            | Response::HostState(_)
            | Response::Apps(_)
            | Response::LockHeld(_)
            | Response::Healthy(_)
            | Response::Servers(_)
            | Response::Log(_)
            | Response::Pruned(_) => {}
        }
        Ok(())
    }

    /// Records a step before its request is sent, so that it is undone even if
    /// the response is lost. Until the response says otherwise, migrations
    /// count as done. Returns whether they did before.
    fn start(&self, step: &Step, request: &Request) -> bool {
        let mut progress = self.progress();
        // `new` has recorded the steps that resume an interrupted push.
        let is_recorded = matches!(request, Request::Begin { .. }) && !step.undo.is_empty();
        if !is_recorded {
            progress.started.push(step.clone());
        }
        let migrated = progress.migrated;
        progress.migrated |= request.is_migrate();
        migrated
    }

    /// The same image on every host: by digest if each has one, else by id.
    fn compare_images(&self) -> Result<(), UndoReason> {
        let mut images = self.progress().images.clone();
        images.sort_unstable_by_key(|(host, _)| *host);
        let all_have_digests = images.iter().all(|(_, image)| image.digest.is_some());
        let identity = |image: &ImageIdentity| match &image.digest {
            Some(digest) if all_have_digests => digest.clone(),
            _ => image.id.clone(),
        };
        let Some((first, image)) = images.first() else { return Ok(()) };
        match images.iter().find(|(_, other)| identity(other) != identity(image)) {
            None => Ok(()),
            Some((other, different)) => Err(UndoReason::Digest {
                first: self.fleet.name(*first).to_owned(),
                first_digest: identity(image),
                other: self.fleet.name(*other).to_owned(),
                other_digest: identity(different),
                tag: self.plan.ticket.tag.clone(),
            }),
        }
    }

    /// A web host that serves stops only while another one serves.
    fn require_spare(
        &self,
        host: usize,
        own: &Request,
        others: &[(usize, Request)],
        stop: &dyn Fn() -> bool,
    ) -> Result<(), UndoReason> {
        let mut failure = StepError::Cancelled;
        for (other, gate) in others {
            match self.fleet.query(*other, gate, stop) {
                Ok(_) => return Ok(()),
                Err(error) => failure = error,
            }
        }
        match self.fleet.query(host, own, stop) {
            Ok(_) => Err(UndoReason::NoSpare { host: self.fleet.name(host).to_owned(), failure }),
            Err(error) if error.is_lost() => Err(step_failed(self.fleet, host, own, error)),
            Err(_) => {
                let text = "no web host passes its gate, so this one is restarted anyway";
                self.fleet.report.host_message(self.fleet.name(host), text);
                Ok(())
            }
        }
    }

    fn proxy_pause(&self, host: usize, seconds: u64, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        let text = format!("waiting {seconds} s for the proxies");
        self.fleet.report.host_message(self.fleet.name(host), &text);
        self.fleet.wait(seconds, stop).then_some(()).ok_or(UndoReason::Interrupted)
    }

    /// Writes the history of every host. Once one host has the entry, the
    /// rollout counts as done on all of them, and the next one corrects the
    /// others.
    fn record(&self) -> Result<(), UndoReason> {
        self.fleet.report.stage("done");
        let ended = self.fleet.clock.now();
        let progress = self.progress().clone();
        let end = |host| {
            let entry = progress.entry(self.plan, host, EndOutcome::Done, None, ended);
            (host, Request::End { entry })
        };
        let requests: Vec<_> = (0..self.fleet.len()).map(end).collect();
        let failures = self.fleet.perform_all(&requests);
        if failures.len() == requests.len() {
            let (host, failure) = failures.into_iter().next().unwrap_or((0, StepError::Cancelled));
            return Err(step_failed(self.fleet, host, &requests[host].1, failure));
        }
        for (host, _) in failures {
            self.fleet.report.message(&format!(
                "{} has the new tag, but its history could not be written: the next push corrects this",
                self.fleet.name(host)
            ));
        }
        Ok(())
    }

    /// Removes old images. A failure is reported and changes nothing else.
    fn prune(&self) {
        let prune =
            |host| (host, Request::Prune { keep: KEPT_TAGS, repository: self.plan.repository.clone() });
        self.fleet.perform_all(&(0..self.fleet.len()).map(prune).collect::<Vec<_>>());
    }

    fn undo(&self, reason: UndoReason) -> Outcome {
        Undo::new(self.plan, self.fleet, self.progress().clone()).run(reason)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

fn step_failed(fleet: Fleet<'_>, host: usize, request: &Request, failure: StepError) -> UndoReason {
    UndoReason::Step { host: fleet.name(host).to_owned(), step: request.to_string(), failure }
}
