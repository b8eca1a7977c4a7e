//! docker-runner: turns `docker-runner antisocial migrate` into `docker run`.
//!
//! The pipeline: parse the command line, load the files, make the plan, and replace this
//! process by docker.

pub mod app;
pub mod apps;
pub mod check;
pub mod cli;
pub mod colour;
pub mod config;
pub mod docker_flags;
pub mod docker_opts;
pub mod env_transfer;
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
use cli::{RunArgs, RunMode, RunnerMode};
use colour::Paint;
use std::os::unix::ffi::OsStrExt;
use system::{LocalSystem, System};
use warning::Warning;

/// Runs docker-runner and returns its exit code.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    let args = cli::parse(world, &applet.arguments)?;
    let host = LocalSystem::new(world);
    let (root, paint) = (&args.root, Paint::for_stdout(world));
    match args.mode {
        RunnerMode::Show(text) => Ok(print(&text)),
        RunnerMode::Overview => {
            report::eprint(&apps::overview(&host, root));
            Err(Error::NoApp)
        }
        RunnerMode::Run(args) => run_app(world, &host, root, &args),
        RunnerMode::Check(args) => {
            let reports = check::check(world, &host, root, &args);
            if reports.is_empty() {
                report::eprint(&apps::no_apps_message(root));
            }
            Ok(print(&check::render(&reports, args.format, paint)).max(check::exit_code(&reports)))
        }
        RunnerMode::List { format, shell } => {
            let list = list::list(world, &host, root, shell);
            if !list.docker_answered {
                warn(&[Warning::NoContainerList]);
            }
            Ok(print(&list.render(format, paint)))
        }
        RunnerMode::Unit(args) => {
            let world = &unit::unit_world(world, &args)?;
            Ok(print(&unit::render(world, &LocalSystem::new(world), root, &args)?))
        }
        RunnerMode::Complete => {
            let names = apps::all(&host, root);
            Ok(print(&names.into_iter().map(|app| app + "\n").collect::<String>()))
        }
    }
}

fn run_app(world: &World, host: &dyn System, root: &Root, args: &RunArgs) -> Result<u8, Error> {
    let mut configuration = config::load(world, host, root, &args.request);
    warn(&configuration.warnings);
    if let Some(error) = &configuration.unknown_instance {
        report::eprint(&format!("docker-runner: warning: {}\n", error.render()));
    }
    if !configuration.problems.is_empty() {
        return Err(configuration.problems.swap_remove(0));
    }
    let plan = plan::make_plan(world, &configuration, &args.arguments)
        .map_err(|error| apps::with_suggestion(error, host, root, &args.request.name))?;
    let environment = initial_env::docker_environment(world, &configuration.scope);
    // A command that could not run is not printed either.
    let (launch, mut warnings) = plan.launch(environment.clone())?;
    warnings.retain(|warning| warning.applies(host));
    warn(&warnings);
    match args.mode {
        RunMode::Exec => Err(perform::exec_docker(world, launch)),
        RunMode::DryRun => {
            let line = plan.dry_run_line(world, &environment, args.show_secrets);
            Ok(if report::print_bytes(line.as_bytes()) { 0 } else { 125 })
        }
        RunMode::Explain => Ok(print(&explain::render(&plan, &configuration, args.show_secrets))),
    }
}

fn warn(warnings: &[Warning]) {
    for warning in warnings.iter().filter(|warning| warning.is_shown_at_run()) {
        report::eprint(&format!("docker-runner: warning: {}\n", warning.render()));
    }
}

fn print(text: &str) -> u8 {
    // As bytes: it has the escape sequences of its colours.
    if report::print_bytes(text.as_bytes()) { 0 } else { 125 }
}
