//! What `run` wants to know: which server there is, and what its config files set.

use super::app::App;
use super::python::Python;
use super::source;
use crate::entrypoint::concurrency;
use crate::entrypoint::server::Server;
use crate::entrypoint::settings::EntrypointSettings;
use crate::entrypoint::{gunicorn, uwsgi};
use crate::sys::cgroup::{self, Limits};
use crate::sys::files;
use crate::sys::lookup::{self, Found};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where gunicorn's heartbeat files are best kept: in memory.
pub(in crate::entrypoint) const SHARED_MEMORY: &str = "/dev/shm";

/// What was seen for `run`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Web {
    /// The server: ENTRYPOINT_SERVER's, else the first that is installed.
    pub(in crate::entrypoint) server: Server,
    /// What was seen for gunicorn.
    pub(in crate::entrypoint) gunicorn: Gunicorn,
    /// The text of uWSGI's config files; `None` where one can't be looked into.
    pub(in crate::entrypoint) uwsgi_files: Option<Vec<u8>>,
    /// What the container may use, where the number of workers goes by it.
    pub(in crate::entrypoint) limits: Option<Limits>,
}

/// What was seen for gunicorn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Gunicorn {
    /// The config file to name on the command line: the project's own, where
    /// the caller names no other. Relative to the app folder.
    pub(in crate::entrypoint) config: Option<PathBuf>,
    /// Whether the config file in force sets the access log, or may set it.
    pub(in crate::entrypoint) sets_access_log: bool,
    /// Whether it sets the folder of the heartbeat files, or may set it.
    pub(in crate::entrypoint) sets_worker_tmp_dir: bool,
    /// Whether [`SHARED_MEMORY`] can be written to.
    pub(in crate::entrypoint) has_shared_memory: bool,
}

impl Web {
    /// Looks for the server, and at what it will read.
    pub(super) fn look(
        app: &App,
        python: &Python,
        settings: &EntrypointSettings,
        arguments: &[OsString],
        world: &World,
    ) -> Self {
        let server = settings.server.unwrap_or_else(|| installed(python, world));
        Self {
            server,
            gunicorn: match server {
                Server::Gunicorn => Gunicorn::look(app, arguments, world),
                _ => Gunicorn::default(),
            },
            uwsgi_files: match server {
                Server::Uwsgi => read_all(&uwsgi::files(arguments, &world.environment), &app.folder),
                _ => None,
            },
            limits: concurrency::is_auto(settings.web_concurrency.as_deref()).then(cgroup::read),
        }
    }
}

/// The first server that the virtualenv has, else the first on PATH, else
/// gunicorn, which will be missed.
fn installed(python: &Python, world: &World) -> Server {
    let bin = match python {
        Python::Virtualenv(folder) => Some(folder.join("bin")),
        Python::System | Python::Broken(_) => None,
    };
    let in_virtualenv =
        |server: &Server| bin.as_ref().is_some_and(|bin| files::executable(&bin.join(server.program())));
    let on_path = |server: &Server| {
        let found = lookup::find(OsStr::new(server.program()), world.variable("PATH"), &world.folder);
        matches!(found, Found::Program(_))
    };
    let mut all = Server::INSTALLED.into_iter();
    all.clone().find(in_virtualenv).or_else(|| all.find(on_path)).unwrap_or_default()
}

/// The files one after the other; `None` where one can't be looked into.
fn read_all(names: &[PathBuf], folder: &Path) -> Option<Vec<u8>> {
    let texts: Option<Vec<_>> = names.iter().map(|name| super::source_of(&folder.join(name))).collect();
    Some(texts?.concat())
}

impl Gunicorn {
    /// Looks at the config file that gunicorn will read: the one that the
    /// caller names (in the arguments before GUNICORN_CMD_ARGS, as in gunicorn),
    /// else the project's, else gunicorn's own default.
    fn look(app: &App, arguments: &[OsString], world: &World) -> Self {
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
