//! What is to be done, step by step, each with what undoes it: a value that
//! `plan` prints, tests compare, and [`super::perform`] carries out.

use super::action::Action;
use super::facts::{Before, Facts};
use super::history::{Kind, Ticket};
use super::settings::Settings;
use super::topology::{Part, Role, Topology};

/// nginx's default `fail_timeout`, and one second more.
pub const SETTLE: u64 = 11;

/// Everything that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What for.
    pub ticket: Ticket,
    /// The app, as its folder is called.
    pub app: String,
    /// What is put before IMAGE for the pull.
    pub repository: String,
    /// What each host is put back to.
    pub before: Vec<Before>,
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
    pub what: What,
    /// What undoes it, whether it was done whole, half or not at all.
    pub undo: Vec<Action>,
}

/// What is done in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Something on the host.
    Ask(Action),
    /// Compare what the pulls gave: the digest must be the same everywhere.
    Compare,
    /// See that another web host passes its gate before this one is stopped.
    Spare {
        /// This host's gate.
        own: Action,
        /// The others' gates.
        others: Vec<(usize, Action)>,
    },
    /// Wait, so that the proxies see that the host is back; seconds.
    Settle(u64),
}

/// What the plan is made from, beside the facts.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// Which host does what.
    pub topology: &'a Topology,
    /// The pause between web hosts.
    pub settle: u64,
}

/// Makes the plan. The facts are without troubles, one set a host.
pub fn plan(given: Given<'_>, facts: &[Facts], ticket: &Ticket) -> Plan {
    let before = facts.iter().map(Facts::before).collect();
    let planner = Planner { given, facts, ticket, before };
    let mut phases = vec![planner.begin(), planner.fetch()];
    if ticket.kind == Kind::Push && !given.settings.tasks.is_empty() {
        phases.push(planner.tasks());
    }
    let mut marked = vec![false; facts.len()];
    phases.push(planner.web(&mut marked));
    phases.push(planner.workers(&mut marked));
    phases.push(planner.beat(&mut marked));
    phases.retain(|phase| !phase.steps.is_empty());
    if let Some(next) = phases.get_mut(2) {
        next.steps.insert(0, Step { host: 0, what: What::Compare, undo: Vec::new() });
    }
    let notes = planner.notes();
    let (app, repository) = (given.settings.app.to_string(), given.settings.repository.clone());
    let (before, settle) = (planner.before, given.settle);
    Plan { ticket: ticket.clone(), app, repository, before, settle, phases, notes }
}

/// Makes a plan, a phase at a time; what undoes its steps stands in `back`, what
/// people are told of it in `notes`.
pub(super) struct Planner<'a> {
    pub(super) given: Given<'a>,
    pub(super) facts: &'a [Facts],
    pub(super) ticket: &'a Ticket,
    pub(super) before: Vec<Before>,
}

fn ask(host: usize, action: Action) -> Step {
    Step { host, what: What::Ask(action), undo: Vec::new() }
}

