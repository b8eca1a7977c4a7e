//! The way back: every host that was touched is put back as it was.

use super::action::{Action, Answer};
use super::ended::{Ended, Why};
use super::failure::Failure;
use super::history::Outcome;
use super::host::held;
use super::perform::Deploy;
use super::plan::{Step, What};
use super::topology::Role;

/// How long a host that is lost is waited for, in seconds: long enough for a
/// reboot, and for its old helper to notice that nobody is there (30 s).
const PATIENCE: u64 = 180;

/// Between two tries to reach it, in seconds.
const PAUSE: u64 = 3;

/// How far the way back has come.
struct Back {
    /// What was undone, a host at a time.
    done: Vec<(usize, Action)>,
    /// Hosts that could not be put back.
    kept: Vec<(usize, Failure)>,
    /// Whether a web host was restarted on the way.
    web: bool,
    /// Until when hosts that are lost are waited for, all of them together.
    until: Option<u64>,
}

impl Deploy<'_> {
    /// Puts back everything that was begun, the last first.
    pub(super) fn undo(&self, why: Why) -> Ended {
        self.report.note(&format!("cannot go on: {why}"));
        let (begun, migrated) = {
            let known = self.known();
            (known.begun.clone(), known.migrated)
        };
        if begun.iter().any(|step| !step.undo.is_empty()) {
            self.report.stage("undo");
        }
        let mut back = Back { done: Vec::new(), kept: Vec::new(), web: false, until: None };
        self.walk(&begun, &mut back);
        self.close(&begun, &back, &why);
        let hosts: Vec<_> =
            back.kept.into_iter().map(|(host, failure)| (self.name(host).to_owned(), failure)).collect();
        match hosts.is_empty() {
            true => Ended::Undone { why, migrated },
            false => Ended::Broken { why, migrated, hosts },
        }
    }

    /// Undoes steps in reverse order. A host where that fails is left alone
    /// from there on: what comes next relies on what came before.
    fn walk(&self, begun: &[Step], back: &mut Back) {
        for step in begun.iter().rev().filter(|step| !step.undo.is_empty()) {
            if back.kept.iter().any(|(host, _)| *host == step.host) {
                continue;
            }
            if let Err(failure) = self.undo_with_patience(step, back) {
                back.kept.push((step.host, failure));
            }
        }
    }

    /// A host that is lost is waited for right here: a web host that comes
    /// next may only stop when this one serves again.
    fn undo_with_patience(&self, step: &Step, back: &mut Back) -> Result<(), Failure> {
        match self.undo_step(step, back) {
            Err(failure) if failure.is_lost() => {}
            result => return result,
        }
        self.reach(step.host, back)?;
        back.done.retain(|(host, action)| *host != step.host || !matches!(action, Action::Stage { .. }));
        self.undo_step(step, back)
    }

    fn undo_step(&self, step: &Step, back: &mut Back) -> Result<(), Failure> {
        let begin = Action::Stage { name: "undo".into(), undo: true };
        for action in std::iter::once(&begin).chain(&step.undo) {
            let done = (step.host, action.clone());
            if back.done.contains(&done) {
                continue;
            }
            if action.restarts_web() {
                if std::mem::replace(&mut back.web, true) {
                    self.wait(self.plan.settle, &|| false);
                }
                self.spare_on_the_way_back(step.host, back);
            }
            self.perform(step.host, action, &|| false)?;
            back.done.push(done);
        }
        Ok(())
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
                back.done.retain(|(_, action)| !matches!(action, Action::Stage { .. }));
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
            What::Spare { own, .. } => Some(own),
            _ => None,
        });
        let asked = |gate| held(&self.hosts[host]).perform(gate, &mut |_| {}, &|| false);
        asked(gate?).map_or_else(|failure| if failure.is_lost() { None } else { Some(false) }, |_| Some(true))
    }

    fn serves_again(&self, host: usize) -> bool {
        let serves = self.serves(host).or_else(|| self.relock(host).ok().and_then(|()| self.serves(host)));
        serves == Some(true)
    }

    /// Speaks anew with a host that was lost, and takes its lock again: what
    /// still ran there has ended then.
    fn reach(&self, host: usize, back: &mut Back) -> Result<(), Failure> {
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

    fn relock(&self, host: usize) -> Result<(), Failure> {
        let mut connection = held(&self.hosts[host]);
        connection.reconnect()?;
        let lock = Action::Lock { ticket: self.plan.ticket.clone() };
        match connection.perform(&lock, &mut |_| {}, &|| false)? {
            // Our own helper from before, which has not noticed yet.
            Answer::Held(holder) if holder.ticket.id == self.plan.ticket.id => {
                Err(Failure::Lost { text: "its old helper still has the lock".into() })
            }
            Answer::Held(holder) => Err(Failure::Config { text: holder.to_string() }),
            _ => Ok(()),
        }
    }

    /// Closes the journals of the hosts that are as before. One that can't be
    /// closed does no harm: it says to put back what is there.
    fn close(&self, begun: &[Step], back: &Back, why: &Why) {
        for step in begun {
            let is_begin = matches!(step.what, What::Ask(Action::Begin { .. }));
            if !is_begin || back.kept.iter().any(|(host, _)| *host == step.host) {
                continue;
            }
            let entry = self.entry(step.host, Outcome::Undone, Some(why));
            let _ = self.perform(step.host, &Action::End { entry }, &|| false);
        }
    }
}
