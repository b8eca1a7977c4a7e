//! What is to be done, step by step, each with what undoes it: a value that
//! `plan` prints, tests compare, and [`super::rollout::execute`] carries out.

mod restore;
mod warnings;

use crate::deploy::history::{PushKind, Ticket};
use crate::deploy::host_state::{HostState, Snapshot};
use crate::deploy::protocol::request::Request;
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::{Role, RoleUnit, Topology};

/// nginx's default `fail_timeout`, and one second more.
pub const SETTLE: u64 = 11;

/// Everything that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutPlan {
    /// What for.
    pub ticket: Ticket,
    /// The app, as its folder is called.
    pub app: String,
    /// What is put before IMAGE for the pull.
    pub repository: String,
    /// What each host is put back to.
    pub before: Vec<Snapshot>,
    /// The pause between web hosts, in seconds.
    pub settle: u64,
    /// The stages.
    pub phases: Vec<Phase>,
    /// What people should know before.
    pub notes: Vec<String>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// Whether its steps are done at the same time, one a host.
    pub together: bool,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The host, by its place in the topology.
    pub host: usize,
    /// What is done.
    pub what: StepKind,
    /// What undoes it, whether it was done whole, half or not at all.
    pub undo: Vec<Request>,
}

/// What is done in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Something on the host.
    Ask(Request),
    /// Compare what the pulls gave: the digest must be the same everywhere.
    Compare,
    /// See that another web host passes its gate before this one is stopped.
    Spare {
        /// This host's gate.
        own: Request,
        /// The others' gates.
        others: Vec<(usize, Request)>,
    },
    /// Wait, so that the proxies see that the host is back; seconds.
    Settle(u64),
}

/// What the plan is made from, beside the facts.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// What is configured.
    pub settings: &'a DeploySettings,
    /// Which host does what.
    pub topology: &'a Topology,
    /// The pause between web hosts.
    pub settle: u64,
}

/// Makes the plan. The facts are without troubles, one set a host.
pub fn plan(given: PlanInput<'_>, facts: &[HostState], ticket: &Ticket) -> RolloutPlan {
    let before = facts.iter().map(HostState::before).collect();
    let planner = Planner { given, facts, ticket, before };
    let mut phases = vec![planner.begin(), planner.fetch()];
    if ticket.kind == PushKind::Push && !given.settings.tasks.is_empty() {
        phases.push(planner.tasks());
    }
    let mut marked = vec![false; facts.len()];
    phases.push(planner.web(&mut marked));
    phases.push(planner.workers(&mut marked));
    phases.push(planner.beat(&mut marked));
    phases.retain(|phase| !phase.steps.is_empty());
    if let Some(next) = phases.get_mut(2) {
        next.steps.insert(0, Step { host: 0, what: StepKind::Compare, undo: Vec::new() });
    }
    let notes = planner.notes();
    let (app, repository) = (given.settings.app.to_string(), given.settings.repository.clone());
    let (before, settle) = (planner.before, given.settle);
    RolloutPlan { ticket: ticket.clone(), app, repository, before, settle, phases, notes }
}

/// Makes a plan, a phase at a time; what undoes its steps stands in `back`, what
/// people are told of it in `notes`.
pub(super) struct Planner<'a> {
    pub(super) given: PlanInput<'a>,
    pub(super) facts: &'a [HostState],
    pub(super) ticket: &'a Ticket,
    pub(super) before: Vec<Snapshot>,
}

fn ask(host: usize, action: Request) -> Step {
    Step { host, what: StepKind::Ask(action), undo: Vec::new() }
}

