//! What is told on standard error, though nothing has failed.

use super::Broken;
use super::plan::DEFAULT_WORKERS;
use crate::report;

/// Something that the caller should know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Note {
    /// WEB_CONCURRENCY would have stopped gunicorn.
    #[error("WEB_CONCURRENCY={} is not a number of workers: using {DEFAULT_WORKERS}", report::name(value))]
    Workers {
        /// What it says.
        value: String,
    },
    /// `compress` has nothing to do.
    #[error("django-compressor is not installed: nothing to compress")]
    NoCompressor,
    /// A command from elsewhere runs without its virtualenv.
    #[error("{0}")]
    Virtualenv(Broken),
}
