//! Facts for `worker`: whether its container may use fewer CPUs than Celery
//! counts, and whether the project sets the number of processes.

use super::app::App;
use super::beat;
use crate::sys::cgroup::{self, Limits};

/// Celery's settings for the number of processes, new and old.
const SETTINGS: [&str; 2] = ["worker_concurrency", "celeryd_concurrency"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Worker {
    /// The limits of the container, if it may use fewer CPUs than the machine has.
    pub(in crate::entrypoint) limits: Option<Limits>,
    /// Whether the settings of the project set the number of processes.
    pub(in crate::entrypoint) has_concurrency_setting: bool,
}

impl Worker {
    /// Reads the control groups, and the settings if there are limits.
    pub(super) fn inspect(app: &App) -> Self {
        let limits = cgroup::limits_below_machine();
        Self { limits, has_concurrency_setting: limits.is_some() && beat::is_configured(app, &SETTINGS) }
    }
}
