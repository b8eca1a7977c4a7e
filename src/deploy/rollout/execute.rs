//! The plan carried out: step by step, and back again where one fails.

use crate::deploy::history::{Entry, EntryOutcome};
use crate::deploy::host::{Clock, Report, Shared, lock_connection};
use crate::deploy::plan::{Phase, RolloutPlan, Step, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::{ImageIdentity, Response};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::outcome::{Outcome, UndoReason};
use crate::deploy::topology::Topology;
use crate::sys::threads;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many tags keep their images.
const KEEP: usize = 5;

/// What a deploy needs beside its plan.
pub struct Execution<'a> {
    /// The plan.
    pub plan: &'a RolloutPlan,
    /// The names of the hosts.
    pub topology: &'a Topology,
    /// The hosts, locked, in the order of the topology.
    pub hosts: &'a [Shared],
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who is told.
    pub report: &'a dyn Report,
    /// Ctrl-C.
    pub stop: &'a AtomicBool,
    /// What came of it so far.
    pub so_far: Mutex<Progress>,
}

/// What came of a deploy so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// The steps that were begun, in order.
    pub begun: Vec<Step>,
    /// The image that each host has, where that is known.
    pub images: Vec<(usize, ImageIdentity)>,
    /// Whether migrations ran.
    pub migrated: bool,
}

