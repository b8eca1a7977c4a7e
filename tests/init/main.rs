//! The init: the built binary with real processes, signals, terminals and PID
//! namespaces. The tests wait for conditions instead of sleeping, if they can.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests use the operating system, and fail by panicking"
)]

mod drain;
#[path = "../cli/executable.rs"]
mod executable;
mod exit;
mod health;
mod idle;
mod jobs;
mod orphans;
mod pid1;
mod process;
mod signals;
mod start;
mod terminal;
mod user;
