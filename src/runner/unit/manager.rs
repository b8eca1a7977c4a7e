//! The service managers: `--unit` writes a unit for one of them, and a deploy
//! starts and stops units with the one that a host has.

use clap::ValueEnum;
use clap::builder::PossibleValue;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceManager {
    Systemd,
    /// Ubuntu's Upstart.
    Upstart,
}

impl ServiceManager {
    /// Every service manager.
    pub const ALL: [Self; 2] = [Self::Systemd, Self::Upstart];

    /// The value of `--unit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Upstart => "upstart",
        }
    }
}

impl ValueEnum for ServiceManager {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
