//! Waiting for real servers, each with its own folder and port
//! (`scripts/servers.sh` installs their programs).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test changes the system, and fails by panicking"
)]

mod certificate;
#[path = "../cli/executable.rs"]
mod executable;
mod first_process;
mod mariadb;
mod postgres;
mod rabbitmq;
mod redis;
mod server;
mod waiting;
