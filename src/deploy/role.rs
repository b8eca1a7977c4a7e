//! The roles of a host, and their units.

use crate::runner::app::AppName;
use serde::{Deserialize, Serialize};

/// What a host does for an app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Serves requests; unit `APP`.
    Web,
    /// Celery's worker; unit `APP-worker`.
    Worker,
    /// Celery's beat, which runs on one host only; unit `APP-beat`.
    Beat,
    /// A role of `ROLES`; unit `APP-ROLE`.
    Other(String),
}

impl Role {
    /// The role's name, which is also the suffix of its unit's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Web => "web",
            Self::Worker => "worker",
            Self::Beat => "beat",
            Self::Other(name) => name,
        }
    }

    /// The process of `docker-entrypoint` that it runs.
    pub fn process(&self) -> &str {
        match self {
            Self::Web => "run",
            Self::Worker | Self::Beat | Self::Other(_) => self.name(),
        }
    }

    /// The unit that runs it.
    pub fn unit(&self, app: &AppName) -> String {
        match self {
            Self::Web => app.dashed(),
            Self::Worker | Self::Beat | Self::Other(_) => format!("{}-{}", app.dashed(), self.name()),
        }
    }
}

/// A role and the unit that runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleUnit {
    pub role: Role,
    pub unit: String,
}

impl RoleUnit {
    pub fn new(role: Role, app: &AppName) -> Self {
        Self { unit: role.unit(app), role }
    }
}
