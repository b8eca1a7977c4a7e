//! What happens before a process takes our place.

use super::cli::{EntrypointJob, Request};
use super::env_var::{flag, text};
use super::error::Error;
use super::facts::Facts;
use super::hooks;
use super::perform::{image, locate};
use super::plan::{Launch, django};
use super::process::Process;
use super::setup;
use super::wait::{self, Outcome};
use super::wheels::{self, INSTALL, Installation};
use crate::command::Command;
use crate::duration;
use crate::report;
use crate::sys::child::{self, ChildEnd};
use crate::sys::interrupt::Interrupt;
use crate::world::World;
use nix::errno::Errno;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What happens before a process takes our place, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prestart {
    requirements: Installation,
    wait: wait::WaitPlan,
    /// Where the schema has to be the code's: the Python to ask with.
    schema: Option<Command>,
    /// For a process that is not `setup` itself.
    setup: Option<Command>,
    /// The commands of a new database, by their names.
    first_run: Option<String>,
    hooks: Vec<PathBuf>,
    /// What was asked for, which the hooks are told.
    process: OsString,
}

/// Whether the process may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It may.
    GoOn,
    /// It may not; the exit code.
    Stop(u8),
}

/// The exit code of a wait that timed out.
const TIMED_OUT: u8 = 124;

impl Prestart {
    /// What this request needs.
    pub(super) fn plan(
        request: &Request,
        facts: &Facts,
        launch: &Launch,
        world: &World,
    ) -> Result<Self, Error> {
        let mut before = Self {
            requirements: Installation::Current,
            wait: wait::WaitPlan::default(),
            schema: None,
            setup: None,
            first_run: None,
            hooks: Vec::new(),
            process: OsString::new(),
        };
        let process = match request.job {
            EntrypointJob::Process(process) if process.needs_servers() => process,
            EntrypointJob::Process(_) | EntrypointJob::Other(_) => return Ok(before),
        };
        for name in wait::NAMES {
            text(name, world)?;
        }
        before.wait = wait::plan(|name| world.variable(name)?.to_str())?;
        let command = &launch.command;
        if before.wait.migrations && process.needs_schema() {
            if !facts.app.has_manage {
                return Err(Error::NoManage { folder: facts.app.folder.clone() });
            }
            before.schema = Some(Command { program: django::python(&facts.python), ..command.clone() });
        }
        if matches!(process, Process::Setup | Process::Dev) {
            let commands = setup::first_run(world.variable(setup::FIRST_RUN))?;
            before.first_run = Some(setup::names(&commands)).filter(|names| !names.is_empty());
            flag(setup::ATOMIC, true, world)?;
        }
        if process == Process::Dev {
            before.setup = Some(setup::setup(command, &setup::common(&request.arguments))?);
            if installs(world)? {
                before.requirements = wheels::look_at_requirements(command, &facts.python, world.euid)?;
            }
        }
        if let Some(process) = process.name_for_hooks() {
            before.hooks = hooks::look(&facts.app.folder, world)?;
            before.process = process.into();
        }
        Ok(before)
    }

    /// Tells what would happen.
    pub(super) fn show(&self, job: &EntrypointJob, name: &str) {
        let tell = |line: &str| report::tell(&format!("{name}: {line}\n"));
        match &self.requirements {
            Installation::Current => {}
            Installation::Impossible { why } => tell(&not_installed(why)),
            Installation::Due { command, .. } => {
                tell(&format!("would install the requirements: {}", command.line().display()));
            }
        }
        self.wait.asides.iter().for_each(|aside| tell(&aside.to_string()));
        let limit = match self.wait.timeout {
            Some(timeout) => format!("up to {}", duration::show(timeout)),
            None => "without limit".to_owned(),
        };
        for target in &self.wait.targets {
            tell(&format!("would wait {limit} for {target}"));
        }
        if self.schema.is_some() {
            tell(&format!("would wait {limit} for migrations (ENTRYPOINT_WAIT)"));
        }
        if matches!(job, EntrypointJob::Process(Process::Setup | Process::Dev)) {
            tell("would make the database if it is missing, and migrate it under a lock");
        }
        if let Some(commands) = &self.first_run {
            tell(&format!("would run in a new database, each once: {commands}"));
        }
        for hook in &self.hooks {
            tell(&format!("would run {}", hook.display()));
        }
    }

