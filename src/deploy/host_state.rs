//! How things are on a host, as it tells them.

use crate::deploy::blocker::Blocker;
use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::protocol::response::ImageIdentity;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::tag_files::TagFiles;
use crate::runner::unit::manager::ServiceManager;
use serde::{Deserialize, Serialize};

/// How things are with an app on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostState {
    /// The host's own name and addresses, by which a proxy may know it.
    pub names: Vec<String>,
    /// IMAGE of `/etc/default/APP`.
    pub image: Option<String>,
    /// TAG and REVERT.
    pub tag_files: TagFiles,
    /// The id of the image that TAG names, and its digest, where it is there.
    pub current_image: Option<ImageIdentity>,
    /// The same of the tag that is to come.
    pub incoming_image: Option<ImageIdentity>,
    /// The units that were asked for.
    pub units: Vec<InspectedUnit>,
    /// What starts the units, where something does.
    pub manager: Option<ServiceManager>,
    /// Whether units are restarted through sudo.
    pub sudo: bool,
    /// Whether Docker is used through sudo.
    pub sudo_docker: bool,
    /// Free bytes where Docker keeps its images.
    pub free_bytes: Option<u64>,
    /// A push that was cut off, or is going on.
    pub open_deploy: Option<OpenDeploy>,
    /// Who has the lock.
    pub lock_holder: Option<LockHolder>,
    /// The app's history on this host, the oldest first.
    pub history: Vec<HistoryEntry>,
    /// What makes preflight fail.
    pub blockers: Vec<Blocker>,
    /// Set by the deployer where the agent is of another release, so that the host can be inspected
    /// only: what is installed there, and what to type.
    #[serde(skip)]
    pub version_mismatch: Option<String>,
}

/// A unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InspectedUnit {
    /// Its name.
    pub name: String,
    /// Whether there is such a unit.
    pub exists: bool,
    /// Whether it runs, or is about to: anything but stopped and failed.
    pub active: bool,
    /// Whether it starts by itself when the host does.
    pub enabled: bool,
    /// Its health, where it was asked for.
    pub health: Option<Health>,
    /// Whether CHECK_URL answered, where it was asked.
    pub check_url_ok: bool,
    /// Since when its container runs, as Docker says.
    pub running_since: Option<String>,
    /// The tag that its container really runs.
    pub running_tag: Option<String>,
}

/// What a look at a unit's health came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// It does its work; how it showed that.
    Healthy(String),
    /// It does not; why.
    Unhealthy(String),
}

/// A push whose journal is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDeploy {
    /// The push.
    pub ticket: Ticket,
    /// What the host was before it.
    pub snapshot: Snapshot,
    /// The stage it had come to.
    pub stage: String,
    /// The step it was at, and whether that step had ended.
    pub step: Option<(String, bool)>,
    /// Whether it changed the schema.
    pub migrated: bool,
}

/// What a host was before a push: what it is put back to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// TAG and REVERT.
    pub tag_files: TagFiles,
    /// The image that TAG named: a pull may give its name to another one.
    pub image: Option<ImageIdentity>,
    /// The units.
    pub units: Vec<InspectedUnit>,
}

impl Snapshot {
    /// The tag that TAG said.
    pub fn tag(&self) -> Option<String> {
        self.tag_files.tag()
    }

    /// The tag that was there: TAG's, or what the units ran, for an instance
    /// may live on its app's.
    pub fn running_tag(&self) -> Option<String> {
        self.tag().or_else(|| self.units.iter().find_map(|unit| unit.running_tag.clone()))
    }

    /// How a unit was.
    pub fn unit(&self, name: &str) -> Option<&InspectedUnit> {
        self.units.iter().find(|unit| unit.name == name)
    }
}

/// Who has an app's lock on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// The push.
    pub ticket: Ticket,
    /// The stage it is at.
    pub stage: String,
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ticket { kind, tag, user: who, machine: from, started: began, .. } = &self.ticket;
        let since = crate::deploy::timestamp::utc(*began);
        write!(
            f,
            "{who} on {from} has the lock since {since}: {} of {tag}, stage {}",
            kind.name(),
            self.stage
        )
    }
}

impl HostState {
    /// The errors of state files: what the journal and the history say is incomplete.
    pub fn state_errors(&self) -> impl Iterator<Item = StepError> {
        self.blockers.iter().filter_map(|blocker| match blocker {
            Blocker::State { path, text } => Some(StepError::Read { path: path.clone(), text: text.clone() }),
            _ => None,
        })
    }

    /// The unit of that name.
    pub fn unit(&self, name: &str) -> Option<&InspectedUnit> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// What to put back: what was there before a push that was cut off, unless
    /// somebody has written another tag since.
    pub fn restore_point(&self) -> Snapshot {
        let (marks, image, units) = (self.tag_files.clone(), self.current_image.clone(), self.units.clone());
        let Some(open) = self.open_deploy.as_ref().filter(|open| self.is_current(open)) else {
            return Snapshot { tag_files: marks, image, units };
        };
        let mut before = open.snapshot.clone();
        // Units that the push before this one had nothing to do with.
        before.units.extend(units.into_iter().filter(|unit| open.snapshot.unit(&unit.name).is_none()));
        before
    }

    fn is_current(&self, open: &OpenDeploy) -> bool {
        let now = self.tag_files.tag();
        now == open.snapshot.tag() || now.as_deref() == Some(&open.ticket.tag)
    }
}
