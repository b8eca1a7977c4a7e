//! The way back: every host that was touched is put back as it was.

use crate::deploy::history::EntryOutcome;
use crate::deploy::host::lock_connection;
use crate::deploy::host_state::Snapshot;
use crate::deploy::plan::{Step, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::execute::Execution;
use crate::deploy::rollout::outcome::{Outcome, UndoReason};
use crate::deploy::topology::{Role, RoleUnit};

/// How long a host that is lost is waited for, in seconds: long enough for a
/// reboot, and for its old helper to notice that nobody is there (30 s).
const PATIENCE: u64 = 180;

/// Between two tries to reach it, in seconds.
const PAUSE: u64 = 3;

/// How far the way back has come.
#[derive(Default)]
struct Back {
    /// What was undone, a host at a time.
    done: Vec<(usize, Request)>,
    /// Hosts that could not be put back.
    kept: Vec<(usize, StepError)>,
    /// Those of them that are left alone: lost, or their files not restored.
    left: Vec<usize>,
    /// Units that could not be put back.
    failed: Vec<(usize, RoleUnit)>,
    /// Whether a web host was restarted on the way.
    web: bool,
    /// Until when hosts that are lost are waited for, all of them together.
    until: Option<u64>,
}

impl Back {
    fn keep(&mut self, host: usize, failure: StepError) {
        if !self.kept.iter().any(|(known, _)| *known == host) {
            self.kept.push((host, failure));
        }
    }
}

impl Execution<'_> {
    /// Puts back everything that was begun, the last first.
    pub(super) fn undo(&self, why: UndoReason) -> Outcome {
        self.report.note(&format!("cannot go on: {why}"));
        let (begun, migrated) = {
            let known = self.known();
            (known.begun.clone(), known.migrated)
        };
        if begun.iter().any(|step| !step.undo.is_empty()) {
            self.report.stage("undo");
        }
        let mut back = Back::default();
        self.walk(&begun, &mut back);
        self.close(&begun, &back, &why);
        let hosts: Vec<_> =
            back.kept.into_iter().map(|(host, failure)| (self.name(host).to_owned(), failure)).collect();
        match hosts.is_empty() {
            true => Outcome::Undone { why, migrated },
            false => Outcome::Broken { why, migrated, hosts, before: self.tag_before() },
        }
    }

    /// The tag of all hosts, where they had the same.
    fn tag_before(&self) -> Option<String> {
        let mut tags = self.plan.before.iter().map(Snapshot::tag);
        let first = tags.next()??;
        tags.all(|tag| tag.as_ref() == Some(&first)).then_some(first)
    }

    /// Undoes steps in reverse order. A host that is lost or whose files can't
    /// be restored is left alone from there on: its units would start with
    /// the wrong ones.
    fn walk(&self, begun: &[Step], back: &mut Back) {
        for step in begun.iter().rev().filter(|step| !step.undo.is_empty()) {
            if back.left.contains(&step.host) {
                continue;
            }
            if let Err(failure) = self.undo_with_patience(step, back) {
                back.keep(step.host, failure);
                back.left.push(step.host);
            }
        }
    }

    /// A host that is lost is waited for right here: a web host that comes
    /// next may only stop when this one serves again.
    fn undo_with_patience(&self, step: &Step, back: &mut Back) -> Result<(), StepError> {
        match self.undo_step(step, back) {
            Err(failure) if failure.is_lost() => {}
            result => return result,
        }
        self.reach(step.host, back)?;
        back.done.retain(|(host, action)| *host != step.host || !matches!(action, Request::Stage { .. }));
        self.undo_step(step, back)
    }

    /// A unit that can't be put back does not keep the others from it.
    fn undo_step(&self, step: &Step, back: &mut Back) -> Result<(), StepError> {
        let begin = Request::Stage { name: "undo".into(), undo: true };
        for action in std::iter::once(&begin).chain(&step.undo) {
            let done = (step.host, action.clone());
            let part = action.part().map(|part| (step.host, part.clone()));
            if back.done.contains(&done) || part.as_ref().is_some_and(|part| back.failed.contains(part)) {
                continue;
            }
            match (self.put_back(step.host, action, back), part) {
                (Ok(()), _) => back.done.push(done),
                (Err(failure), Some(part)) if !failure.is_lost() => {
                    back.keep(step.host, failure);
                    back.failed.push(part);
                }
                (Err(failure), _) => return Err(failure),
            }
        }
        Ok(())
    }

    fn put_back(&self, host: usize, action: &Request, back: &mut Back) -> Result<(), StepError> {
        if let Some(other) = self.beat_elsewhere(host, action, back) {
            let text = format!("{action} is left out, as beat may run on {}", self.name(other));
            return Err(StepError::Config { text });
        }
        if action.restarts_web() && !self.already_running(host, action) {
            if std::mem::replace(&mut back.web, true) {
                self.wait(self.plan.settle, &|| false);
            }
            self.spare_on_the_way_back(host, back);
        }
        self.perform(host, action, &|| false).map(|_| ())
    }

    /// Where beat may run, on a host that could not be put back: it ran there
    /// before, or was started there by this push or the one that was cut off.
    fn beat_elsewhere(&self, host: usize, action: &Request, back: &Back) -> Option<usize> {
        let part = action.part().filter(|_| action.starts_beat())?;
        let known = self.known();
        let stop = Request::Stop { part: part.clone() };
        let started = |step: &Step| match &step.what {
            StepKind::Ask(Request::Begin { .. }) => step.undo.contains(&stop),
            StepKind::Ask(action) => action.starts_beat(),
            _ => false,
        };
        let may = |host: usize| {
            let before = self.plan.before[host].unit(&part.unit).is_some_and(|unit| unit.active);
            before || known.begun.iter().any(|step| step.host == host && started(step))
        };
        // One that is left alone may have started it once more since.
        let stopped = |host: usize| !back.left.contains(&host) && back.done.contains(&(host, stop.clone()));
        back.kept.iter().map(|(kept, _)| *kept).find(|kept| *kept != host && may(*kept) && !stopped(*kept))
    }

    /// Whether a unit already is what is to be ensured.
    fn already_running(&self, host: usize, action: &Request) -> bool {
        let Request::Ensure { part, tag: Some(tag) } = action else { return false };
        let gate = Request::Gate { part: part.clone(), tag: Some(tag.clone()), url: None, patience: 0 };
        lock_connection(&self.hosts[host]).perform(&gate, &mut |_| {}, &|| false).is_ok()
    }

    /// A web host that serves is not stopped before another one serves, which
    /// may have to boot first. Where none does in time, it is put back all the
    /// same: that is what was promised.
    fn spare_on_the_way_back(&self, host: usize, back: &mut Back) {
        let others: Vec<usize> =
            self.topology.with(&Role::Web).map(|(other, _)| other).filter(|other| *other != host).collect();
        let serves = |host: usize| self.serves(host) == Some(true);
        if others.is_empty() || !serves(host) || others.iter().any(|other| serves(*other)) {
            return;
        }
        let until = *back.until.get_or_insert_with(|| self.clock.now() + PATIENCE);
        while self.clock.now() < until {
            self.wait(PAUSE, &|| false);
            if others.iter().any(|other| self.serves_again(*other)) {
                back.done.retain(|(_, action)| !matches!(action, Request::Stage { .. }));
                return;
            }
        }
        self.report.tell(self.name(host), "is restarted though no other web host serves: requests are lost");
    }

    /// Whether a web host passes its gate right now, on whatever tag; `None`
    /// where it does not answer.
    fn serves(&self, host: usize) -> Option<bool> {
        let steps = self.plan.phases.iter().flat_map(|phase| &phase.steps);
        let gate = steps.filter(|step| step.host == host).find_map(|step| match &step.what {
            StepKind::Spare { own, .. } => Some(own),
            _ => None,
        });
        let asked = |gate| lock_connection(&self.hosts[host]).perform(gate, &mut |_| {}, &|| false);
        asked(gate?).map_or_else(|failure| if failure.is_lost() { None } else { Some(false) }, |_| Some(true))
    }

    fn serves_again(&self, host: usize) -> bool {
        let serves = self.serves(host).or_else(|| self.relock(host).ok().and_then(|()| self.serves(host)));
        serves == Some(true)
    }

    /// Speaks anew with a host that was lost, and takes its lock again: what
    /// still ran there has ended then.
    fn reach(&self, host: usize, back: &mut Back) -> Result<(), StepError> {
        let until = *back.until.get_or_insert_with(|| self.clock.now() + PATIENCE);
        self.report.tell(self.name(host), "is asked again");
        loop {
            let failure = match self.relock(host) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if self.clock.now() >= until || !failure.is_lost() {
                return Err(failure);
            }
            self.wait(PAUSE, &|| false);
        }
    }

    fn relock(&self, host: usize) -> Result<(), StepError> {
        let mut connection = lock_connection(&self.hosts[host]);
        connection.reconnect()?;
        let lock = Request::Lock { ticket: self.plan.ticket.clone() };
        match connection.perform(&lock, &mut |_| {}, &|| false)? {
            // Our own helper from before, which has not noticed yet.
            Response::Held(holder) if holder.ticket.id == self.plan.ticket.id => {
                Err(StepError::Lost { text: "its old helper still has the lock".into() })
            }
            Response::Held(holder) => Err(StepError::Config { text: holder.to_string() }),
            _ => Ok(()),
        }
    }

    /// Closes the journals of the hosts that are as before. One that can't be
    /// closed does no harm: it says to put back what is there.
    fn close(&self, begun: &[Step], back: &Back, why: &UndoReason) {
        for step in begun {
            let is_begin = matches!(step.what, StepKind::Ask(Request::Begin { .. }));
            if !is_begin || back.kept.iter().any(|(host, _)| *host == step.host) {
                continue;
            }
            let entry = self.entry(step.host, EntryOutcome::Undone, Some(why));
            let _ = self.perform(step.host, &Request::End { entry }, &|| false);
        }
    }
}
