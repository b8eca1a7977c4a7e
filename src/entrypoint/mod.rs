//! The entrypoint of a container: starts the process for `run`, `migrate`, `worker` and so on.

mod args;
mod cli;
mod concurrency;
mod env_file;
mod env_sources;
mod env_var;
mod environment;
mod error;
mod exec_error;
mod facts;
mod gunicorn;
mod health;
mod hooks;
mod identity;
mod init;
mod notice;
mod package;
mod perform;
mod plan;
mod prestart;
mod process;
mod python;
mod secrets;
mod server;
mod settings;
mod setup;
mod shlex;
mod uwsgi;
mod wait;
mod wheels;

pub use cli::command;
pub use env_file::Error as EnvFileError;
pub use error::Error;
pub use exec_error::ExecError;
pub use facts::python::VirtualenvError;
pub use health::HealthSettingsError;
pub use hooks::Error as HookError;
pub use identity::Error as IdentityError;
pub use process::{Entry, PROCESSES};
pub use secrets::Error as SecretError;
pub use wait::{Error as WaitError, TargetError};
pub use wheels::Error as WheelsError;

use crate::applet::Applet;
use crate::report;
use crate::world::World;
use cli::{EntrypointJob, Request};
use health::CheckResult;
use perform::LaunchWorlds;
use plan::LaunchPlan;
use prestart::{Next, Prestart};
use process::Process;

/// Runs the entrypoint, and returns the exit code. Does not return if the process replaces
/// the entrypoint.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    let mut request = match cli::parse(applet.name, &applet.arguments)? {
        cli::EntrypointArgs::Text(text) => return Ok(if report::print(&text) { 0 } else { 1 }),
        cli::EntrypointArgs::Process(request) => request,
    };
    let started = world;
    let (completed, variables, mut notices) = env_sources::complete(started)?;
    let (world, switched) = identity::switch_user(&variables, &completed)?;
    notices.extend(switched.map(notice::Notice::Identity));
    let world = world.as_ref();
    if request.job == EntrypointJob::Process(Process::Healthcheck) {
        match health::check(applet.name, request.dry_run, &variables, world)? {
            CheckResult::Done(code) => return Ok(code),
            CheckResult::AskCelery(arguments) => {
                request = Request { job: EntrypointJob::Process(Process::Inspect), arguments, ..request };
            }
        }
    }
    let settings = settings::EntrypointSettings::new(&variables, &world.folder)?;
    let facts = facts::gather(&request, &settings, world);
    let planned = plan::plan(&request, &settings, &facts, world)?;
    notices.extend(planned.notices);
    for notice in &notices {
        report::eprint(&format!("{}: {notice}\n", applet.name));
    }
    match planned.plan {
        LaunchPlan::Nothing => Ok(0),
        LaunchPlan::Wheels(job) if request.dry_run => {
            let launch = wheels::build_command(&job)?.into();
            let program = perform::locate(&launch, world)?;
            perform::print_shell_line(&launch, program, LaunchWorlds { started, completed: &completed })
        }
        LaunchPlan::Wheels(job) => Ok(wheels::build_wheelhouse(&job, applet.name)?),
        LaunchPlan::Launch(launch) => {
            let prestart = Prestart::plan(&request, &facts, &launch, &variables, world.euid)?;
            let init = init::plan(&launch.command, &variables, world.pid)?;
            // Notices about the process make sense only if it exists.
            let program = perform::locate(&launch, world)?;
            if let Some(notice) = init.and_then(|init| init.notice(&launch.command)) {
                report::eprint(&format!("{}: {notice}\n", applet.name));
            }
            if request.dry_run {
                prestart.show(&request.job, applet.name);
                return perform::print_shell_line(
                    &launch,
                    program,
                    LaunchWorlds { started, completed: &completed },
                );
            }
            match prestart.perform(&launch, applet.name, world)? {
                Next::Continue => Err(perform::launch(&launch, &program, init)),
                Next::Stop(code) => Ok(code),
            }
        }
    }
}
