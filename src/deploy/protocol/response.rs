//! What a host answers.

use crate::deploy::history::Ticket;
use crate::deploy::host_state::{HostState, LockHolder};
use crate::deploy::nginx::Server;
use serde::{Deserialize, Serialize};

/// What a host answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// It is done.
    Done,
    /// How things are.
    HostState(Box<HostState>),
    /// The apps of the host.
    Apps(Vec<String>),
    /// The lock is another's.
    LockHeld(LockHolder),
    /// An image is there.
    Image(ImageIdentity),
    /// A task ended well.
    TaskDone {
        /// Whether it changed the schema.
        migrated: bool,
    },
    /// How a unit showed that it is well.
    Healthy(String),
    /// nginx's servers.
    Servers(Vec<Server>),
    /// The output of a push, and its name.
    Log(Option<DeployLog>),
    /// Tags whose images were removed.
    Pruned(Vec<String>),
}

/// An image on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageIdentity {
    /// Its id, `sha256:…`.
    pub id: String,
    /// Its digest in the registry it came from.
    pub digest: Option<String>,
}

impl ImageIdentity {
    /// What tells it from others: its digest, or its id where it came from no
    /// registry.
    pub fn identity(&self) -> &str {
        self.digest.as_deref().unwrap_or(&self.id)
    }
}

/// The output of a push on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployLog {
    /// The push.
    pub ticket: Ticket,
    /// Stages, steps and output, in their order.
    pub lines: Vec<String>,
}