impl Planner<'_> {
    fn begin(&self) -> Phase {
        let mut steps = Vec::new();
        for (host, before) in self.before.iter().enumerate() {
            let begin = Action::Begin { ticket: self.ticket.clone(), before: before.clone() };
            let step = Step { host, what: What::Ask(begin), undo: self.taken_up(host) };
            // Undone last: by then beat has stopped elsewhere.
            let at = if step.undo.iter().any(Action::starts_beat) { 0 } else { steps.len() };
            steps.insert(at, step);
        }
        Phase { name: "begin", together: true, steps }
    }

    fn fetch(&self) -> Phase {
        let fetch = |(host, facts): (usize, &Facts)| {
            let image = facts.image.clone().unwrap_or_default();
            let name = format!("{image}:{}", self.ticket.tag);
            let there = self.ticket.kind == Kind::Rollback && facts.coming.is_some();
            if there || !self.given.settings.pull {
                return ask(host, Action::Digest { image: name });
            }
            let repository = &self.given.settings.repository;
            let double = !repository.is_empty() && image.starts_with(repository.as_str());
            let image = if double { name.clone() } else { format!("{repository}{name}") };
            let mut undo: Vec<Action> = self.retag(host).into_iter().collect();
            if !undo.is_empty() {
                // The units may start by themselves with what has the name now.
                self.ensure(host, &mut undo);
            }
            Step { host, what: What::Ask(Action::Pull { image, name }), undo }
        };
        Phase { name: "pull", together: true, steps: self.facts.iter().enumerate().map(fetch).collect() }
    }

    /// The first host as written runs the tasks.
    fn tasks(&self) -> Phase {
        let tag = &self.ticket.tag;
        let task = |words: &Vec<String>| ask(0, Action::Task { tag: tag.clone(), words: words.clone() });
        let steps = self.given.settings.tasks.iter().map(task).collect();
        Phase { name: "tasks", together: false, steps }
    }

    fn web(&self, marked: &mut [bool]) -> Phase {
        let topology = self.given.topology;
        let hosts: Vec<usize> = topology.with(&Role::Web).map(|(host, _)| host).collect();
        let mut steps = Vec::new();
        for (at, &host) in hosts.iter().enumerate() {
            if at > 0 && self.given.settle > 0 {
                steps.push(Step { host, what: What::Settle(self.given.settle), undo: Vec::new() });
            }
            let part = Part::new(Role::Web, &self.given.settings.app);
            let others = hosts.iter().filter(|other| **other != host);
            let others: Vec<_> = others.map(|other| (*other, self.spare(&part))).collect();
            if !others.is_empty() {
                let what = What::Spare { own: self.spare(&part), others };
                steps.push(Step { host, what, undo: Vec::new() });
            }
            steps.extend(self.mark(host, marked));
            steps.extend(self.restart(host, &part));
        }
        Phase { name: "web", together: false, steps }
    }

    fn workers(&self, marked: &mut [bool]) -> Phase {
        let mut steps = Vec::new();
        for role in self.given.topology.between() {
            for (host, _) in self.given.topology.with(&role) {
                steps.extend(self.mark(host, marked));
                steps.extend(self.restart(host, &Part::new(role.clone(), &self.given.settings.app)));
            }
        }
        Phase { name: "workers", together: false, steps }
    }

    /// Beat stops wherever it is, and only then starts where it should be.
    fn beat(&self, marked: &mut [bool]) -> Phase {
        let part = Part::new(Role::Beat, &self.given.settings.app);
        let mut steps = Vec::new();
        for (host, _) in self.given.topology.with(&Role::Beat) {
            for stray in self.strays(host, &part).filter(|stray| self.runs(*stray, &part)) {
                let what = What::Ask(Action::Stop { part: part.clone() });
                steps.push(Step { host: stray, what, undo: self.undo(stray, &part) });
            }
            let undo = self.undo(host, &part);
            steps.push(Step {
                host,
                what: What::Ask(Action::Stop { part: part.clone() }),
                undo: undo.clone(),
            });
            steps.extend(self.mark(host, marked));
            steps.push(Step { host, what: What::Ask(self.started(&part)), undo });
            steps.push(ask(host, self.gate(&part, Some(self.ticket.tag.clone()), false)));
        }
        Phase { name: "beat", together: false, steps }
    }

    /// Where beat is, though it should be on another host.
    pub(super) fn strays<'a>(&'a self, home: usize, part: &'a Part) -> impl Iterator<Item = usize> {
        let there = |facts: &Facts| facts.unit(&part.unit).is_some_and(|unit| unit.exists);
        (0..self.facts.len()).filter(move |host| *host != home && there(&self.facts[*host]))
    }

    pub(super) fn runs(&self, host: usize, part: &Part) -> bool {
        self.facts[host].unit(&part.unit).is_some_and(|unit| unit.active)
    }

    fn restart(&self, host: usize, part: &Part) -> [Step; 2] {
        let what = What::Ask(self.restarted(part));
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
        Some(Step { host, what: What::Ask(Action::Mark { marks }), undo })
    }

    /// What a unit has to pass: within the patience, or right now with `once`.
    pub(super) fn gate(&self, part: &Part, tag: Option<String>, once: bool) -> Action {
        let settings = self.given.settings;
        let url = settings.check_url.clone().filter(|_| part.role == Role::Web);
        Action::Gate { part: part.clone(), tag, url, patience: if once { 0 } else { settings.patience } }
    }

    pub(super) fn restarted(&self, part: &Part) -> Action {
        Action::Restart { part: part.clone(), patience: self.given.settings.patience }
    }

    fn started(&self, part: &Part) -> Action {
        Action::Start { part: part.clone(), patience: self.given.settings.patience }
    }

    fn spare(&self, part: &Part) -> Action {
        self.gate(part, None, true)
    }
}