impl Execution<'_> {
    /// Does all of it.
    ///
    /// What is left of a push that was cut off is put back where this one
    /// fails, whether it came to that host or not: it is not said that all is
    /// as before while hosts differ.
    pub fn run(&self) -> Outcome {
        let first = self.plan.phases.first().map_or(&[][..], |phase| &phase.steps);
        let left = first.iter().filter(|step| !step.undo.is_empty());
        self.known().begun.extend(left.cloned());
        for phase in &self.plan.phases {
            if let Err(why) = self.phase(phase) {
                return self.undo(why);
            }
        }
        self.finish()
    }

    fn phase(&self, phase: &Phase) -> Result<(), UndoReason> {
        self.report.stage(phase.name);
        if phase.name != "begin" {
            self.announce(phase.name)?;
        }
        if phase.together {
            return self.together(&phase.steps);
        }
        phase.steps.iter().try_for_each(|step| self.step(step, &|| self.stopped()))
    }

    /// Every host knows the stage: whoever comes second is told.
    fn announce(&self, name: &str) -> Result<(), UndoReason> {
        let stage = |host| {
            let what = StepKind::Ask(Request::Stage { name: name.to_owned(), undo: false });
            Step { host, what, undo: Vec::new() }
        };
        self.together(&(0..self.hosts.len()).map(stage).collect::<Vec<_>>())
    }

    /// One thread a step; where one fails, the others are cut short.
    fn together(&self, steps: &[Step]) -> Result<(), UndoReason> {
        let failed = Mutex::new(None::<UndoReason>);
        let cut = AtomicBool::new(false);
        let stop = || self.stopped() || cut.load(Ordering::SeqCst);
        threads::gather(steps, &|step| {
            let Err(why) = self.step(step, &stop) else { return };
            cut.store(true, Ordering::SeqCst);
            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
            // What was cut short for another's sake is no reason.
            let cut_short = matches!(why, UndoReason::Interrupted) && failed.is_some();
            if failed.is_none() || (matches!(*failed, Some(UndoReason::Interrupted)) && !cut_short) {
                *failed = Some(why);
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn step(&self, step: &Step, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        if stop() {
            return Err(UndoReason::Interrupted);
        }
        match &step.what {
            StepKind::Ask(action) => self.ask(step, action, stop),
            StepKind::Compare => self.compare(),
            StepKind::Spare { own, others } => self.spare(step.host, own, others, stop),
            StepKind::Settle(seconds) => self.settle(step.host, *seconds, stop),
        }
    }

    fn ask(&self, step: &Step, action: &Request, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        // Before it is asked: an answer that gets lost undoes it all the same.
        let before = {
            let mut known = self.known();
            if !matches!(action, Request::Begin { .. }) || step.undo.is_empty() {
                known.begun.push(step.clone());
            }
            let before = known.migrated;
            known.migrated |= action.is_migrate();
            before
        };
        let answer = self.perform(step.host, action, stop);
        if matches!(answer, Err(StepError::Cancelled)) {
            return Err(UndoReason::Interrupted);
        }
        let answer = answer.map_err(|failure| self.why(step.host, action, failure))?;
        let mut known = self.known();
        match answer {
            Response::Image(image) => known.images.push((step.host, image)),
            Response::Ran { migrated } if action.is_migrate() => known.migrated = before || migrated,
            _ => {}
        }
        Ok(())
    }

    /// Has a host do something, and tells about it.
    pub(super) fn perform(
        &self,
        host: usize,
        action: &Request,
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        let (name, step) = (self.name(host), action.to_string());
        let quiet = matches!(action, Request::Stage { .. } | Request::Begin { .. } | Request::Lock { .. });
        if !quiet {
            self.report.begin(name, &step);
        }
        let answer = lock_connection(&self.hosts[host]).perform(
            action,
            &mut |line| self.report.on_line(name, line),
            stop,
        );
        let told = match &answer {
            Ok(answer) => Ok(told(answer)),
            Err(failure) => Err(failure),
        };
        if !quiet || told.is_err() {
            self.report.end(name, &step, told.as_deref().map_err(|failure| *failure));
        }
        answer
    }

    fn compare(&self) -> Result<(), UndoReason> {
        let mut images = self.known().images.clone();
        images.sort_by_key(|(host, _)| *host);
        let by_digest = images.iter().all(|(_, image)| image.digest.is_some());
        let identity = |image: &ImageIdentity| match &image.digest {
            Some(digest) if by_digest => digest.clone(),
            _ => image.id.clone(),
        };
        let Some((first, image)) = images.first() else { return Ok(()) };
        match images.iter().find(|(_, other)| identity(other) != identity(image)) {
            None => Ok(()),
            Some((other, different)) => Err(UndoReason::Digest {
                first: self.name(*first).to_owned(),
                first_digest: identity(image),
                other: self.name(*other).to_owned(),
                other_digest: identity(different),
                tag: self.plan.ticket.tag.clone(),
            }),
        }
    }

    /// A web host that serves is only stopped where another one serves.
    fn spare(
        &self,
        host: usize,
        own: &Request,
        others: &[(usize, Request)],
        stop: &dyn Fn() -> bool,
    ) -> Result<(), UndoReason> {
        let silent =
            |host: usize, action| lock_connection(&self.hosts[host]).perform(action, &mut |_| {}, stop);
        let mut failure = StepError::Cancelled;
        for (other, gate) in others {
            match silent(*other, gate) {
                Ok(_) => return Ok(()),
                Err(error) => failure = error,
            }
        }
        match silent(host, own) {
            Ok(_) => Err(UndoReason::NoSpare { host: self.name(host).to_owned(), failure }),
            Err(error) if error.is_lost() => Err(self.why(host, own, error)),
            Err(_) => {
                self.report.tell(self.name(host), "does not serve, nor does any other web host");
                Ok(())
            }
        }
    }

    fn settle(&self, host: usize, seconds: u64, stop: &dyn Fn() -> bool) -> Result<(), UndoReason> {
        self.report.tell(self.name(host), &format!("waits {seconds} s for the proxies"));
        self.wait(seconds, stop).then_some(()).ok_or(UndoReason::Interrupted)
    }

    /// Waits; `false` where it was cut short.
    pub(super) fn wait(&self, seconds: u64, stop: &dyn Fn() -> bool) -> bool {
        let until = self.clock.now() + seconds;
        while self.clock.now() < until && !stop() {
            self.clock.sleep(Duration::from_millis(250));
        }
        !stop()
    }

    /// The tag is on every host. Once one of them has it in its history it is
    /// so for all: what fails from here on is told, and made good by the next.
    fn finish(&self) -> Outcome {
        self.report.stage("done");
        let entry = |host| self.entry(host, EntryOutcome::Done, None);
        let ends: Vec<_> =
            (0..self.hosts.len()).map(|host| (host, Request::End { entry: entry(host) })).collect();
        let failures = self.each(&ends);
        if failures.len() == self.hosts.len() {
            let (host, failure) = failures.into_iter().next().unwrap_or((0, StepError::Cancelled));
            return self.undo(self.why(host, &ends[host].1, failure));
        }
        for (host, _) in failures {
            self.report.note(&format!(
                "{} has the new tag, but it is not in its history: the next push puts that right",
                self.name(host)
            ));
        }
        let prune = || Request::Prune { keep: KEEP, repository: self.plan.repository.clone() };
        self.each(&(0..self.hosts.len()).map(|host| (host, prune())).collect::<Vec<_>>());
        Outcome::Done
    }

    /// The same at every host, at the same time, come what may.
    fn each(&self, actions: &[(usize, Request)]) -> Vec<(usize, StepError)> {
        let ask = |(host, action): &(usize, Request)| {
            let failure = self.perform(*host, action, &|| false).err()?;
            Some((*host, failure))
        };
        threads::gather(actions, &ask).into_iter().flatten().collect()
    }

    /// The line for a host's history.
    pub(super) fn entry(&self, host: usize, outcome: EntryOutcome, why: Option<&UndoReason>) -> Entry {
        let known = self.known();
        let image = known.images.iter().find(|(at, _)| *at == host);
        Entry {
            ticket: self.plan.ticket.clone(),
            before: self.plan.before[host].ran(),
            digest: image.and_then(|(_, image)| image.digest.clone()),
            outcome,
            why: why.map(ToString::to_string),
            migrated: known.migrated,
            ended: self.clock.now(),
        }
    }

    pub(super) fn name(&self, host: usize) -> &str {
        &self.topology.hosts[host].name
    }

    pub(super) fn known(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn why(&self, host: usize, action: &Request, failure: StepError) -> UndoReason {
        UndoReason::Step { host: self.name(host).to_owned(), step: action.to_string(), failure }
    }
}

/// What there is to tell of an answer.
fn told(answer: &Response) -> String {
    match answer {
        Response::Healthy(how) => how.clone(),
        Response::Image(image) => image.identity().to_owned(),
        Response::Pruned(tags) if !tags.is_empty() => tags.join(" "),
        _ => String::new(),
    }
}
