//! The service managers: `--unit` writes a unit for one of them, and a deploy
//! starts and stops units with the one that a host has.

use serde::{Deserialize, Serialize};

/// A service manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceManager {
    /// systemd.
    Systemd,
    /// Ubuntu's Upstart.
    Upstart,
}

impl ServiceManager {
    /// Every service manager.
    pub const ALL: [Self; 2] = [Self::Systemd, Self::Upstart];

    /// The name that `--unit` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Upstart => "upstart",
        }
    }

    /// The manager of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|manager| manager.name() == name)
    }
}
