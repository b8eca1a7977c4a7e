//! Notices on standard error: nothing has failed, but the caller should know.

use super::VirtualenvError;
use super::concurrency::{DEFAULT_WORKERS, MIB_PER_WORKER};
use super::env_var::display_value;
use super::identity::UserSwitch;
use super::init::Init;
use super::secrets::Secret;
use crate::report;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Notice {
    /// WEB_CONCURRENCY would make gunicorn fail.
    #[error("WEB_CONCURRENCY={} is not a number of workers: using {DEFAULT_WORKERS}", display_value(value))]
    Workers { value: String },
    /// The number for WEB_CONCURRENCY=auto, with its arithmetic.
    #[error(
        "WEB_CONCURRENCY=auto is {workers}: the smaller of 2·{cpus}+1 (CPUs) and {memory}/{MIB_PER_WORKER} (MiB of memory)"
    )]
    Fitting {
        workers: u64,
        /// CPUs, rounded up.
        cpus: u64,
        memory: u64,
    },
    /// The number of processes of a Celery worker, with its arithmetic.
    #[error(
        "-c {processes} is the smaller of {cpus} (CPUs that this container may use) and {memory}/{MIB_PER_WORKER} (MiB of memory)"
    )]
    Processes {
        processes: u64,
        /// CPUs, rounded up.
        cpus: u64,
        memory: u64,
    },
    /// Variables were read from ENTRYPOINT_ENV_FILE.
    #[error("{count} {} from {}", if *count == 1 { "variable comes" } else { "variables come" }, file.display())]
    EnvFile {
        file: PathBuf,
        /// Without those that the environment sets already.
        count: usize,
    },
    /// Variables were read from secret files.
    #[error("{}", from_files(.0))]
    Secrets(Vec<Secret>),
    /// `compress` has nothing to do.
    #[error("django-compressor is not installed: nothing to compress")]
    NoCompressor,
    /// A command that is not ours runs without the virtualenv.
    #[error("{0}")]
    Virtualenv(VirtualenvError),
    /// A command that is not ours runs in the current folder.
    #[error("cannot enter the app folder {}: this user has no permission, the command runs in the current folder", folder.display())]
    Folder { folder: PathBuf },
    /// ENTRYPOINT_USER was applied.
    #[error("{0} (ENTRYPOINT_USER)")]
    Identity(UserSwitch),
    /// The entrypoint stays as init.
    #[error("runs {} as its init: {init} ({})", report::printable(program), init_reason(*init))]
    Init { program: OsString, init: Init },
}

/// The setting that asks for the init, or the one that turns it off.
/// ENTRYPOINT_INIT=never and a drain exclude each other.
fn init_reason(init: Init) -> &'static str {
    if init.drain.is_some() { "ENTRYPOINT_DRAIN" } else { "ENTRYPOINT_INIT=never turns this off" }
}

fn from_files(secrets: &[Secret]) -> String {
    let one =
        |secret: &Secret| format!("{} comes from {}", report::printable(&secret.name), secret.file.display());
    secrets.iter().map(one).collect::<Vec<_>>().join(", ")
}
