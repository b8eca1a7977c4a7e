//! What is to be done: pure, from what was asked, what is configured and what
//! is there.

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
use super::notice::Note;
use super::process::Process;
use super::settings::EntrypointSettings;
use super::wheels::WheelsJob as Wheels;
use crate::command::{Argument, Command};
use crate::world::World;
use std::ffi::OsString;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LaunchPlan {
    /// Nothing.
    Nothing,
    /// A process takes our place.
    Launch(Launch),
    /// Wheels are built.
    Wheels(Wheels),
}

/// A process to take our place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    /// The process.
    pub(super) command: Command,
    /// Who chose its program.
    pub(super) origin: Origin,
    /// What a person would type for it, where the command is a program of ours.
    pub(super) by_hand: Option<Command>,
}

impl From<Command> for Launch {
    /// A process of ours.
    fn from(command: Command) -> Self {
        Self { command, origin: Origin::Ours, by_hand: None }
    }
}

/// Who chose a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// We did, for a process of ours.
    Ours,
    /// The caller did.
    Elsewhere,
}

/// A plan, and what the caller should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// The plan.
    pub(super) plan: LaunchPlan,
    /// What to tell before it is carried out.
    pub(super) notes: Vec<Note>,
}

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
struct PlanInput<'a> {
    settings: &'a EntrypointSettings,
    facts: &'a Facts,
    /// The caller's arguments for the process.
    arguments: &'a [OsString],
    /// Whether standard input is a terminal.
    has_terminal: bool,
}

/// Plans what was asked for.
pub(super) fn plan(
    request: &Request,
    settings: &EntrypointSettings,
    facts: &Facts,
    world: &World,
) -> Result<Planned, Error> {
    let given =
        PlanInput { settings, facts, arguments: &request.arguments, has_terminal: world.terminal.stdin };
    let environment = Environment::of(&world.environment);
    match &request.job {
        EntrypointJob::Other(program) => other::plan(program, given, environment),
        EntrypointJob::Process(process) => {
            base::check(given)?;
            let environment = match process {
                Process::Wheels => environment, // Django has no part in it
                _ => base::environment(given, environment)?,
            };
            match process {
                Process::Wheels => Ok(wheels::plan(given, environment)),
                Process::Run => run::plan(given, environment),
                Process::Django(words) => django::plan(words, given, environment),
                Process::Compress => django::compress(given, environment),
                Process::Worker => celery::worker(given, environment),
                Process::Beat => celery::beat(given, environment),
                // A health check gets here only where it asks Celery.
                Process::Inspect | Process::Healthcheck => celery::inspect(given, environment),
                Process::Setup => setup::plan(given, environment),
                Process::Dev => setup::dev(given, environment),
            }
        }
    }
}

impl PlanInput<'_> {
    /// A process in the app folder: a program, our words, the caller's words.
    fn launch(&self, program: impl Into<OsString>, ours: Vec<OsString>, environment: Environment) -> Planned {
        let command = self.command(program.into(), ours, environment);
        Planned { plan: LaunchPlan::Launch(command.into()), notes: Vec::new() }
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
