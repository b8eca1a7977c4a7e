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

#[cfg(test)]
mod tests {
    use super::{
        Executor, Fleet, ImageIdentity, Outcome, Request, Response, RolloutPlan, Stage, StageKind, Step,
        StepError, StepKind, UndoReason,
    };
    use crate::deploy::host::{Connection, Host};
    use crate::deploy::host_state::Snapshot;
    use crate::deploy::role::{Role, RoleUnit};
    use crate::deploy::rollout::test_fleet::{Silent, TestClock};
    use crate::deploy::test_values::ticket;
    use crate::deploy::topology::{Topology, TopologyHost};
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    type Responder = fn(&Request, &dyn Fn() -> bool) -> Result<Response, StepError>;

    struct TestHost {
        requests: Arc<Mutex<Vec<Request>>>,
        responder: Responder,
    }

    impl Host for TestHost {
        fn perform(
            &mut self,
            request: &Request,
            _on_line: &mut dyn FnMut(&str),
            stop: &dyn Fn() -> bool,
        ) -> Result<Response, StepError> {
            self.requests.lock().unwrap().push(request.clone());
            (self.responder)(request, stop)
        }

        fn reconnect(&mut self) -> Result<(), StepError> {
            Ok(())
        }
    }

    /// What a rollout did on hosts that are called a, b and so on.
    struct Ended {
        outcome: Outcome,
        requests: Vec<Vec<Request>>,
        milliseconds: u64,
    }

    fn run(stages: Vec<Stage>, responders: &[Responder], stop: bool) -> Ended {
        let plan = RolloutPlan {
            ticket: ticket("1"),
            app: "site".into(),
            repository: String::new(),
            snapshots: vec![Snapshot::default(); responders.len()],
            pause: 0,
            stages,
            warnings: Vec::new(),
        };
        let names = ["a", "b"].into_iter().take(responders.len());
        let hosts = names.map(|name| TopologyHost { name: name.to_owned(), role_units: Vec::new() });
        let topology = Topology { hosts: hosts.collect(), local_only: false };
        let requests: Vec<Arc<Mutex<Vec<Request>>>> = responders.iter().map(|_| Arc::default()).collect();
        let connection = |(responder, requests): (&Responder, &Arc<Mutex<Vec<Request>>>)| -> Connection {
            Mutex::new(Box::new(TestHost { requests: requests.clone(), responder: *responder }))
        };
        let connections: Vec<Connection> = responders.iter().zip(&requests).map(connection).collect();
        let clock = TestClock::new();
        let fleet = Fleet { topology: &topology, connections: &connections, clock: &clock, report: &Silent };
        let stop = AtomicBool::new(stop);
        let outcome = Executor::new(&plan, fleet, &stop, false).run();
        let requests = requests.iter().map(|requests| requests.lock().unwrap().clone()).collect();
        Ended { outcome, requests, milliseconds: clock.milliseconds() }
    }

    fn stage(kind: StageKind, kinds: Vec<(usize, StepKind)>) -> Stage {
        let step = |(host, kind)| Step { host, kind, undo: Vec::new() };
        Stage { kind, parallel: true, steps: kinds.into_iter().map(step).collect() }
    }

    fn digest() -> StepKind {
        StepKind::Send(Request::Digest { image: "team/site:new".into() })
    }

    fn done(_: &Request, _: &dyn Fn() -> bool) -> Result<Response, StepError> {
        Ok(Response::Done)
    }

    fn respond_with_image(request: &Request, id: &str, digest: Option<&str>) -> Result<Response, StepError> {
        match request {
            Request::Digest { .. } => {
                Ok(Response::Image(ImageIdentity { id: id.to_owned(), digest: digest.map(str::to_owned) }))
            }
            _ => Ok(Response::Done),
        }
    }

    /// Other deployers see the stage, and so does the log.
    #[test]
    fn every_stage_after_the_first_is_announced() {
        let stages = vec![
            stage(StageKind::Begin, vec![]),
            stage(StageKind::Pull, vec![(0, digest())]),
            stage(StageKind::Web, vec![]),
        ];
        let ended = run(stages, &[done], false);
        let names = ended.requests[0].iter().filter_map(|request| match request {
            Request::Stage { name, undo: false } => Some(name.as_str()),
            _ => None,
        });
        assert_eq!(names.collect::<Vec<_>>(), ["pull", "web"]);
        assert_eq!(ended.outcome, Outcome::Done);
    }

