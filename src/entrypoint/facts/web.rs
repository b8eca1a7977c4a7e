//! Facts for `run`: the server, and what its config files set.

use super::app::App;
use super::python::Python;
use super::source;
use crate::entrypoint::concurrency;
use crate::entrypoint::server::Server;
use crate::entrypoint::settings::EntrypointSettings;
use crate::entrypoint::{gunicorn, uwsgi};
use crate::sys::cgroup::{self, Limits};
use crate::sys::files;
use crate::sys::lookup::{self, Lookup};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folder for gunicorn's heartbeat files: in memory.
pub(in crate::entrypoint) const SHARED_MEMORY: &str = "/dev/shm";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Web {
    /// The server that ENTRYPOINT_SERVER names, else the first that is installed.
    pub(in crate::entrypoint) server: Server,
    pub(in crate::entrypoint) gunicorn: Gunicorn,
    /// The text of uWSGI's config files; `None` if one can't be read.
    pub(in crate::entrypoint) uwsgi_files: Option<Vec<u8>>,
    /// The limits of the container, if the number of workers depends on them.
    pub(in crate::entrypoint) limits: Option<Limits>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct Gunicorn {
    /// The config file of the project, if the caller names no other. Relative to the
    /// app folder.
    pub(in crate::entrypoint) config: Option<PathBuf>,
    /// Whether the effective config file sets, or may set, the access log.
    pub(in crate::entrypoint) sets_access_log: bool,
    /// Whether it sets, or may set, the folder of the heartbeat files.
    pub(in crate::entrypoint) sets_worker_tmp_dir: bool,
    /// Whether [`SHARED_MEMORY`] is writable.
    pub(in crate::entrypoint) has_shared_memory: bool,
}

impl Web {
    pub(super) fn inspect(
        app: &App,
        python: &Python,
        settings: &EntrypointSettings,
        arguments: &[OsString],
        world: &World,
    ) -> Self {
        let server = settings.server.unwrap_or_else(|| first_installed(python, world));
        Self {
            server,
            gunicorn: match server {
                Server::Gunicorn => Gunicorn::inspect(app, arguments, world),
                Server::Uvicorn | Server::Uwsgi | Server::Waitress | Server::Runserver => Gunicorn::default(),
            },
            uwsgi_files: match server {
                Server::Uwsgi => read_all(&uwsgi::config_files(arguments, &world.environment), &app.folder),
                Server::Gunicorn | Server::Uvicorn | Server::Waitress | Server::Runserver => None,
            },
            limits: concurrency::is_auto(settings.web_concurrency.as_deref()).then(cgroup::current_limits),
        }
    }
}

/// The first server that the virtualenv has, else the first on PATH, else
/// gunicorn, which is then reported as missing.
fn first_installed(python: &Python, world: &World) -> Server {
    let bin = match python {
        Python::Virtualenv(folder) => Some(folder.join("bin")),
        Python::System | Python::Broken(_) => None,
    };
    let in_virtualenv =
        |server: &Server| bin.as_ref().is_some_and(|bin| files::can_execute(&bin.join(server.program())));
    let on_path = |server: &Server| {
        let found = lookup::find(OsStr::new(server.program()), world.variable("PATH"), &world.folder);
        matches!(found, Lookup::Program(_))
    };
    let mut all = Server::INSTALLED.into_iter();
    all.clone().find(in_virtualenv).or_else(|| all.find(on_path)).unwrap_or_default()
}

/// The files, concatenated; `None` if one can't be read.
fn read_all(names: &[PathBuf], folder: &Path) -> Option<Vec<u8>> {
    let texts: Option<Vec<_>> = names.iter().map(|name| super::read_source(&folder.join(name))).collect();
    Some(texts?.concat())
}

impl Gunicorn {
    /// Reads the config file that gunicorn will use: the one that the caller names
    /// (arguments before GUNICORN_CMD_ARGS, as in gunicorn), else that of the project,
    /// else gunicorn's default.
    fn inspect(app: &App, arguments: &[OsString], world: &World) -> Self {
        let variable = world.variable("GUNICORN_CMD_ARGS").unwrap_or_default();
        let named = gunicorn::config_file(arguments)
            .or_else(|| gunicorn::config_file(&gunicorn::split_cmd_args(variable)));
        let own = app.project.package().map(|package| package.path().join("gunicorn_conf.py"));
        let own = own.filter(|file| named.is_none() && files::is_file(&app.folder.join(file)));
        let file = match &named {
            Some(named) => Some(config_path(named)),
            None => own.clone().or_else(|| default_config(&app.folder)),
        };
        // A file that can't be read may set anything.
        let source = file.map(|file| super::read_source(&app.folder.join(file)));
        let may_set = |name| match &source {
            None => false,
            Some(None) => true,
            Some(Some(text)) => source::may_assign(text, name),
        };
        Self {
            config: own,
            sets_access_log: may_set("accesslog"),
            sets_worker_tmp_dir: may_set("worker_tmp_dir"),
            has_shared_memory: files::can_write_folder(Path::new(SHARED_MEMORY)),
        }
    }
}

/// The file that gunicorn reads in its working folder if no other is named.
fn default_config(folder: &Path) -> Option<PathBuf> {
    Some(PathBuf::from("gunicorn.conf.py")).filter(|file| files::is_file(&folder.join(file)))
}

/// `FILE`, `file:FILE` or `python:MODULE`, as a path.
fn config_path(named: &OsStr) -> PathBuf {
    let bytes = named.as_bytes();
    if let Some(module) = bytes.strip_prefix(b"python:") {
        let module = String::from_utf8_lossy(module).replace('.', "/");
        return PathBuf::from(format!("{module}.py"));
    }
    OsStr::from_bytes(bytes.strip_prefix(b"file:").unwrap_or(bytes)).into()
}
