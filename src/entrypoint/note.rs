//! What is told on standard error, though nothing has failed.

use super::Broken;
use super::concurrency::DEFAULT;
use crate::report;

/// Something that the caller should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Note {
    /// WEB_CONCURRENCY would have stopped gunicorn.
    #[error("WEB_CONCURRENCY={} is not a number of workers: using {DEFAULT}", report::name(value))]
    Workers {
        /// What it says.
        value: String,
    },
    /// WEB_CONCURRENCY=auto came to a number.
    #[error(
        "WEB_CONCURRENCY=auto is {workers}: the lesser of 2·{cpus}+1 (CPUs) and {memory}/160 (MiB of memory)"
    )]
    Fitting {
        /// How many.
        workers: u64,
        /// CPUs, rounded up.
        cpus: u64,
        /// Memory in MiB.
        memory: u64,
    },
    /// `compress` has nothing to do.
    #[error("django-compressor is not installed: nothing to compress")]
    NoCompressor,
    /// A command from elsewhere runs without its virtualenv.
    #[error("{0}")]
    Virtualenv(Broken),
}
