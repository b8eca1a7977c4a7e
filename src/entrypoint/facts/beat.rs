//! Facts for `beat`: whether the project configures its schedule file.

use super::app::App;
use super::source;
use crate::sys::files;
use std::path::{Path, PathBuf};

/// Celery's own name for the schedule file of beat.
pub(in crate::entrypoint) const SCHEDULE_FILE: &str = "celerybeat-schedule";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Beat {
    /// The settings of the project name a schedule file (`beat_schedule_filename`, or
    /// an older name of it). The option `--schedule` would override it.
    pub(in crate::entrypoint) has_schedule_setting: bool,
}

impl Beat {
    /// Searches the modules in which a project configures Celery.
    pub(super) fn inspect(app: &App) -> Self {
        Self { has_schedule_setting: is_configured(app, &["schedule_filename"]) }
    }
}

/// Whether the modules in which a project configures Celery mention a setting.
pub(super) fn is_configured(app: &App, settings: &[&str]) -> bool {
    let Some(package) = app.project.package() else { return false };
    celery_modules(&app.folder.join(package.path())).iter().any(|module| {
        let text = super::read_source(module).unwrap_or_default();
        settings.iter().any(|setting| source::mentions(&text, setting))
    })
}

/// `celery*.py` and `settings*.py` in the package, and the modules of a package
/// `settings`.
fn celery_modules(folder: &Path) -> Vec<PathBuf> {
    let is_python = |name: &str| name.ends_with(".py");
    let is_configuration =
        |name: &str| is_python(name) && (name.starts_with("celery") || name.starts_with("settings"));
    let own = files_in(folder, is_configuration);
    own.into_iter().chain(files_in(&folder.join("settings"), is_python)).collect()
}

fn files_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let names = files::list_folder(folder).into_iter();
    names.filter(|name| name.to_str().is_some_and(&wanted)).map(|name| folder.join(name)).collect()
}
