//! What the deployer asks of a host: values that go over the wire as lines of
//! JSON. What comes back is an [`Answer`](super::response::Response).

use crate::deploy::check_url::Check;
use crate::deploy::history::{HistoryEntry, Ticket};
use crate::deploy::host_state::Snapshot;
use crate::deploy::tag_files::TagFiles;
use crate::deploy::topology::{Role, RoleUnit};
use serde::{Deserialize, Serialize};

/// Whether a task is the one that changes the schema.
pub fn is_migrate(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "migrate")
}

/// One thing for a host to do. Each can be asked again: done twice it leaves
/// what it left once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Tell how things are with these units, and with the image of a tag.
    Inspect {
        /// The units to look at.
        #[serde(default)]
        units: Vec<RoleUnit>,
        /// What is to come, where something is.
        incoming: Option<Incoming>,
        /// Whether to ask the containers for their health as well.
        #[serde(default)]
        health: bool,
    },
    /// Tell which apps there are.
    Apps,
    /// Take the app's lock; held until the deployer is gone.
    Lock {
        /// Who takes it.
        ticket: Ticket,
    },
    /// Open the journal: from here on the host knows what it was before.
    Begin {
        /// The push.
        ticket: Ticket,
        /// What to put back if it comes to that.
        snapshot: Snapshot,
    },
    /// Note the stage, for whoever looks from outside.
    Stage {
        /// The stage.
        name: String,
        /// Whether things are put back from here on.
        undo: bool,
    },
    /// Fetch an image.
    Pull {
        /// What to pull: REPOSITORY, IMAGE and tag.
        image: String,
        /// What the app's units run: IMAGE and tag.
        name: String,
    },
    /// Give an image its name back.
    Retag {
        /// The image's id.
        id: String,
        /// IMAGE and tag.
        name: String,
    },
    /// Tell an image's digest.
    Digest {
        /// What was pulled: REPOSITORY, IMAGE and tag.
        image: String,
    },
    /// Run a process of the new image once, to its end.
    Task {
        /// The tag to run it with, whatever TAG says.
        tag: String,
        /// The process and its arguments.
        words: Vec<String>,
    },
    /// Write TAG and REVERT.
    WriteTagFiles {
        /// What they are to say.
        tag_files: TagFiles,
    },
    /// Stop a unit, and see that its container is gone.
    Stop {
        /// The unit.
        part: RoleUnit,
    },
    /// Start a unit.
    Start {
        /// The unit.
        part: RoleUnit,
        /// How long its start may take, in seconds.
        patience: u64,
    },
    /// Stop and start a unit.
    Restart {
        /// The unit.
        part: RoleUnit,
        /// How long its start may take, in seconds.
        patience: u64,
    },
    /// Restart a unit if its container runs anything but the tag: a reboot or
    /// a crash may have started it while TAG said something else.
    Ensure {
        /// The unit.
        part: RoleUnit,
        /// The tag; the one that docker-runner finds where there is none: an
        /// instance may live on its app's.
        tag: Option<String>,
    },
    /// Wait until a unit does its work.
    Gate {
        /// The unit.
        part: RoleUnit,
        /// The tag that its container must run; any where there is none.
        tag: Option<String>,
        /// What must be answered as well.
        url: Option<Check>,
        /// How long it may take, in seconds; 0 asks once.
        patience: u64,
    },
    /// Tell what nginx thinks of its upstream servers (`nginx -T`).
    NginxServers,
    /// Write the push into the history, and close the journal.
    End {
        /// How it ended.
        entry: HistoryEntry,
    },
    /// Remove images of our own history that nobody needs any more.
    Prune {
        /// How many tags to keep.
        keep: usize,
        /// What was put before IMAGE for the pulls.
        repository: String,
    },
    /// Tell the output of a push, of the newest where none is named.
    Log {
        /// The push.
        id: Option<String>,
    },
}

