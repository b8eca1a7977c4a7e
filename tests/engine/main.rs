//! Tests with a real Docker engine and freshly built images (`make test` builds them).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]

mod arguments;
mod dev;
mod docker;
mod dry_run;
mod health;
mod http;
mod limits;
mod processes;
mod project;
mod projects;
#[path = "../cli/pty.rs"]
mod pty;
mod runner;
mod schema;
mod secrets;
mod servers;
mod settings;
mod setup;
mod site;
mod stop;
mod web;
