//! On the host: `docker-runner antisocial migrate` becomes the right `docker run`.
//!
//! The pipeline, top to bottom: what was asked, what the files say, the plan,
//! and at the end docker in our place.

pub mod app;
pub mod cli;
pub mod config;
pub mod environment;
pub mod error;
pub mod flags;
pub mod host;
pub mod image;
pub mod options;
pub mod overview;
pub mod perform;
pub mod plan;
pub mod source;
pub mod start;
pub mod tag;
pub mod terminal;
pub mod trust;
pub mod warning;

pub use error::Error;

use crate::applet::Applet;
use crate::report;
use crate::world::World;
use app::Root;
use cli::Action;
use host::{Host, Machine};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use warning::Warning;

/// The pipeline.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    let asked = cli::parse(world, &applet.arguments)?;
    let host = Machine { world };
    match asked.action {
        Action::Show(text) => Ok(print(text.as_bytes())),
        Action::Overview => {
            report::tell(&overview::text(&host, &asked.root));
            Err(Error::NoApp)
        }
        Action::Run(run) => container(world, &host, &asked.root, &run),
    }
}

fn container(world: &World, host: &dyn Host, root: &Root, run: &cli::Run) -> Result<u8, Error> {
    let mut configuration = config::read(world, host, root, &run.wanted);
    warn(&configuration.warnings);
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    let plan = plan::plan(world, &configuration, &run.arguments)
        .map_err(|error| with_nearest(error, host, root, run))?;
    let environment = start::environment(world, &configuration.scope);
    if run.dry_run {
        return Ok(print_line(plan.command().line()));
    }
    let (launch, warnings) = plan.launch(environment)?;
    warn(&warnings);
    Err(perform::perform(world, launch))
}

fn warn(warnings: &[Warning]) {
    for warning in warnings.iter().filter(|warning| warning.at_run()) {
        report::tell(&format!("docker-runner: warning: {warning}\n"));
    }
}

/// A file that is not there may be a slip of the finger.
fn with_nearest(error: Error, host: &dyn Host, root: &Root, run: &cli::Run) -> Error {
    match error {
        Error::NoImage { app, looked, read: false, .. } => {
            let nearest = overview::meant(host, root, &run.wanted.name);
            Error::NoImage { app, looked, read: false, nearest }
        }
        other => other,
    }
}

fn print_line(mut line: OsString) -> u8 {
    line.push("\n");
    print(line.as_bytes())
}

fn print(text: &[u8]) -> u8 {
    if report::print_bytes(text) { 0 } else { 125 }
}