    /// Does it.
    pub(super) fn perform(&self, launch: &Launch, name: &str, world: &World) -> Result<Next, Error> {
        let tell = |line: &str| report::tell(&format!("{name}: {line}\n"));
        if let Next::Stop(code) = self.install(world, &tell)? {
            return Ok(Next::Stop(code));
        }
        self.wait.asides.iter().for_each(|aside| tell(&aside.to_string()));
        let start = Instant::now();
        match wait::wait(&self.wait, &tell).map_err(Error::Waiting)? {
            Outcome::Ready => {}
            Outcome::TimedOut(lines) => {
                lines.iter().for_each(|line| tell(line));
                return Ok(Next::Stop(TIMED_OUT));
            }
            Outcome::Interrupted(signal) => {
                tell(&format!("stopped by signal {signal} while waiting"));
                return Ok(Next::Stop(128 + signal));
            }
        }
        let schema = self.schema.as_ref().map(|like| self.wait_for_schema(like, start.elapsed()));
        for command in schema.iter().chain(&self.setup) {
            match run_child(command, world)? {
                ChildEnd::Code(0) => {}
                ChildEnd::Code(code) => return Ok(Next::Stop(code)),
                ChildEnd::Signal(signal) => return Ok(stopped(signal, &tell)),
            }
        }
        hooks::run(&self.hooks, &self.process, launch, &tell)
    }

    fn wait_for_schema(&self, like: &Command, gone: Duration) -> Command {
        let limit = self.wait.timeout;
        setup::wait(like, limit.map(|limit| limit.saturating_sub(gone)), limit)
    }

    fn install(&self, world: &World, tell: &dyn Fn(&str)) -> Result<Next, Error> {
        match &self.requirements {
            Installation::Current => {}
            Installation::Impossible { why } => tell(&not_installed(why)),
            Installation::Due { command, stamp, digest } => {
                tell(
                    "installs the requirements, which are new to this virtualenv (ENTRYPOINT_INSTALL=never turns this off)",
                );
                match run_child(command, world)? {
                    ChildEnd::Code(0) => wheels::note_installed(stamp, digest)?,
                    ChildEnd::Code(code) => return Err(wheels::Error::Install { code }.into()),
                    ChildEnd::Signal(signal) => return Ok(stopped(signal, tell)),
                }
            }
        }
        Ok(Next::GoOn)
    }
}

fn stopped(signal: i32, tell: &dyn Fn(&str)) -> Next {
    tell(&format!("stopped by signal {signal}, so nothing was started"));
    Next::Stop(ChildEnd::Signal(signal).code())
}

fn not_installed(why: &str) -> String {
    format!("does not install the requirements, which may have changed: {why}")
}

/// ENTRYPOINT_INSTALL.
fn installs(world: &World) -> Result<bool, Error> {
    match text(INSTALL, world)? {
        None | Some("auto") => Ok(true),
        Some("never") => Ok(false),
        Some(value) => Err(Error::Install { value: value.to_owned() }),
    }
}

/// Runs a command of ours to its end, asking it to end where we are asked.
fn run_child(command: &Command, world: &World) -> Result<ChildEnd, Error> {
    let file = locate(&command.clone().into(), world)?;
    let errno = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or_default());
    let interrupt = Interrupt::block().map_err(|error| Error::Start(errno(error)))?;
    child::run(&image(command, &file), false, &interrupt).map_err(|error| Error::Start(errno(error)))
}
