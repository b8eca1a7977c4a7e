//! Makes the stages of a plan.

use crate::deploy::history::DeployKind;
use crate::deploy::host_state::{HostState, Snapshot};
use crate::deploy::plan::restore::{Restore, check_url, restart};
use crate::deploy::plan::{PlanInput, Stage, StageKind, Step, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::settings::DeploySettings;

/// Makes the stages; [`Restore`] says what undoes their steps.
pub(super) struct Planner<'a> {
    input: PlanInput<'a>,
    snapshots: Vec<Snapshot>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(input: PlanInput<'a>) -> Self {
        Self { input, snapshots: input.host_states.iter().map(HostState::restore_point).collect() }
    }

    pub(super) fn into_snapshots(self) -> Vec<Snapshot> {
        self.snapshots
    }

    pub(super) fn stages(&self) -> Vec<Stage> {
        let mut stages = vec![self.begin(), self.pull()];
        if self.runs_tasks() {
            stages.push(self.tasks());
        }
        let mut tagged = vec![false; self.input.host_states.len()];
        stages.push(self.web(&mut tagged));
        stages.push(self.workers(&mut tagged));
        stages.push(self.beat(&mut tagged));
        stages.retain(|stage| !stage.steps.is_empty());
        let mut after_pull = stages.iter_mut().skip_while(|stage| stage.kind != StageKind::Pull).skip(1);
        if let Some(next) = after_pull.next() {
            next.steps.insert(0, Step { host: 0, kind: StepKind::CompareImages, undo: Vec::new() });
        }
        stages
    }

    fn runs_tasks(&self) -> bool {
        match self.input.ticket.kind {
            DeployKind::Push => !self.input.settings.tasks.is_empty(),
            DeployKind::Rollback => false,
        }
    }

    fn begin(&self) -> Stage {
        let mut steps = Vec::new();
        for (host, snapshot) in self.snapshots.iter().enumerate() {
            let begin = Request::Begin { ticket: self.input.ticket.clone(), snapshot: snapshot.clone() };
            let undo = self.restore(host).resume_undo();
            // A step that starts beat again goes first and so is undone last,
            // once beat has stopped on the other hosts.
            let index = if undo.iter().any(Request::starts_beat) { 0 } else { steps.len() };
            steps.insert(index, Step { host, kind: StepKind::Send(begin), undo });
        }
        Stage { kind: StageKind::Begin, parallel: true, steps }
    }

    fn pull(&self) -> Stage {
        let steps = (0..self.input.host_states.len()).map(|host| self.pull_step(host)).collect();
        Stage { kind: StageKind::Pull, parallel: true, steps }
    }

    fn pull_step(&self, host: usize) -> Step {
        let state = &self.input.host_states[host];
        let image = state.image.clone().unwrap_or_default();
        let name = format!("{image}:{}", self.input.ticket.tag);
        let present = self.input.ticket.kind == DeployKind::Rollback && state.incoming_image.is_some();
        if present || !self.input.settings.pull {
            return send(host, Request::Digest { image: name });
        }
        let repository = &self.input.settings.repository;
        let has_prefix = !repository.is_empty() && image.starts_with(repository.as_str());
        let image = if has_prefix { name.clone() } else { format!("{repository}{name}") };
        let mut undo: Vec<Request> = self.restore(host).retag().into_iter().collect();
        if !undo.is_empty() {
            // Units that restart meanwhile run the image that has the name now.
            undo.extend(self.restore(host).ensure());
        }
        Step { host, kind: StepKind::Send(Request::Pull { image, name }), undo }
    }

    /// The first host of the lists runs the tasks.
    fn tasks(&self) -> Stage {
        let tag = &self.input.ticket.tag;
        let tasks = self.input.settings.tasks.iter();
        let steps = tasks
            .map(|task| send(0, Request::Task { tag: tag.clone(), task: task.words().to_vec() }))
            .collect();
        Stage { kind: StageKind::Tasks, parallel: false, steps }
    }

    fn web(&self, tagged: &mut [bool]) -> Stage {
        let hosts: Vec<usize> = self.input.topology.hosts_with(&Role::Web).map(|(host, _)| host).collect();
        let unit = RoleUnit::new(Role::Web, &self.input.settings.app);
        let mut steps = Vec::new();
        for (index, &host) in hosts.iter().enumerate() {
            if index > 0 && self.input.pause > 0 {
                steps.push(Step { host, kind: StepKind::ProxyPause(self.input.pause), undo: Vec::new() });
            }
            let serves_now = || gate(self.input.settings, &unit, None, 0);
            let others: Vec<_> =
                hosts.iter().filter(|other| **other != host).map(|other| (*other, serves_now())).collect();
            if !others.is_empty() {
                let kind = StepKind::RequireSpare { own: serves_now(), others };
                steps.push(Step { host, kind, undo: Vec::new() });
            }
            steps.extend(self.write_tag(host, tagged));
            steps.extend(self.restart_and_gate(host, &unit));
        }
        Stage { kind: StageKind::Web, parallel: false, steps }
    }

    fn workers(&self, tagged: &mut [bool]) -> Stage {
        let mut steps = Vec::new();
        for role in self.input.topology.worker_roles() {
            let unit = RoleUnit::new(role.clone(), &self.input.settings.app);
            for (host, _) in self.input.topology.hosts_with(&role) {
                steps.extend(self.write_tag(host, tagged));
                steps.extend(self.restart_and_gate(host, &unit));
            }
        }
        Stage { kind: StageKind::Workers, parallel: false, steps }
    }

    /// Beat stops on every host where it runs, and only then starts on its own.
    fn beat(&self, tagged: &mut [bool]) -> Stage {
        let unit = RoleUnit::new(Role::Beat, &self.input.settings.app);
        let mut steps = Vec::new();
        for (home, _) in self.input.topology.hosts_with(&Role::Beat) {
            for stray in self.input.stray_beats(home).filter(|stray| self.input.is_active(*stray, &unit)) {
                steps.push(self.stop(stray, &unit));
            }
            steps.push(self.stop(home, &unit));
            steps.extend(self.write_tag(home, tagged));
            let start = Request::Start { unit: unit.clone(), patience: self.input.settings.patience };
            steps.push(Step {
                host: home,
                kind: StepKind::Send(start),
                undo: self.restore(home).unit(&unit),
            });
            steps.push(self.gate_new_tag(home, &unit));
        }
        Stage { kind: StageKind::Beat, parallel: false, steps }
    }

    fn stop(&self, host: usize, unit: &RoleUnit) -> Step {
        let stop = Request::Stop { unit: unit.clone() };
        Step { host, kind: StepKind::Send(stop), undo: self.restore(host).unit(unit) }
    }

    fn restart_and_gate(&self, host: usize, unit: &RoleUnit) -> [Step; 2] {
        let restart = restart(self.input.settings, unit);
        let undo = self.restore(host).unit(unit);
        [Step { host, kind: StepKind::Send(restart), undo }, self.gate_new_tag(host, unit)]
    }

    fn gate_new_tag(&self, host: usize, unit: &RoleUnit) -> Step {
        let (settings, tag) = (self.input.settings, self.input.ticket.tag.clone());
        send(host, gate(settings, unit, Some(tag), settings.patience))
    }

    /// Writes TAG and REVERT, once for each host. From here on a unit that
    /// restarts by itself runs the new tag.
    fn write_tag(&self, host: usize, tagged: &mut [bool]) -> Option<Step> {
        if std::mem::replace(&mut tagged[host], true) {
            return None;
        }
        let tag_files = self.snapshots[host].tag_files.with_tag(&self.input.ticket.tag);
        let mut undo = self.restore(host).files();
        undo.extend(self.restore(host).ensure());
        Some(Step { host, kind: StepKind::Send(Request::WriteTagFiles { tag_files }), undo })
    }

    fn restore(&self, host: usize) -> Restore<'_> {
        Restore { input: self.input, host, snapshot: &self.snapshots[host] }
    }
}

fn send(host: usize, request: Request) -> Step {
    Step { host, kind: StepKind::Send(request), undo: Vec::new() }
}

/// The gate of a unit: passed within `patience` seconds, or right now with 0.
fn gate(settings: &DeploySettings, unit: &RoleUnit, tag: Option<String>, patience: u64) -> Request {
    Request::Gate { unit: unit.clone(), tag, url: check_url(settings, unit), patience }
}
