//! What happens before the process starts: requirements, waits, setup, hooks.

use super::cli::{EntrypointJob, Request};
use super::env_var::{Name, Variables};
use super::error::Error;
use super::facts::Facts;
use super::hooks;
use super::perform::{exec_image, locate};
use super::plan::{Launch, django};
use super::process::Process;
use super::setup;
use super::wait::{self, Outcome};
use super::wheels::{self, Installation};
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

/// The actions before the process starts, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prestart {
    requirements: Installation,
    wait: wait::WaitPlan,
    /// The Python that checks the migrations, if the process needs the schema.
    schema: Option<Command>,
    /// `setup`, for a process that is not `setup` itself.
    setup: Option<Command>,
    /// The names of the commands of the first run.
    first_run: Option<String>,
    hooks: Vec<PathBuf>,
    /// The process name, which the hooks get as their argument.
    process: OsString,
}

/// Whether the process may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    /// It may not. This is the exit code.
    Stop(u8),
}

/// The exit code of a wait that timed out.
const TIMED_OUT: u8 = 124;

impl Prestart {
    pub(super) fn plan(
        request: &Request,
        facts: &Facts,
        launch: &Launch,
        variables: &Variables,
        uid: u32,
    ) -> Result<Self, Error> {
        let mut prestart = Self {
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
            EntrypointJob::Process(_) | EntrypointJob::Other(_) => return Ok(prestart),
        };
        variables.text(Name::EntrypointWait)?;
        variables.text(Name::EntrypointWaitTimeout)?;
        prestart.wait = wait::WaitPlan::from_env(variables)?;
        let command = &launch.command;
        if prestart.wait.migrations && process.needs_schema() {
            if !facts.app.has_manage {
                return Err(Error::NoManage { folder: facts.app.folder.clone() });
            }
            prestart.schema = Some(Command { program: django::python(&facts.python), ..command.clone() });
        }
        if matches!(process, Process::Setup | Process::Dev) {
            let commands = setup::first_run(variables.bytes(Name::EntrypointFirstRun))?;
            prestart.first_run = Some(setup::command_names(&commands)).filter(|names| !names.is_empty());
            variables.flag(Name::EntrypointFirstRunAtomic, true)?;
        }
        if process == Process::Dev {
            prestart.setup = Some(setup::setup(command, &setup::common_options(&request.arguments))?);
            if installs(variables)? {
                prestart.requirements = wheels::check_requirements(command, &facts.python, uid)?;
            }
        }
        if let Some(process) = process.name_for_hooks() {
            prestart.hooks = hooks::list(&facts.app.folder, variables)?;
            prestart.process = process.into();
        }
        Ok(prestart)
    }

    /// Prints what would happen, for `--dry-run`.
    pub(super) fn show(&self, job: &EntrypointJob, name: &str) {
        let notify = |line: &str| report::eprint(&format!("{name}: {line}\n"));
        match &self.requirements {
            Installation::Current => {}
            Installation::Impossible { reason } => notify(&not_installed(reason)),
            Installation::Due { command, .. } => {
                notify(&format!("would install the requirements: {}", command.shell_line().display()));
            }
        }
        self.wait.skipped.iter().for_each(|skipped| notify(&skipped.to_string()));
        let limit = match self.wait.timeout {
            Some(timeout) => format!("up to {}", duration::show(timeout)),
            None => "without limit".to_owned(),
        };
        for target in &self.wait.targets {
            notify(&format!("would wait {limit} for {target}"));
        }
        if self.schema.is_some() {
            notify(&format!("would wait {limit} for migrations (ENTRYPOINT_WAIT)"));
        }
        if matches!(job, EntrypointJob::Process(Process::Setup | Process::Dev)) {
            notify("would create the database if it does not exist, and migrate it under a lock");
        }
        if let Some(commands) = &self.first_run {
            notify(&format!("would run once each in a new database: {commands}"));
        }
        for hook in &self.hooks {
            notify(&format!("would run {}", hook.display()));
        }
    }

    pub(super) fn perform(&self, launch: &Launch, name: &str, world: &World) -> Result<Next, Error> {
        let notify = |line: &str| report::eprint(&format!("{name}: {line}\n"));
        if let Next::Stop(code) = self.install(world, &notify)? {
            return Ok(Next::Stop(code));
        }
        self.wait.skipped.iter().for_each(|skipped| notify(&skipped.to_string()));
        let start = Instant::now();
        match wait::wait(&self.wait, &notify).map_err(Error::Waiting)? {
            Outcome::Ready => {}
            Outcome::TimedOut(lines) => {
                lines.iter().for_each(|line| notify(line));
                return Ok(Next::Stop(TIMED_OUT));
            }
            Outcome::Interrupted(signal) => {
                notify(&format!("stopped by signal {signal} while waiting"));
                return Ok(Next::Stop(128 + signal));
            }
        }
        let schema = self.schema.as_ref().map(|like| self.wait_for_schema(like, start.elapsed()));
        for command in schema.iter().chain(&self.setup) {
            match run_child(command, world)? {
                ChildEnd::Code(0) => {}
                ChildEnd::Code(code) => return Ok(Next::Stop(code)),
                ChildEnd::Signal(signal) => return Ok(stopped(signal, &notify)),
            }
        }
        hooks::run(&self.hooks, &self.process, launch, &notify)
    }

    fn wait_for_schema(&self, like: &Command, elapsed: Duration) -> Command {
        let limit = self.wait.timeout;
        setup::wait_for_migrations(like, limit.map(|limit| limit.saturating_sub(elapsed)), limit)
    }

    fn install(&self, world: &World, notify: &dyn Fn(&str)) -> Result<Next, Error> {
        match &self.requirements {
            Installation::Current => {}
            Installation::Impossible { reason } => notify(&not_installed(reason)),
            Installation::Due { command, stamp, digest } => {
                notify(
                    "installing the requirements, which have changed (ENTRYPOINT_INSTALL=never turns this off)",
                );
                match run_child(command, world)? {
                    ChildEnd::Code(0) => wheels::write_stamp(stamp, digest)?,
                    ChildEnd::Code(code) => return Err(wheels::Error::Install { code }.into()),
                    ChildEnd::Signal(signal) => return Ok(stopped(signal, notify)),
                }
            }
        }
        Ok(Next::Continue)
    }
}

fn stopped(signal: i32, notify: &dyn Fn(&str)) -> Next {
    notify(&format!("stopped by signal {signal} before the process started"));
    Next::Stop(ChildEnd::Signal(signal).code())
}

fn not_installed(reason: &str) -> String {
    format!("cannot install the requirements, which may have changed: {reason}")
}

/// ENTRYPOINT_INSTALL.
fn installs(variables: &Variables) -> Result<bool, Error> {
    match variables.text(Name::EntrypointInstall)? {
        None | Some("auto") => Ok(true),
        Some("never") => Ok(false),
        Some(value) => Err(Error::Install { value: value.to_owned() }),
    }
}

/// Runs a command and waits for it. SIGTERM to us is passed to the command.
fn run_child(command: &Command, world: &World) -> Result<ChildEnd, Error> {
    let file = locate(&command.clone().into(), world)?;
    let errno = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or_default());
    let interrupt = Interrupt::block().map_err(|error| Error::Start(errno(error)))?;
    child::run(&exec_image(command, &file), false, &interrupt).map_err(|error| Error::Start(errno(error)))
}
