//! The plan of a rollout: steps, each with what undoes it. It is a value that
//! `plan` prints, tests compare, and [`super::rollout::execute`] carries out.

mod planner;
mod restore;
pub mod warnings;

use crate::deploy::history::Ticket;
use crate::deploy::host_state::{HostState, Snapshot};
use crate::deploy::plan::planner::Planner;
use crate::deploy::plan::warnings::Warning;
use crate::deploy::protocol::request::Request;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::Topology;

/// The pause between web hosts where nothing else is known, in seconds: nginx's
/// default `fail_timeout`, and one second more.
pub const DEFAULT_PAUSE: u64 = 11;

/// All steps of a push or rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutPlan {
    pub ticket: Ticket,
    /// The app, as its folder is named.
    pub app: String,
    /// The prefix of IMAGE for pulls.
    pub repository: String,
    /// What each host is restored to if the rollout fails.
    pub snapshots: Vec<Snapshot>,
    /// The pause between web hosts, in seconds.
    pub pause: u64,
    pub stages: Vec<Stage>,
    pub warnings: Vec<Warning>,
}

/// A group of steps that is complete before the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub kind: StageKind,
    /// Whether the hosts run their steps in parallel, one step a host.
    pub parallel: bool,
    pub steps: Vec<Step>,
}

/// The stages, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// Open the journals.
    Begin,
    Pull,
    Tasks,
    Web,
    Workers,
    Beat,
}

impl StageKind {
    /// The name of the stage, for reports and journals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Pull => "pull",
            Self::Tasks => "tasks",
            Self::Web => "web",
            Self::Workers => "workers",
            Self::Beat => "beat",
        }
    }
}

/// A step on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The host, as an index into the topology.
    pub host: usize,
    pub kind: StepKind,
    /// What undoes it, whether it was done fully, partly or not at all.
    pub undo: Vec<Request>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Send a request to the host.
    Send(Request),
    /// Check that every host has pulled the same image.
    CompareImages,
    /// Check that another web host passes its gate before this one stops.
    RequireSpare {
        /// This host's gate.
        own: Request,
        /// The gates of the other web hosts.
        others: Vec<(usize, Request)>,
    },
    /// Wait until the proxies use the web host before this one again; seconds.
    ProxyPause(u64),
}

/// What the plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    pub settings: &'a DeploySettings,
    pub topology: &'a Topology,
    /// One for each host of the topology; none has blockers.
    pub host_states: &'a [HostState],
    pub ticket: &'a Ticket,
    /// The pause between web hosts, in seconds.
    pub pause: u64,
}

impl<'a> PlanInput<'a> {
    /// The hosts other than `home` that have beat's unit.
    fn stray_beats(&self, home: usize) -> impl Iterator<Item = usize> + use<'a> {
        let (host_states, beat) = (self.host_states, Role::Beat.unit(&self.settings.app));
        let has_unit = move |host: &usize| host_states[*host].unit(&beat).is_some_and(|unit| unit.exists);
        (0..host_states.len()).filter(move |host| *host != home && has_unit(host))
    }

    fn is_active(&self, host: usize, unit: &RoleUnit) -> bool {
        self.host_states[host].unit(&unit.unit).is_some_and(|unit| unit.active)
    }
}

/// Makes the plan.
pub fn make(input: PlanInput<'_>) -> RolloutPlan {
    let planner = Planner::new(input);
    RolloutPlan {
        ticket: input.ticket.clone(),
        app: input.settings.app.to_string(),
        repository: input.settings.repository.clone(),
        stages: planner.stages(),
        warnings: warnings::find(input),
        snapshots: planner.into_snapshots(),
        pause: input.pause,
    }
}
