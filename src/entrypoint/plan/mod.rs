//! The plan: pure, made from the request, the settings and the facts.

mod base;
mod celery;
pub(super) mod django;
mod other;
mod run;
mod setup;
mod wheels;

use super::cli::{EntrypointJob, Request};
use super::environment::Environment;
use super::error::Error;
use super::facts::Facts;
use super::notice::Notice;
use super::process::Process;
use super::settings::EntrypointSettings;
use super::wheels::WheelsJob;
use crate::command::{Argument, Command};
use crate::world::World;
use std::ffi::OsString;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LaunchPlan {
    Nothing,
    Launch(Launch),
    Wheels(WheelsJob),
}

/// A process that replaces the entrypoint, or runs below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    pub(super) command: Command,
    pub(super) origin: Origin,
    /// What a person would type instead, if the command is a program of ours.
    pub(super) equivalent: Option<Command>,
}

impl From<Command> for Launch {
    fn from(command: Command) -> Self {
        Self { command, origin: Origin::Entrypoint, equivalent: None }
    }
}

/// Who chose a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The entrypoint, for one of its processes.
    Entrypoint,
    /// The caller.
    Caller,
}

/// A plan with its notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) plan: LaunchPlan,
    pub(super) notices: Vec<Notice>,
}

#[derive(Debug, Clone, Copy)]
struct PlanInput<'a> {
    settings: &'a EntrypointSettings,
    facts: &'a Facts,
    /// The caller's arguments for the process.
    arguments: &'a [OsString],
    /// Whether standard input is a terminal.
    has_terminal: bool,
}

pub(super) fn plan(
    request: &Request,
    settings: &EntrypointSettings,
    facts: &Facts,
    world: &World,
) -> Result<Planned, Error> {
    let input =
        PlanInput { settings, facts, arguments: &request.arguments, has_terminal: world.terminal.stdin };
    let environment = Environment::new(&world.environment);
    match &request.job {
        EntrypointJob::Other(program) => other::plan(program, input, environment),
        EntrypointJob::Process(process) => {
            base::check(input)?;
            let environment = match process {
                // Building wheels does not need Django.
                Process::Wheels => environment,
                Process::Run
                | Process::Django(_)
                | Process::Compress
                | Process::Worker
                | Process::Beat
                | Process::Healthcheck
                | Process::Inspect
                | Process::Setup
                | Process::Dev => base::environment(input, environment)?,
            };
            match process {
                Process::Wheels => Ok(wheels::plan(input, environment)),
                Process::Run => run::plan(input, environment),
                Process::Django(words) => django::plan(words, input, environment),
                Process::Compress => django::compress(input, environment),
                Process::Worker => celery::worker(input, environment),
                Process::Beat => celery::beat(input, environment),
                // A health check gets here only if it asks Celery.
                Process::Inspect | Process::Healthcheck => celery::inspect(input, environment),
                Process::Setup => setup::plan(input, environment),
                Process::Dev => setup::dev(input, environment),
            }
        }
    }
}

impl PlanInput<'_> {
    /// A process in the app folder: a program, our arguments, the caller's arguments.
    fn launch(&self, program: impl Into<OsString>, ours: Vec<OsString>, environment: Environment) -> Planned {
        let command = self.command(program.into(), ours, environment);
        Planned { plan: LaunchPlan::Launch(command.into()), notices: Vec::new() }
    }

    fn command(&self, program: OsString, ours: Vec<OsString>, environment: Environment) -> Command {
        let arguments = ours.into_iter().chain(self.arguments.iter().cloned());
        Command {
            program,
            arguments: arguments.map(Argument::plain).collect(),
            environment: environment.into_variables(),
            folder: Some(self.facts.app.folder.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
