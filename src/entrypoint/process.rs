//! The names of the processes: the one table that the help, the dispatch and
//! every suggestion read.

use crate::suggest::nearest;
use std::ffi::OsStr;

/// A process that has a name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// The web server.
    Run,
    /// A management command with these words before the caller's arguments.
    Django(&'static [&'static str]),
    /// django-compressor's management command, where that is installed.
    Compress,
    /// Celery's worker.
    Worker,
    /// Celery's scheduler.
    Beat,
    /// The builder's wheelhouse.
    Wheels,
    /// Whether the container's process does its work.
    Healthcheck,
    /// Celery's `inspect`, which a health check may need; it has no name of its own.
    Inspect,
    /// The database, made ready for this code.
    Setup,
    /// Django's development server on the mounted code.
    Dev,
}

impl Process {
    /// Whether it needs the app's servers from its first moment on.
    pub(super) fn needs_servers(self) -> bool {
        match self {
            Self::Run | Self::Worker | Self::Beat | Self::Setup | Self::Dev => true,
            Self::Django(words) => words.first() == Some(&"migrate"),
            Self::Compress | Self::Wheels | Self::Healthcheck | Self::Inspect => false,
        }
    }

    /// Whether it can do nothing before the schema is the code's.
    pub(super) fn needs_schema(self) -> bool {
        self.name_for_hooks().is_some()
    }

    /// What the hooks that run before it are told; `None` where none do.
    pub(super) fn name_for_hooks(self) -> Option<&'static str> {
        let is_long_lived = matches!(self, Self::Run | Self::Worker | Self::Beat);
        let entry = PROCESSES.iter().find(|entry| is_long_lived && entry.process == self)?;
        Some(entry.name)
    }
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What is typed.
    pub name: &'static str,
    /// What it is.
    pub process: Process,
    /// What it does, for the help.
    pub help: &'static str,
}

const fn entry(name: &'static str, process: Process, help: &'static str) -> Entry {
    Entry { name, process, help }
}

/// Every process, in the order of the help.
pub const PROCESSES: [Entry; 13] = [
    entry("run", Process::Run, "serve the site with gunicorn or another server"),
    entry("migrate", Process::Django(&["migrate", "--noinput"]), "bring the database's schema up to date"),
    entry("collectstatic", Process::Django(&["collectstatic", "--noinput"]), "gather the static files"),
    entry("compress", Process::Compress, "compress static files, where django-compressor is installed"),
    entry("shell", Process::Django(&["shell"]), "Django's Python console"),
    entry("test", Process::Django(&["test"]), "run the project's tests"),
    entry("worker", Process::Worker, "do Celery's tasks"),
    entry("beat", Process::Beat, "send Celery's scheduled tasks"),
    entry("manage", Process::Django(&[]), "any management command: manage ARG…"),
    entry("wheels", Process::Wheels, "in the builder image: build the wheelhouse"),
    entry("healthcheck", Process::Healthcheck, "tell whether this container's process does its work"),
    entry("setup", Process::Setup, "make the database, migrate it and do its first run, under a lock"),
    entry("dev", Process::Dev, "serve mounted code with Django's runserver, after setup"),
];

/// The process of that exact name.
pub(super) fn lookup(name: &OsStr) -> Option<&'static Entry> {
    PROCESSES.iter().find(|entry| name == entry.name)
}

/// The process that was probably meant.
pub(super) fn meant(name: &OsStr) -> Option<&'static str> {
    nearest(name.to_str()?, PROCESSES.iter().map(|entry| entry.name))
}

/// The names of what this version can do.
pub(super) fn names() -> Vec<&'static str> {
    PROCESSES.iter().map(|entry| entry.name).collect()
}
