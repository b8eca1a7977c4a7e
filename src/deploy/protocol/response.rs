//! The responses of an agent.

use crate::deploy::history::Ticket;
use crate::deploy::host_state::{HostState, ImageIdentity, LockHolder};
use crate::deploy::nginx::Server;
use serde::{Deserialize, Serialize};

/// The result of a request that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// Success without a value.
    Done,
    HostState(Box<HostState>),
    /// The names of the apps on the host.
    Apps(Vec<String>),
    /// Another deploy has the lock.
    LockHeld(LockHolder),
    /// The image is on the host.
    Image(ImageIdentity),
    /// The task succeeded.
    TaskDone {
        /// Whether it may have changed the schema.
        migrated: bool,
    },
    /// The unit passed its gate; the text says how.
    Healthy(String),
    /// The upstream servers of nginx.
    Servers(Vec<Server>),
    /// The log of a deploy; `None` if there is no such deploy.
    Log(Option<DeployLog>),
    /// The tags whose images were removed.
    Pruned(Vec<String>),
}

/// The log of a deploy on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployLog {
    pub ticket: Ticket,
    /// Stages, steps and output, the oldest first.
    pub lines: Vec<String>,
}
