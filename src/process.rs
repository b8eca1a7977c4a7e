//! The processes of docker-entrypoint: the one table that dispatch, help, suggestions,
//! completions, service units and the agent read.

/// What the entrypoint starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    Run,
    /// A management command: these words, then the arguments of the caller.
    Django(&'static [&'static str]),
    /// The management command of django-compressor, if that is installed.
    Compress,
    /// The worker of Celery.
    Worker,
    /// The scheduler of Celery.
    Beat,
    /// Builds the wheelhouse, in the builder image.
    Wheels,
    /// The health check of the container.
    Healthcheck,
    /// `celery inspect`, which a health check may need. It is not in the table.
    Inspect,
    /// Creates, migrates and fills the database.
    Setup,
    /// The development server of Django, on mounted code.
    Dev,
}

/// How long a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is stopped; a service unit keeps it running. `stop_grace` is the time for which
    /// docker waits for its end before it kills it, in seconds.
    Service { stop_grace: u32 },
    /// Until it is stopped, on the machine of a developer.
    Development,
    /// It ends by itself.
    Ends,
}

/// Whether a process reads what is piped into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdin {
    Reads,
    Ignores,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub name: &'static str,
    pub process: Process,
    pub lifetime: Lifetime,
    pub stdin: Stdin,
    /// One line for the help.
    pub help: &'static str,
}

/// gunicorn finishes requests for up to 30 seconds.
const WEB_GRACE: u32 = 35;
/// A worker finishes its tasks.
const WORKER_GRACE: u32 = 60;
/// beat writes its schedule.
const BEAT_GRACE: u32 = 15;

/// The stop grace of a process that is not in the table, in seconds.
pub const DEFAULT_GRACE: u32 = WEB_GRACE;

const fn service(name: &'static str, process: Process, stop_grace: u32, help: &'static str) -> Entry {
    Entry { name, process, lifetime: Lifetime::Service { stop_grace }, stdin: Stdin::Ignores, help }
}

const fn ending(name: &'static str, process: Process, stdin: Stdin, help: &'static str) -> Entry {
    Entry { name, process, lifetime: Lifetime::Ends, stdin, help }
}

const fn development(name: &'static str, process: Process, help: &'static str) -> Entry {
    Entry { name, process, lifetime: Lifetime::Development, stdin: Stdin::Ignores, help }
}

/// Every process, in the order of the help.
pub const PROCESSES: [Entry; 13] = [
    service("run", Process::Run, WEB_GRACE, "serve the site with gunicorn or another server"),
    ending("migrate", Process::Django(&["migrate", "--noinput"]), Stdin::Ignores, "migrate the database"),
    ending(
        "collectstatic",
        Process::Django(&["collectstatic", "--noinput"]),
        Stdin::Ignores,
        "collect the static files",
    ),
    ending(
        "compress",
        Process::Compress,
        Stdin::Ignores,
        "compress static files, if django-compressor is installed",
    ),
    ending("shell", Process::Django(&["shell"]), Stdin::Reads, "Django's Python console"),
    ending("test", Process::Django(&["test"]), Stdin::Ignores, "run the project's tests"),
    service("worker", Process::Worker, WORKER_GRACE, "run Celery's worker"),
    service("beat", Process::Beat, BEAT_GRACE, "run Celery's scheduler"),
    ending("manage", Process::Django(&[]), Stdin::Reads, "any management command: manage ARG…"),
    ending("wheels", Process::Wheels, Stdin::Ignores, "in the builder image: build the wheelhouse"),
    ending(
        "healthcheck",
        Process::Healthcheck,
        Stdin::Ignores,
        "check whether the process of this container does its work",
    ),
    ending(
        "setup",
        Process::Setup,
        Stdin::Ignores,
        "create the database, migrate it and complete its first run, under a lock",
    ),
    development("dev", Process::Dev, "serve mounted code with Django's runserver, after setup"),
];

/// The row with that exact name.
pub fn entry(name: &str) -> Option<&'static Entry> {
    PROCESSES.iter().find(|entry| entry.name == name)
}

/// The names of the processes that a service unit keeps running.
pub fn service_names() -> Vec<&'static str> {
    let services = PROCESSES.iter().filter(|entry| matches!(entry.lifetime, Lifetime::Service { .. }));
    services.map(|entry| entry.name).collect()
}
