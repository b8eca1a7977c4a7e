//! What the entrypoint needs to know of each process.

pub(super) use crate::process::Process;
pub use crate::process::{Entry, PROCESSES};
use crate::suggest::nearest;
use std::ffi::OsStr;

impl Process {
    /// Whether it needs the servers of the app when it starts.
    pub(super) fn needs_servers(self) -> bool {
        match self {
            Self::Run | Self::Worker | Self::Beat | Self::Setup | Self::Dev => true,
            Self::Django(words) => words.first() == Some(&"migrate"),
            Self::Compress | Self::Wheels | Self::Healthcheck | Self::Inspect => false,
        }
    }

    /// Whether it needs every migration of its code to be applied.
    pub(super) fn needs_schema(self) -> bool {
        self.name_for_hooks().is_some()
    }

    /// The name that is passed to its hooks; `None` if no hooks run before it.
    pub(super) fn name_for_hooks(self) -> Option<&'static str> {
        let runs_hooks = match self {
            Self::Run | Self::Worker | Self::Beat => true,
            Self::Django(_)
            | Self::Compress
            | Self::Wheels
            | Self::Healthcheck
            | Self::Inspect
            | Self::Setup
            | Self::Dev => false,
        };
        let entry = PROCESSES.iter().find(|entry| runs_hooks && entry.process == self)?;
        Some(entry.name)
    }
}

/// The process of that exact name.
pub(super) fn lookup(name: &OsStr) -> Option<&'static Entry> {
    PROCESSES.iter().find(|entry| name == entry.name)
}

/// The process with the most similar name.
pub(super) fn suggestion(name: &OsStr) -> Option<&'static str> {
    nearest(name.to_str()?, PROCESSES.iter().map(|entry| entry.name))
}

pub(super) fn names() -> Vec<&'static str> {
    PROCESSES.iter().map(|entry| entry.name).collect()
}
