//! The built binary, as its callers see it: exact output, exact exit code.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]

mod deploy;
mod entrypoint;
mod executable;
mod pty;
mod readme;
mod run;
mod runner;
