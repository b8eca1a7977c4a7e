//! What `beat` wants to know: whether the project says where its schedule is kept.

use super::app::App;
use super::source;
use crate::sys::files;
use std::path::{Path, PathBuf};

/// The name of beat's schedule file, Celery's own.
pub(in crate::entrypoint) const SCHEDULE: &str = "celerybeat-schedule";

/// What was seen for `beat`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Beat {
    /// The project's own settings name a schedule file (`beat_schedule_filename`,
    /// or one of its older names). beat's `--schedule` would overrule that.
    pub(in crate::entrypoint) has_schedule_setting: bool,
}

impl Beat {
    /// Looks through the modules in which a project configures Celery.
    pub(super) fn look(app: &App) -> Self {
        Self { has_schedule_setting: is_configured(app, &["schedule_filename"]) }
    }
}

/// Whether one of these settings is mentioned where a project configures Celery.
pub(super) fn is_configured(app: &App, settings: &[&str]) -> bool {
    let Some(package) = app.project.package() else { return false };
    modules(&app.folder.join(package.path())).iter().any(|module| {
        let text = super::source_of(module).unwrap_or_default();
        settings.iter().any(|setting| source::mentions(&text, setting))
    })
}

/// `celery*.py` and `settings*.py` in the package, and the modules of a package
/// `settings`.
fn modules(folder: &Path) -> Vec<PathBuf> {
    let is_python = |name: &str| name.ends_with(".py");
    let is_configuration =
        |name: &str| is_python(name) && (name.starts_with("celery") || name.starts_with("settings"));
    let own = named(folder, is_configuration);
    own.into_iter().chain(named(&folder.join("settings"), is_python)).collect()
}

fn named(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let names = files::list(folder).into_iter();
    names.filter(|name| name.to_str().is_some_and(&wanted)).map(|name| folder.join(name)).collect()
}
