//! The processes, in the one table that the help, the dispatch and the
//! suggestions read.

use crate::suggest::nearest;
use std::ffi::OsStr;

/// A process of the entrypoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    Run,
    /// A management command, with these arguments before the caller's.
    Django(&'static [&'static str]),
    /// django-compressor's management command, if it is installed.
    Compress,
    Worker,
    Beat,
    Wheels,
    /// Checks whether the process of the container does its work.
    Healthcheck,
    /// Celery's `inspect`, which a health check may run. It can't be called by name.
    Inspect,
    /// Creates and migrates the database for this code.
    Setup,
    /// Django's development server, on mounted code.
    Dev,
}

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
        let is_long_lived = matches!(self, Self::Run | Self::Worker | Self::Beat);
        let entry = PROCESSES.iter().find(|entry| is_long_lived && entry.process == self)?;
        Some(entry.name)
    }
}

/// A row of [`PROCESSES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    pub process: Process,
    pub help: &'static str,
}

const fn entry(name: &'static str, process: Process, help: &'static str) -> Entry {
    Entry { name, process, help }
}

/// Every process, in the order of the help.
pub const PROCESSES: [Entry; 13] = [
    entry("run", Process::Run, "serve the site with gunicorn or another server"),
    entry("migrate", Process::Django(&["migrate", "--noinput"]), "migrate the database"),
    entry("collectstatic", Process::Django(&["collectstatic", "--noinput"]), "collect the static files"),
    entry("compress", Process::Compress, "compress static files, if django-compressor is installed"),
    entry("shell", Process::Django(&["shell"]), "Django's Python console"),
    entry("test", Process::Django(&["test"]), "run the project's tests"),
    entry("worker", Process::Worker, "run Celery's worker"),
    entry("beat", Process::Beat, "run Celery's scheduler"),
    entry("manage", Process::Django(&[]), "any management command: manage ARG…"),
    entry("wheels", Process::Wheels, "in the builder image: build the wheelhouse"),
    entry("healthcheck", Process::Healthcheck, "check whether the process of this container does its work"),
    entry(
        "setup",
        Process::Setup,
        "create the database, migrate it and complete its first run, under a lock",
    ),
    entry("dev", Process::Dev, "serve mounted code with Django's runserver, after setup"),
];

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
