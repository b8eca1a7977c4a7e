//! The requests of the deployer to an agent, sent as lines of JSON. The agent returns a
//! [`Response`](super::response::Response).

use crate::deploy::check_url::Check;
use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::host_state::Snapshot;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::tag_files::TagFiles;
use serde::{Deserialize, Serialize};

/// Whether a task is the one that changes the schema.
pub fn is_migrate(task: &[String]) -> bool {
    task.first().is_some_and(|process| process == "migrate")
}

/// A request to a host. Each can be repeated: the result is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Return the [`HostState`](crate::deploy::host_state::HostState).
    Inspect {
        #[serde(default)]
        units: Vec<RoleUnit>,
        /// What a deploy would bring; `None` if only the state is wanted.
        incoming: Option<Incoming>,
        /// Whether to run the health checks of the containers too.
        #[serde(default)]
        health: bool,
    },
    /// List the apps on the host.
    Apps,
    /// Take the app's lock, and hold it until the connection ends.
    Lock { ticket: Ticket },
    /// Open the journal. From here on the host can be restored to the snapshot.
    Begin { ticket: Ticket, snapshot: Snapshot },
    /// Record the stage in the journal and in the lock holder's file.
    Stage {
        name: String,
        /// Whether the deploy is undone from here on.
        undo: bool,
    },
    /// Pull an image.
    Pull {
        /// The name to pull: REPOSITORY, IMAGE and tag.
        image: String,
        /// The name that the app's units run: IMAGE and tag.
        name: String,
    },
    /// Give an image its former name back.
    Retag {
        /// The image's id.
        id: String,
        /// IMAGE and tag.
        name: String,
    },
    /// Return the id and the digest of an image.
    Digest {
        /// The name by which it was pulled: REPOSITORY, IMAGE and tag.
        image: String,
    },
    /// Run a process of the new image once, to its end.
    Task {
        /// The tag to run it with, whatever TAG contains.
        tag: String,
        /// The process and its arguments.
        task: Vec<String>,
    },
    /// Write TAG and REVERT.
    WriteTagFiles { tag_files: TagFiles },
    /// Stop a unit, and its container if that outlives the unit.
    Stop { unit: RoleUnit },
    /// Start a unit.
    Start {
        unit: RoleUnit,
        /// How long its start may take, in seconds.
        patience: u64,
    },
    /// Stop and start a unit.
    Restart {
        unit: RoleUnit,
        /// How long its start may take, in seconds.
        patience: u64,
    },
    /// Restart a unit unless its container runs the tag: a reboot or a crash may have
    /// started it while TAG contained another one.
    Ensure {
        unit: RoleUnit,
        /// `None` for the tag that docker-runner finds: an instance without a TAG file
        /// runs the tag of its app.
        tag: Option<String>,
    },
    /// Wait until a unit is healthy.
    Gate {
        unit: RoleUnit,
        /// The tag that its container must run; `None` for any.
        tag: Option<String>,
        /// The page that must respond too.
        url: Option<Check>,
        /// The timeout in seconds; 0 checks once.
        patience: u64,
    },
    /// Return the upstream servers of nginx and their settings (`nginx -T`).
    NginxServers,
    /// Write the deploy into the history, and close the journal.
    End { entry: HistoryEntry },
    /// Remove the images of old tags in the app's history.
    Prune {
        /// How many tags to keep.
        keep: usize,
        /// REPOSITORY, which precedes IMAGE in pulls.
        repository: String,
    },
    /// Return the log of a deploy.
    Log {
        /// The deploy; `None` for the newest.
        id: Option<String>,
    },
}

/// What a deploy brings to a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incoming {
    pub tag: String,
    /// The first of the tasks, if they are to run on this host; otherwise empty.
    pub task: Vec<String>,
    /// CHECK_URL. If it does not respond before the deploy, the gate does not require it.
    pub url: Option<Check>,
}

/// What a request does to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Reads the state. An agent of another release can respond to it: see [`super::codec`].
    Inspection,
    /// Changes nothing, and is part of a deploy.
    Observation,
    /// Changes the records of the deploy.
    Record,
    /// Changes the host. The agent records it as a step of the journal before it does it.
    Step,
}

/// What a request may do to its unit.
struct UnitUse<'a> {
    unit: &'a RoleUnit,
    may_stop: bool,
    may_start: bool,
}

impl Request {
    fn effect(&self) -> Effect {
        match self {
            Self::Inspect { .. } | Self::Apps | Self::NginxServers | Self::Log { .. } => Effect::Inspection,
            Self::Lock { .. } | Self::Digest { .. } | Self::Gate { .. } => Effect::Observation,
            Self::Begin { .. } | Self::Stage { .. } | Self::End { .. } | Self::Prune { .. } => Effect::Record,
            Self::Pull { .. }
            | Self::Retag { .. }
            | Self::Task { .. }
            | Self::WriteTagFiles { .. }
            | Self::Stop { .. }
            | Self::Start { .. }
            | Self::Restart { .. }
            | Self::Ensure { .. } => Effect::Step,
        }
    }