/// What a look is for, where it is for a push or a rollback.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incoming {
    /// The tag that is to come.
    pub tag: String,
    /// The first of the tasks, where they are to run on this host.
    pub task: Vec<String>,
    /// What should answer beside a web unit: who did not before need not after.
    pub url: Option<Check>,
}

impl Request {
    /// Whether an agent of another release can answer it: see [`super::codec`].
    pub fn is_inspection(&self) -> bool {
        matches!(self, Self::Inspect { .. } | Self::Apps | Self::NginxServers | Self::Log { .. })
    }

    /// Whether it leaves the host other than it was.
    pub fn changes(&self) -> bool {
        !matches!(
            self,
            Self::Inspect { .. }
                | Self::Apps
                | Self::Lock { .. }
                | Self::Digest { .. }
                | Self::NginxServers
                | Self::Log { .. }
                | Self::Gate { .. }
        )
    }

    /// Whether the host's journal announces it.
    pub fn is_journaled(&self) -> bool {
        self.changes()
            && !matches!(
                self,
                Self::Begin { .. } | Self::Stage { .. } | Self::End { .. } | Self::Prune { .. }
            )
    }

    /// Whether it is a task that changes the schema.
    pub fn is_migrate(&self) -> bool {
        matches!(self, Self::Task { words, .. } if is_migrate(words))
    }

    /// The unit that it is about.
    pub fn role_unit(&self) -> Option<&RoleUnit> {
        match self {
            Self::Stop { part }
            | Self::Start { part, .. }
            | Self::Restart { part, .. }
            | Self::Ensure { part, .. }
            | Self::Gate { part, .. } => Some(part),
            _ => None,
        }
    }

    /// Whether beat may run after it, and did not before.
    pub fn starts_beat(&self) -> bool {
        let starts = !matches!(self, Self::Stop { .. } | Self::Gate { .. });
        starts && self.role_unit().is_some_and(|part| part.role == Role::Beat)
    }

    /// Whether it may stop a web unit, so that requests could be lost.
    pub fn restarts_web(&self) -> bool {
        let stops = !matches!(self, Self::Start { .. } | Self::Gate { .. });
        stops && self.role_unit().is_some_and(|part| part.role == Role::Web)
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inspect { .. } => f.write_str("look"),
            Self::Apps => f.write_str("list the apps"),
            Self::Lock { .. } => f.write_str("lock"),
            Self::Begin { .. } => f.write_str("open the journal"),
            Self::Stage { name, .. } => write!(f, "stage {name}"),
            Self::Pull { image, .. } => write!(f, "docker pull {image}"),
            Self::Retag { id, name } => write!(f, "docker tag {id} {name}"),
            Self::Digest { image } => write!(f, "digest of {image}"),
            Self::Task { tag, words } => write!(f, "docker-runner --tag {tag} … {}", words.join(" ")),
            Self::WriteTagFiles { tag_files: marks } => write_tag_files(f, marks),
            Self::Stop { part } => write!(f, "stop {}", part.unit),
            Self::Start { part, .. } => write!(f, "start {}", part.unit),
            Self::Restart { part, .. } => write!(f, "restart {}", part.unit),
            Self::Ensure { part, tag: Some(tag) } => write!(f, "see that {} runs {tag}", part.unit),
            Self::Ensure { part, tag: None } => write!(f, "see that {} runs what it should", part.unit),
            Self::Gate { part, url: Some(url), .. } => write!(f, "wait for {} and {url}", part.unit),
            Self::Gate { part, .. } => write!(f, "wait for {}", part.unit),
            Self::NginxServers => f.write_str("nginx -T"),
            Self::End { .. } => f.write_str("write the history"),
            Self::Prune { keep, .. } => write!(f, "remove images but the last {keep}"),
            Self::Log { .. } => f.write_str("log"),
        }
    }
}

fn write_tag_files(f: &mut std::fmt::Formatter<'_>, marks: &TagFiles) -> std::fmt::Result {
    let said = |tag: Option<String>| tag.unwrap_or_else(|| "(none)".into());
    write!(f, "TAG={} REVERT={}", said(marks.tag()), said(marks.revert()))
}