    #[test]
    fn nothing_begins_after_an_interrupt() {
        let ended = run(vec![stage(StageKind::Pull, vec![(0, digest())])], &[done], true);
        let undone = Outcome::Undone { reason: UndoReason::Interrupted, migrated: false };
        assert_eq!((ended.outcome, ended.requests), (undone, vec![vec![]]));
    }

    #[test]
    fn a_failure_cancels_the_other_hosts() {
        let fails: Responder = |request, _| match request {
            Request::Digest { .. } => Err(StepError::Missing { program: "docker".into() }),
            _ => Ok(Response::Done),
        };
        let waits: Responder = |request, stop| {
            let deadline = Instant::now() + Duration::from_secs(20);
            while matches!(request, Request::Digest { .. }) && !stop() {
                assert!(Instant::now() < deadline, "it is not cancelled");
                std::thread::sleep(Duration::from_millis(1));
            }
            if stop() { Err(StepError::Cancelled) } else { Ok(Response::Done) }
        };
        let stages = vec![stage(StageKind::Pull, vec![(0, digest()), (1, digest())])];
        let ended = run(stages, &[fails, waits], false);
        let Outcome::Undone { reason: UndoReason::Step { host, .. }, .. } = &ended.outcome else {
            panic!("{:?}", ended.outcome)
        };
        assert_eq!(host, "a");
    }

    /// Only images from a registry have a digest, and an image has different ids in different
    /// stores.
    #[test]
    fn images_are_compared_by_digest_if_each_has_one() {
        let outcome = |responders: [Responder; 2]| {
            let compare = stage(StageKind::Tasks, vec![(0, StepKind::CompareImages)]);
            run(vec![stage(StageKind::Pull, vec![(0, digest()), (1, digest())]), compare], &responders, false)
        };
        let pulled: Responder = |request, _| respond_with_image(request, "1", Some("d"));
        let converted: Responder = |request, _| respond_with_image(request, "2", Some("d"));
        let loaded: Responder = |request, _| respond_with_image(request, "1", None);
        let other: Responder = |request, _| respond_with_image(request, "2", None);
        assert_eq!(outcome([pulled, converted]).outcome, Outcome::Done);
        assert!(matches!(
            outcome([pulled, other]).outcome,
            Outcome::Undone { reason: UndoReason::Digest { .. }, .. }
        ));
        let ended = outcome([pulled, loaded]);
        assert_eq!(ended.outcome, Outcome::Done);
        let digests = ended.requests.iter().flatten().filter_map(|request| match request {
            Request::End { entry } => Some(entry.digest.as_deref()),
            _ => None,
        });
        assert_eq!(digests.collect::<Vec<_>>(), [Some("d"), None]);
    }

    #[test]
    fn a_web_host_that_is_lost_is_not_restarted() {
        let lost: Responder = |request, _| match request {
            Request::Gate { .. } => Err(StepError::ConnectionLost { text: "closed".into() }),
            _ => Ok(Response::Done),
        };
        let unit = RoleUnit { role: Role::Web, unit: "site".into() };
        let own = Request::Gate { unit, tag: None, url: None, patience: 0 };
        let kind = StepKind::RequireSpare { own, others: Vec::new() };
        let ended = run(vec![stage(StageKind::Web, vec![(0, kind)])], &[lost], false);
        let Outcome::Undone { reason: UndoReason::Step { failure, .. }, .. } = &ended.outcome else {
            panic!("{:?}", ended.outcome)
        };
        assert!(failure.is_lost());
    }

    #[test]
    fn a_pause_is_not_longer_than_it_has_to_be() {
        let ended = run(vec![stage(StageKind::Web, vec![(0, StepKind::ProxyPause(2))])], &[done], false);
        assert_eq!((ended.outcome, ended.milliseconds), (Outcome::Done, 2000));
    }
}
