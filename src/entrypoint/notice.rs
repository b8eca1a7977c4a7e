//! What is told on standard error, though nothing has failed.

use super::Broken;
use super::concurrency::{DEFAULT, WORKER};
use super::env_var::shown;
use super::identity::Switch;
use super::init::Init;
use super::secrets::Secret;
use crate::report;
use std::ffi::OsString;
use std::path::PathBuf;

/// Something that the caller should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Note {
    /// WEB_CONCURRENCY would have stopped gunicorn.
    #[error("WEB_CONCURRENCY={} is not a number of workers: using {DEFAULT}", shown(value))]
    Workers {
        /// What it says.
        value: String,
    },
    /// WEB_CONCURRENCY=auto came to a number.
    #[error(
        "WEB_CONCURRENCY=auto is {workers}: the lesser of 2·{cpus}+1 (CPUs) and {memory}/{WORKER} (MiB of memory)"
    )]
    Fitting {
        /// How many.
        workers: u64,
        /// CPUs, rounded up.
        cpus: u64,
        /// Memory in MiB.
        memory: u64,
    },
    /// A worker of Celery's got its number of processes.
    #[error(
        "-c {processes} is the lesser of {cpus} (CPUs that this container may use) and {memory}/{WORKER} (MiB of memory)"
    )]
    Processes {
        /// How many.
        processes: u64,
        /// CPUs, rounded up.
        cpus: u64,
        /// Memory in MiB.
        memory: u64,
    },
    /// Variables came from a file.
    #[error("{count} {} from {}", if *count == 1 { "variable comes" } else { "variables come" }, file.display())]
    EnvFile {
        /// The file.
        file: PathBuf,
        /// How many: the environment's own are left as they are.
        count: usize,
    },
    /// Variables came from files of their own.
    #[error("{}", from_files(.0))]
    Secrets(Vec<Secret>),
    /// `compress` has nothing to do.
    #[error("django-compressor is not installed: nothing to compress")]
    NoCompressor,
    /// A command from elsewhere runs without its virtualenv.
    #[error("{0}")]
    Virtualenv(Broken),
    /// A command from elsewhere runs where we are.
    #[error("cannot enter the app folder {}, which is not for this user: stays where it was started", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
    },
    /// We have become another user.
    #[error("{0} (ENTRYPOINT_USER)")]
    Identity(Switch),
    /// We stay as the process's init.
    #[error("runs {} as its init: {init} ({})", report::name(program), init_reason(*init))]
    Init {
        /// The process.
        program: OsString,
        /// How.
        init: Init,
    },
}

/// What asked for the init, or keeps it away: ENTRYPOINT_INIT=never and a drain
/// exclude each other.
fn init_reason(init: Init) -> &'static str {
    if init.drain.is_some() { "ENTRYPOINT_DRAIN" } else { "ENTRYPOINT_INIT=never turns this off" }
}

fn from_files(secrets: &[Secret]) -> String {
    let one =
        |secret: &Secret| format!("{} comes from {}", report::name(&secret.name), secret.file.display());
    secrets.iter().map(one).collect::<Vec<_>>().join(", ")
}