    /// Whether an agent of another release can respond to it.
    pub fn is_inspection(&self) -> bool {
        self.effect() == Effect::Inspection
    }

    /// Whether it changes the host, and so needs the lock.
    pub fn changes(&self) -> bool {
        matches!(self.effect(), Effect::Record | Effect::Step)
    }

    /// Whether the agent records it as a step of the journal before it does it.
    pub fn is_journaled(&self) -> bool {
        self.effect() == Effect::Step
    }

    /// Whether it is a task that changes the schema.
    pub fn is_migrate(&self) -> bool {
        matches!(self, Self::Task { task, .. } if is_migrate(task))
    }

    fn unit_use(&self) -> Option<UnitUse<'_>> {
        let (unit, may_stop, may_start) = match self {
            Self::Stop { unit } => (unit, true, false),
            Self::Start { unit, .. } => (unit, false, true),
            Self::Restart { unit, .. } | Self::Ensure { unit, .. } => (unit, true, true),
            Self::Gate { unit, .. } => (unit, false, false),
            Self::Inspect { .. }
            | Self::Apps
            | Self::Lock { .. }
            | Self::Begin { .. }
            | Self::Stage { .. }
            | Self::Pull { .. }
            | Self::Retag { .. }
            | Self::Digest { .. }
            | Self::Task { .. }
            | Self::WriteTagFiles { .. }
            | Self::NginxServers
            | Self::End { .. }
            | Self::Prune { .. }
            | Self::Log { .. } => return None,
        };
        Some(UnitUse { unit, may_stop, may_start })
    }

    /// The unit that the request is about.
    pub fn role_unit(&self) -> Option<&RoleUnit> {
        self.unit_use().map(|used| used.unit)
    }

    /// Whether it may start beat.
    pub fn starts_beat(&self) -> bool {
        self.unit_use().is_some_and(|used| used.may_start && used.unit.role == Role::Beat)
    }

    /// Whether it may stop a web unit, so that HTTP requests fail.
    pub fn restarts_web(&self) -> bool {
        self.unit_use().is_some_and(|used| used.may_stop && used.unit.role == Role::Web)
    }
}

/// The step, as reports and the journal name it.
impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inspect { .. } => f.write_str("inspect"),
            Self::Apps => f.write_str("list the apps"),
            Self::Lock { .. } => f.write_str("lock"),
            Self::Begin { .. } => f.write_str("open the journal"),
            Self::Stage { name, .. } => write!(f, "stage {name}"),
            Self::Pull { image, .. } => write!(f, "docker pull {image}"),
            Self::Retag { id, name } => write!(f, "docker tag {id} {name}"),
            Self::Digest { image } => write!(f, "digest of {image}"),
            Self::Task { tag, task } => write!(f, "docker-runner --tag {tag} … {}", task.join(" ")),
            Self::WriteTagFiles { tag_files } => write_tag_files(f, tag_files),
            Self::Stop { unit } => write!(f, "stop {}", unit.unit),
            Self::Start { unit, .. } => write!(f, "start {}", unit.unit),
            Self::Restart { unit, .. } => write!(f, "restart {}", unit.unit),
            Self::Ensure { unit, tag: Some(tag) } => write!(f, "ensure that {} runs {tag}", unit.unit),
            Self::Ensure { unit, tag: None } => write!(f, "ensure that {} runs its tag", unit.unit),
            Self::Gate { unit, url: Some(url), .. } => write!(f, "wait for {} and {url}", unit.unit),
            Self::Gate { unit, .. } => write!(f, "wait for {}", unit.unit),
            Self::NginxServers => f.write_str("nginx -T"),
            Self::End { .. } => f.write_str("write the history"),
            Self::Prune { keep, .. } => write!(f, "remove old images, keep {keep}"),
            Self::Log { .. } => f.write_str("log"),
        }
    }
}

fn write_tag_files(f: &mut std::fmt::Formatter<'_>, tag_files: &TagFiles) -> std::fmt::Result {
    let shown = |tag: Option<String>| tag.unwrap_or_else(|| "(none)".into());
    write!(f, "TAG={} REVERT={}", shown(tag_files.tag()), shown(tag_files.revert()))
}

#[cfg(test)]
mod tests {
    use super::{Request, is_migrate};
    use crate::deploy::role::{Role, RoleUnit};

    #[test]
    fn what_a_request_may_do() {
        assert!(is_migrate(&["migrate".into(), "app".into()]) && !is_migrate(&["compress".into()]));
        let stop = |role| Request::Stop { unit: RoleUnit { role, unit: "site".into() } };
        assert!(stop(Role::Web).restarts_web() && !stop(Role::Worker).restarts_web());
        assert!(Request::Apps.is_inspection() && !stop(Role::Web).is_inspection());
    }
}