impl Planner<'_> {
    fn begin(&self) -> Phase {
        let mut steps = Vec::new();
        for (host, before) in self.before.iter().enumerate() {
            let begin = Request::Begin { ticket: self.ticket.clone(), before: before.clone() };
            let step = Step { host, what: StepKind::Ask(begin), undo: self.resume_undo(host) };
            // Undone last: by then beat has stopped elsewhere.
            let at = if step.undo.iter().any(Request::starts_beat) { 0 } else { steps.len() };
            steps.insert(at, step);
        }
        Phase { name: "begin", together: true, steps }
    }

    fn fetch(&self) -> Phase {
        let fetch = |(host, facts): (usize, &HostState)| {
            let image = facts.image.clone().unwrap_or_default();
            let name = format!("{image}:{}", self.ticket.tag);
            let there = self.ticket.kind == PushKind::Rollback && facts.coming.is_some();
            if there || !self.given.settings.pull {
                return ask(host, Request::Digest { image: name });
            }
            let repository = &self.given.settings.repository;
            let double = !repository.is_empty() && image.starts_with(repository.as_str());
            let image = if double { name.clone() } else { format!("{repository}{name}") };
            let mut undo: Vec<Request> = self.retag(host).into_iter().collect();
            if !undo.is_empty() {
                // The units may start by themselves with what has the name now.
                self.ensure(host, &mut undo);
            }
            Step { host, what: StepKind::Ask(Request::Pull { image, name }), undo }
        };
        Phase { name: "pull", together: true, steps: self.facts.iter().enumerate().map(fetch).collect() }
    }

    /// The first host as written runs the tasks.
    fn tasks(&self) -> Phase {
        let tag = &self.ticket.tag;
        let task = |words: &Vec<String>| ask(0, Request::Task { tag: tag.clone(), words: words.clone() });
        let steps = self.given.settings.tasks.iter().map(task).collect();
        Phase { name: "tasks", together: false, steps }
    }

    fn web(&self, marked: &mut [bool]) -> Phase {
        let topology = self.given.topology;
        let hosts: Vec<usize> = topology.with(&Role::Web).map(|(host, _)| host).collect();
        let mut steps = Vec::new();
        for (at, &host) in hosts.iter().enumerate() {
            if at > 0 && self.given.settle > 0 {
                steps.push(Step { host, what: StepKind::Settle(self.given.settle), undo: Vec::new() });
            }
            let part = RoleUnit::new(Role::Web, &self.given.settings.app);
            let others = hosts.iter().filter(|other| **other != host);
            let others: Vec<_> = others.map(|other| (*other, self.spare(&part))).collect();
            if !others.is_empty() {
                let what = StepKind::Spare { own: self.spare(&part), others };
                steps.push(Step { host, what, undo: Vec::new() });
            }
            steps.extend(self.mark(host, marked));
            steps.extend(self.restart(host, &part));
        }
        Phase { name: "web", together: false, steps }
    }

    fn workers(&self, marked: &mut [bool]) -> Phase {
        let mut steps = Vec::new();
        for role in self.given.topology.worker_roles() {
            for (host, _) in self.given.topology.with(&role) {
                steps.extend(self.mark(host, marked));
                steps.extend(self.restart(host, &RoleUnit::new(role.clone(), &self.given.settings.app)));
            }
        }
        Phase { name: "workers", together: false, steps }
    }

    /// Beat stops wherever it is, and only then starts where it should be.
    fn beat(&self, marked: &mut [bool]) -> Phase {
        let part = RoleUnit::new(Role::Beat, &self.given.settings.app);
        let mut steps = Vec::new();
        for (host, _) in self.given.topology.with(&Role::Beat) {
            for stray in self.strays(host, &part).filter(|stray| self.runs(*stray, &part)) {
                let what = StepKind::Ask(Request::Stop { part: part.clone() });
                steps.push(Step { host: stray, what, undo: self.undo(stray, &part) });
            }
            let undo = self.undo(host, &part);
            steps.push(Step {
                host,
                what: StepKind::Ask(Request::Stop { part: part.clone() }),
                undo: undo.clone(),
            });
            steps.extend(self.mark(host, marked));
            steps.push(Step { host, what: StepKind::Ask(self.started(&part)), undo });
            steps.push(ask(host, self.gate(&part, Some(self.ticket.tag.clone()), false)));
        }
        Phase { name: "beat", together: false, steps }
    }

    /// Where beat is, though it should be on another host.
    pub(super) fn strays<'a>(&'a self, home: usize, part: &'a RoleUnit) -> impl Iterator<Item = usize> {
        let there = |facts: &HostState| facts.unit(&part.unit).is_some_and(|unit| unit.exists);
        (0..self.facts.len()).filter(move |host| *host != home && there(&self.facts[*host]))
    }

    pub(super) fn runs(&self, host: usize, part: &RoleUnit) -> bool {
        self.facts[host].unit(&part.unit).is_some_and(|unit| unit.active)
    }

    fn restart(&self, host: usize, part: &RoleUnit) -> [Step; 2] {
        let what = StepKind::Ask(self.restarted(part));
        let gate = self.gate(part, Some(self.ticket.tag.clone()), false);
        [Step { host, what, undo: self.undo(host, part) }, ask(host, gate)]
    }

    /// TAG and REVERT, once a host. From here on its units may start with the
    /// new tag by themselves.
    fn mark(&self, host: usize, marked: &mut [bool]) -> Option<Step> {
        if std::mem::replace(&mut marked[host], true) {
            return None;
        }
        let marks = self.before[host].marks.with(&self.ticket.tag);
        let mut undo = self.restore(host);
        self.ensure(host, &mut undo);
        Some(Step { host, what: StepKind::Ask(Request::Mark { marks }), undo })
    }

    /// What a unit has to pass: within the patience, or right now with `once`.
    pub(super) fn gate(&self, part: &RoleUnit, tag: Option<String>, once: bool) -> Request {
        let settings = self.given.settings;
        let url = settings.check_url.clone().filter(|_| part.role == Role::Web);
        Request::Gate { part: part.clone(), tag, url, patience: if once { 0 } else { settings.patience } }
    }

    pub(super) fn restarted(&self, part: &RoleUnit) -> Request {
        Request::Restart { part: part.clone(), patience: self.given.settings.patience }
    }

    fn started(&self, part: &RoleUnit) -> Request {
        Request::Start { part: part.clone(), patience: self.given.settings.patience }
    }

    fn spare(&self, part: &RoleUnit) -> Request {
        self.gate(part, None, true)
    }
}
