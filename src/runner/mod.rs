//! On the host: `docker-runner antisocial migrate` becomes the right `docker run`.
//!
//! The pipeline, top to bottom: what was asked, what the files say, the plan,
//! and at the end docker in our place.

pub mod app;
pub mod apps;
pub mod check;
pub mod cli;
pub mod colour;
pub mod config;
pub mod docker_flags;
pub mod docker_opts;
pub mod environment;
pub mod error;
pub mod explain;
pub mod image;
pub mod initial_env;
pub mod list;
pub mod opts_parser;
pub mod perform;
pub mod permissions;
pub mod plan;
pub mod secret;
pub mod source;
pub mod system;
pub mod tag;
pub mod terminal;
pub mod unit;
pub mod warning;

pub use error::Error;

use crate::applet::Applet;
use crate::report;
use crate::world::World;
use app::Root;
use cli::{How, RunnerMode};
use colour::Paint;
use std::os::unix::ffi::OsStrExt;
use system::{Machine, System};
use warning::Warning;

/// The pipeline.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    let asked = cli::parse(world, &applet.arguments)?;
    let host = Machine::new(world);
    let (root, paint) = (&asked.root, Paint::stdout(world));
    match asked.action {
        RunnerMode::Show(text) => Ok(print(&text)),
        RunnerMode::Overview => {
            report::tell(&apps::text(&host, root));
            Err(Error::NoApp)
        }
        RunnerMode::Run(run) => container(world, &host, root, &run),
        RunnerMode::Check(asked) => {
            let checked = check::check(world, &host, root, &asked);
            if checked.is_empty() {
                report::tell(&apps::none(root));
            }
            Ok(print(&check::text(&checked, asked.format, paint)).max(check::exit_code(&checked)))
        }
        RunnerMode::List { format, shell } => {
            let list = list::list(world, &host, root, shell);
            if !list.asked {
                warn(&[Warning::DockerSilent]);
            }
            Ok(print(&list.text(format, paint)))
        }
        RunnerMode::Unit(asked) => {
            let world = &unit::world(world, &asked)?;
            Ok(print(&unit::text(world, &Machine::new(world), root, &asked)?))
        }
        RunnerMode::Complete => {
            let names = apps::names(&host, root);
            Ok(print(&names.into_iter().map(|app| app + "\n").collect::<String>()))
        }
    }
}

fn container(world: &World, host: &dyn System, root: &Root, run: &cli::Run) -> Result<u8, Error> {
    let mut configuration = config::read(world, host, root, &run.wanted);
    warn(&configuration.warnings);
    if let Some(stranger) = &configuration.stranger {
        report::tell(&format!("docker-runner: warning: {}\n", stranger.render()));
    }
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    let plan = plan::plan(world, &configuration, &run.arguments)
        .map_err(|error| apps::with_nearest(error, host, root, &run.wanted.name))?;
    let environment = initial_env::environment(world, &configuration.scope);
    // What could not run is not shown either.
    let (launch, mut warnings) = plan.launch(environment.clone())?;
    warnings.retain(|warning| warning.applies(host));
    warn(&warnings);
    match run.how {
        How::Perform => Err(perform::perform(world, launch)),
        How::DryRun => {
            let line = plan.line(world, &environment, run.show_secrets);
            Ok(if report::print_bytes(line.as_bytes()) { 0 } else { 125 })
        }
        How::Explain => Ok(print(&explain::text(&plan, &configuration, run.show_secrets))),
    }
}

fn warn(warnings: &[Warning]) {
    for warning in warnings.iter().filter(|warning| warning.at_run()) {
        report::tell(&format!("docker-runner: warning: {}\n", warning.render()));
    }
}

fn print(text: &str) -> u8 {
    if report::print(text) { 0 } else { 125 }
}
