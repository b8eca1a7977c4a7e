//! How things are on a host, as it tells them.

use crate::deploy::history::{Entry, Ticket};
use crate::deploy::protocol::response::ImageIdentity;
use crate::deploy::tag_files::TagFiles;
use crate::runner::unit::manager::ServiceManager;

/// How things are with an app on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostState {
    /// The host's own name and addresses, by which a proxy may know it.
    pub names: Vec<String>,
    /// IMAGE of `/etc/default/APP`.
    pub image: Option<String>,
    /// TAG and REVERT.
    pub marks: TagFiles,
    /// The id of the image that TAG names, and its digest, where it is there.
    pub current: Option<ImageIdentity>,
    /// The same of the tag that is to come.
    pub coming: Option<ImageIdentity>,
    /// The units that were asked for.
    pub units: Vec<Unit>,
    /// What starts the units, where something does.
    pub manager: Option<ServiceManager>,
    /// Whether units are restarted through sudo.
    pub sudo: bool,
    /// Whether Docker is used through sudo.
    pub sudo_docker: bool,
    /// Free bytes where Docker keeps its images.
    pub free: Option<u64>,
    /// A push that was cut off, or is going on.
    pub open: Option<Open>,
    /// Who has the lock.
    pub holder: Option<Holder>,
    /// The app's history on this host, the oldest first.
    pub history: Vec<Entry>,
    /// What stands in the way of a deploy.
    pub troubles: Vec<HostBlocker>,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
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
    pub answers: bool,
    /// Since when its container runs, as Docker says.
    pub since: Option<String>,
    /// The tag that its container really runs.
    pub runs: Option<String>,
}

/// What a look at a unit's health came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does its work; how it showed that.
    Good(String),
    /// It does not; why.
    Bad(String),
}

/// A push whose journal is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The push.
    pub ticket: Ticket,
    /// What the host was before it.
    pub before: Snapshot,
    /// The stage it had come to.
    pub stage: String,
    /// The step it was at, and whether that step had ended.
    pub step: Option<(String, bool)>,
    /// Whether it changed the schema.
    pub migrated: bool,
}

/// What a host was before a push: what it is put back to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// TAG and REVERT.
    pub marks: TagFiles,
    /// The image that TAG named: a pull may give its name to another one.
    pub image: Option<ImageIdentity>,
    /// The units.
    pub units: Vec<Unit>,
}

impl Snapshot {
    /// The tag that TAG said.
    pub fn tag(&self) -> Option<String> {
        self.marks.tag()
    }

    /// The tag that was there: TAG's, or what the units ran, for an instance
    /// may live on its app's.
    pub fn ran(&self) -> Option<String> {
        self.tag().or_else(|| self.units.iter().find_map(|unit| unit.runs.clone()))
    }

    /// How a unit was.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }
}

/// Who has an app's lock on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The push.
    pub ticket: Ticket,
    /// The stage it is at.
    pub stage: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ticket { kind, tag, who, from, began, .. } = &self.ticket;
        let since = crate::deploy::timestamp::stamp(*began);
        write!(
            f,
            "{who} on {from} has the lock since {since}: {} of {tag}, stage {}",
            kind.name(),
            self.stage
        )
    }
}

/// What stands in the way of a deploy on a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostBlocker {
    /// The app's configuration can't be used.
    #[error("{0}")]
    Config(String),
    /// TAG or REVERT holds something else.
    #[error("{path} is not one assignment of TAG to a tag: write 'export TAG=…', or remove the file")]
    Mark {
        /// The file.
        path: String,
    },
    /// Docker does not answer us.
    #[error("cannot use docker: {0}")]
    Docker(String),
    /// systemctl or initctl refuses us.
    #[error("cannot restart units: {0}")]
    Manager(String),
    /// Neither systemd nor Upstart.
    #[error("cannot restart units: there is neither systemd nor Upstart")]
    NoManager,
    /// TAG could not be written.
    #[error("cannot write in {path}: {text}; the deploying user must own it")]
    Folder {
        /// The folder.
        path: String,
        /// What the kernel said.
        text: String,
    },
    /// The journal or the history can't be read.
    #[error("cannot read {path}: {text}")]
    State {
        /// The file.
        path: String,
        /// What the kernel said.
        text: String,
    },
}

impl HostState {
    /// The unit of that name.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }

    /// What to put back: what was there before a push that was cut off, unless
    /// somebody has written another tag since.
    pub fn before(&self) -> Snapshot {
        let (marks, image, units) = (self.marks.clone(), self.current.clone(), self.units.clone());
        let Some(open) = self.open.as_ref().filter(|open| self.is_of(open)) else {
            return Snapshot { marks, image, units };
        };
        let mut before = open.before.clone();
        // Units that the push before this one had nothing to do with.
        before.units.extend(units.into_iter().filter(|unit| open.before.unit(&unit.name).is_none()));
        before
    }

    fn is_of(&self, open: &Open) -> bool {
        let now = self.marks.tag();
        now == open.before.tag() || now.as_deref() == Some(&open.ticket.tag)
    }
}

crate::record!(HostState {
    names,
    image,
    marks,
    current,
    coming,
    units,
    manager,
    sudo,
    sudo_docker,
    free,
    open,
    holder,
    history,
    troubles,
});
crate::record!(Unit { name, exists, active, enabled, health, answers, since, runs });
crate::choice!(Health { values { Good = "good", Bad = "bad" } });
crate::choice!(ServiceManager { words { Systemd = "systemd", Upstart = "upstart" } });
crate::record!(Snapshot { marks, image, units });
crate::record!(Open { ticket, before, stage, step, migrated });
crate::record!(Holder { ticket, stage });
crate::choice!(HostBlocker {
    words { NoManager = "no-manager" }
    values { Config = "config", Docker = "docker", Manager = "manager" }
    records {
        Mark = "mark" { path },
        Folder = "folder" { path, text },
        State = "state" { path, text },
    }
});
