//! The state of an app on a host, as its agent reports it.

use crate::deploy::blocker::{self, Blocker};
use crate::deploy::history::{DeployKind, HistoryEntry, Ticket};
use crate::deploy::tag_files::TagFiles;
use crate::runner::unit::manager::ServiceManager;
use serde::{Deserialize, Serialize};

/// The state of an app on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostState {
    /// The host's own name and addresses. A proxy names one of them as its upstream server.
    pub names: Vec<String>,
    /// IMAGE of `/etc/default/APP`.
    pub image: Option<String>,
    pub tag_files: TagFiles,
    /// The image of the current tag; `None` if it is not on the host.
    pub current_image: Option<ImageIdentity>,
    /// The image of the incoming tag; `None` if it is not on the host.
    pub incoming_image: Option<ImageIdentity>,
    /// The units of the request.
    pub units: Vec<InspectedUnit>,
    /// `None` if neither systemd nor Upstart runs.
    pub manager: Option<ServiceManager>,
    /// Whether units are restarted through sudo.
    pub sudo: bool,
    /// Whether Docker is used through sudo.
    pub sudo_docker: bool,
    /// Free bytes of the file system with Docker's images.
    pub free_bytes: Option<u64>,
    /// A deploy that runs or was interrupted.
    pub open_deploy: Option<OpenDeploy>,
    pub lock_holder: Option<LockHolder>,
    /// The app's history on this host, the oldest first.
    pub history: Vec<HistoryEntry>,
    #[serde(deserialize_with = "blocker::deserialize_list")]
    pub blockers: Vec<Blocker>,
    /// Set by the deployer if the agent is of another release and can only be inspected: the
    /// installed release, and what to type.
    #[serde(skip)]
    pub version_mismatch: Option<String>,
}

/// The state of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InspectedUnit {
    pub name: String,
    /// Whether the service manager knows it.
    pub exists: bool,
    /// Whether it runs, starts or stops: neither stopped nor failed.
    pub active: bool,
    /// Whether it starts when the host boots.
    pub enabled: bool,
    /// `None` if health checks were not requested.
    pub health: Option<Health>,
    /// Whether CHECK_URL responded; false if it was not requested.
    pub check_url_ok: bool,
    /// The start time of its container, as Docker writes times.
    pub running_since: Option<String>,
    /// The tag of its container.
    pub running_tag: Option<String>,
}

/// An image on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageIdentity {
    /// `sha256:…`
    pub id: String,
    /// `sha256:…`; `None` if the image does not come from a registry.
    pub digest: Option<String>,
}

impl ImageIdentity {
    /// The digest, or the id of an image without a digest: equal on two hosts only if they have
    /// the same image.
    pub fn identity(&self) -> &str {
        self.digest.as_deref().unwrap_or(&self.id)
    }
}

/// The result of a unit's gate, or of one attempt of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// The text says what passed.
    Healthy(String),
    /// The text says what failed.
    Unhealthy(String),
}

/// A deploy whose journal is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDeploy {
    pub ticket: Ticket,
    pub snapshot: Snapshot,
    /// The last stage that it started.
    pub stage: String,
    /// The last step that it started, and whether the step ended.
    pub step: Option<(String, bool)>,
    /// Whether it changed the schema.
    pub migrated: bool,
}

/// What a host ran before a deploy. An undo restores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    pub tag_files: TagFiles,
    /// The image of the tag: a pull may give its name to another image.
    pub image: Option<ImageIdentity>,
    pub units: Vec<InspectedUnit>,
}

impl Snapshot {
    /// The tag in the TAG file.
    pub fn tag(&self) -> Option<String> {
        self.tag_files.tag()
    }

    /// The tag that ran: the one in the TAG file or, for an instance without a TAG file, the one
    /// that its units ran.
    pub fn running_tag(&self) -> Option<String> {
        self.tag().or_else(|| self.units.iter().find_map(|unit| unit.running_tag.clone()))
    }

    /// The former state of a unit.
    pub fn unit(&self, name: &str) -> Option<&InspectedUnit> {
        self.units.iter().find(|unit| unit.name == name)
    }
}

/// The deploy that has an app's lock on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    pub ticket: Ticket,
    /// The current stage.
    pub stage: String,
}

/// The id of a lock holder whose record cannot be read.
const UNKNOWN: &str = "unknown";

impl LockHolder {
    /// A holder whose record cannot be read; `reason` takes the place of the stage.
    pub fn unknown(reason: String) -> Self {
        let unknown = || UNKNOWN.to_owned();
        let ticket = Ticket {
            id: unknown(),
            kind: DeployKind::Push,
            tag: unknown(),
            user: unknown(),
            machine: unknown(),
            started: 0,
        };
        Self { ticket, stage: reason }
    }
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ticket { id, kind, tag, user, machine, started } = &self.ticket;
        if id == UNKNOWN {
            return write!(f, "another deploy has the lock: {}", self.stage);
        }
        let started = crate::deploy::timestamp::utc(*started);
        write!(
            f,
            "{user} on {machine} has the lock since {started}: {} of {tag}, stage {}",
            kind.name(),
            self.stage
        )
    }
}

impl HostState {
    pub fn unit(&self, name: &str) -> Option<&InspectedUnit> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// The snapshot for an undo: that of an interrupted deploy, unless TAG was changed by hand
    /// since then; otherwise the current state.
    pub fn restore_point(&self) -> Snapshot {
        let (tag_files, image, units) =
            (self.tag_files.clone(), self.current_image.clone(), self.units.clone());
        let Some(open) = self.open_deploy.as_ref().filter(|open| self.is_current(open)) else {
            return Snapshot { tag_files, image, units };
        };
        let mut snapshot = open.snapshot.clone();
        // Units that the interrupted deploy did not know.
        snapshot.units.extend(units.into_iter().filter(|unit| open.snapshot.unit(&unit.name).is_none()));
        snapshot
    }

    /// Whether TAG contains the tag from before or after an open deploy.
    fn is_current(&self, open: &OpenDeploy) -> bool {
        let tag = self.tag_files.tag();
        tag == open.snapshot.tag() || tag.as_deref() == Some(&open.ticket.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::{HostState, OpenDeploy, Snapshot, TagFiles};
    use crate::deploy::tag_files::render;
    use crate::deploy::test_values::ticket;

    fn tag_files(tag: &str) -> TagFiles {
        TagFiles { tag_text: Some(render(tag)), revert_text: None }
    }

    /// If TAG has a third tag, somebody has changed the host since.
    #[test]
    fn an_open_deploy_is_undone_only_if_tag_is_of_it() {
        let ticket = ticket("1");
        let snapshot = Snapshot { tag_files: tag_files("old"), ..Snapshot::default() };
        let open = OpenDeploy { ticket, snapshot, stage: "push".into(), step: None, migrated: false };
        let restored = |tag: &str| {
            let state = HostState {
                tag_files: tag_files(tag),
                open_deploy: Some(open.clone()),
                ..HostState::default()
            };
            state.restore_point().tag().unwrap()
        };
        assert_eq!(["old", "new", "other"].map(restored), ["old", "old", "other"]);
    }
}
