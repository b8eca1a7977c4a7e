//! As init: the built binary with real processes, signals, terminals and PID
//! namespaces under it. Nothing here sleeps where it can wait for something.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
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
