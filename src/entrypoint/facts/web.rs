//! What `run` wants to know: gunicorn's config file, and what it sets.

use super::app::App;
use super::source;
use crate::entrypoint::concurrency;
use crate::entrypoint::gunicorn;
use crate::entrypoint::settings::Settings;
use crate::sys::cgroup::{self, Limits};
use crate::sys::files;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where gunicorn's heartbeat files are best kept: in memory.
pub(in crate::entrypoint) const SHARED_MEMORY: &str = "/dev/shm";

/// What was seen for `run`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Web {
    /// The config file to name on the command line: the project's own, where
    /// the caller names no other. Relative to the app folder.
    pub(in crate::entrypoint) config: Option<PathBuf>,
    /// Whether the config file in force sets the access log, or may set it.
    pub(in crate::entrypoint) sets_access_log: bool,
    /// Whether it sets the folder of the heartbeat files, or may set it.
    pub(in crate::entrypoint) sets_worker_tmp_dir: bool,
    /// Whether [`SHARED_MEMORY`] can be written to.
    pub(in crate::entrypoint) has_shared_memory: bool,
    /// What the container may use, where the number of workers goes by it.
    pub(in crate::entrypoint) limits: Option<Limits>,
}

impl Web {
    /// Looks at the config file that gunicorn will read: the one that the
    /// caller names (in the arguments before GUNICORN_CMD_ARGS, as in gunicorn),
    /// else the project's, else gunicorn's own default.
    pub(super) fn look(app: &App, settings: &Settings, arguments: &[OsString], world: &World) -> Self {
        let variable = world.variable("GUNICORN_CMD_ARGS").unwrap_or_default();
        let named = gunicorn::config(arguments).or_else(|| gunicorn::config(&gunicorn::split(variable)));
        let own = app.project.package().map(|package| package.path().join("gunicorn_conf.py"));
        let own = own.filter(|file| named.is_none() && files::is_file(&app.folder.join(file)));
        let file = match &named {
            Some(named) => Some(location(named)),
            None => own.clone().or_else(|| default_config(&app.folder)),
        };
        // A file that can't be looked into may set anything.
        let source = file.map(|file| super::source_of(&app.folder.join(file)));
        let may_set = |name| match &source {
            None => false,
            Some(None) => true,
            Some(Some(text)) => source::may_assign(text, name),
        };
        Self {
            config: own,
            sets_access_log: may_set("accesslog"),
            sets_worker_tmp_dir: may_set("worker_tmp_dir"),
            has_shared_memory: files::writable_folder(Path::new(SHARED_MEMORY)),
            limits: concurrency::is_auto(settings.web_concurrency.as_deref()).then(cgroup::read),
        }
    }
}

/// The file that gunicorn reads in its working folder when it is told of none.
fn default_config(folder: &Path) -> Option<PathBuf> {
    Some(PathBuf::from("gunicorn.conf.py")).filter(|file| files::is_file(&folder.join(file)))
}

/// `FILE`, `file:FILE` or `python:MODULE`, as a path.
fn location(named: &OsStr) -> PathBuf {
    let bytes = named.as_bytes();
    if let Some(module) = bytes.strip_prefix(b"python:") {
        let module = String::from_utf8_lossy(module).replace('.', "/");
        return PathBuf::from(format!("{module}.py"));
    }
    OsStr::from_bytes(bytes.strip_prefix(b"file:").unwrap_or(bytes)).into()
}
