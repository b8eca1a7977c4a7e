//! Waiting for real servers, each with a folder and a port of its own
//! (`scripts/servers.sh` installs their programs).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
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
