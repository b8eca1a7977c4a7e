//! What `worker` wants to know: whether its container may use fewer CPUs than
//! Celery will count, and whether the project says how many processes it wants.

use super::app::App;
use super::beat;
use crate::sys::cgroup::{self, Limits};

/// Celery's settings for the number, newer and older.
const SETTINGS: [&str; 2] = ["worker_concurrency", "celeryd_concurrency"];

/// What was seen for `worker`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Worker {
    /// What the container may use, where that is fewer CPUs than the machine has.
    pub(in crate::entrypoint) limits: Option<Limits>,
    /// The project's own settings name the number of processes.
    pub(in crate::entrypoint) has_concurrency_setting: bool,
}

impl Worker {
    /// Looks at the control groups, and where it matters at the settings.
    pub(super) fn look(app: &App) -> Self {
        let limits = cgroup::limited();
        Self { limits, has_concurrency_setting: limits.is_some() && beat::is_configured(app, &SETTINGS) }
    }
}
