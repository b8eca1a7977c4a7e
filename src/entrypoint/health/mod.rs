//! `healthcheck`: whether the process of this container does its work. It is found
//! among the container's processes, so that one check fits every container of an
//! image.

mod celery;
mod role;
mod settings;
mod web;

#[cfg(test)]
pub(super) use role::is_checked;
pub use settings::HealthSettingsError;

use super::env_var::Variables;
use super::error::Error;
use super::wait::{self, Reason, Target};
use crate::report;
use crate::sys::identity;
use crate::sys::net::Address;
use crate::sys::proc;
use crate::world::World;
use role::Role;
use settings::{HealthSettings, Mode};
use std::ffi::OsString;
use std::path::PathBuf;

/// The result of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CheckResult {
    /// The exit code; the result is printed.
    Done(u8),
    /// Celery has to ping the worker; the arguments of its `inspect`.
    AskCelery(Vec<OsString>),
}

/// Why a container is unhealthy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Unhealthy {
    #[error("the entrypoint has not started the process yet")]
    Starting,
    #[error("process {pid} is {}", if *is_dead { "dead" } else { "stopped by a signal" })]
    NotRunning { pid: u32, is_dead: bool },
    #[error("the web server does not listen yet")]
    NotListening,
    #[error("cannot read the web server's sockets: run the check as its user, or as root")]
    SocketsHidden,
    #[error("the web server at {place} {}", describe_web_reason(reason, host))]
    Web { place: String, host: String, reason: Reason },
    #[error("the worker's broker {place} is not ready: {reason}")]
    Broker { place: String, reason: Reason },
    #[error("beat has not written to {} for {minutes} minutes", file.display())]
    Schedule { file: PathBuf, minutes: u64 },
}

/// Checks, and prints `healthy: …` on standard output, or `unhealthy: …` on
/// standard error with exit code 1, as Docker expects. A dry run prints what it
/// would check and checks nothing.
pub(super) fn check(
    name: &str,
    dry_run: bool,
    variables: &Variables,
    world: &World,
) -> Result<CheckResult, Error> {
    let settings = HealthSettings::from_env(variables)?;
    let mut processes = proc::processes();
    processes.retain(|process| process.pid != world.pid);
    let check = HealthCheck::find(&processes, &settings, variables);
    let result = check.and_then(|check| {
        let text = if dry_run { check.describe(&settings) } else { check.run(&settings)? };
        Ok((check, text))
    });
    match result {
        Ok((HealthCheck::Worker(process, _), text)) if settings.mode == Mode::Ping => {
            if dry_run {
                report::print(&text);
            }
            Ok(CheckResult::AskCelery(ping_arguments(
                &celery::node_name(process, &identity::hostname()),
                &settings,
            )))
        }
        Ok((_, text)) => Ok(CheckResult::Done(u8::from(!report::print(&text)))),
        Err(unhealthy) => {
            report::eprint(&format!("{name}: unhealthy: {unhealthy}\n"));
            Ok(CheckResult::Done(1))
        }
    }
}

/// What is checked.
enum HealthCheck<'a> {
    /// Nothing, with the reason.
    Nothing(&'static str),
    Web(&'a proc::Process, Address),
    Worker(&'a proc::Process, Vec<Target>),
    Beat(&'a proc::Process, PathBuf),
}

impl<'a> HealthCheck<'a> {
    fn find(
        processes: &'a [proc::Process],
        settings: &HealthSettings,
        variables: &Variables,
    ) -> Result<Self, Unhealthy> {
        if settings.mode == Mode::Off {
            return Ok(Self::Nothing("health checks are off (ENTRYPOINT_HEALTH=none)"));
        }
        let Some((process, role)) = role::main_process(processes) else {
            let reason = "no web server, worker or beat runs in this container, so there is nothing to check";
            return Ok(Self::Nothing(reason));
        };
        match role {
            Role::Starting => Err(Unhealthy::Starting),
            Role::Web | Role::Worker | Role::Beat if !is_running(process) => {
                Err(Unhealthy::NotRunning { pid: process.pid, is_dead: matches!(process.state, 'Z' | 'X') })
            }
            Role::Web => Ok(Self::Web(process, web::address(processes, process, settings.port)?)),
            Role::Worker => Ok(Self::Worker(process, wait::brokers(variables))),
            Role::Beat => Ok(Self::Beat(process, celery::schedule_file(process))),
        }
    }

    /// Runs the check and describes what is healthy.
    fn run(&self, settings: &HealthSettings) -> Result<String, Unhealthy> {
        Ok(match self {
            Self::Nothing(reason) => format!("healthy: {reason}\n"),
            Self::Web(_, address) => {
                web::probe(address, settings)?;
                format!("healthy: the web server at {} responds\n", web::show(address))
            }
            Self::Worker(_, brokers) => {
                celery::probe(brokers, settings.timeout)?;
                let responds = list(", ", brokers, " responds");
                format!("healthy: the worker is alive{responds}\n")
            }
            Self::Beat(process, file) if celery::writes(process, file)? => {
                format!("healthy: beat is alive and writes to {}\n", file.display())
            }
            Self::Beat(..) => "healthy: beat is alive\n".to_owned(),
        })
    }

    /// Describes the check for a dry run.
    fn describe(&self, settings: &HealthSettings) -> String {
        match self {
            Self::Nothing(reason) => format!("{reason}\n"),
            Self::Web(process, address) => format!(
                "would request {} from the web server, process {}, at {} with the Host header {}\n",
                settings.path,
                process.pid,
                web::show(address),
                settings.host
            ),
            Self::Worker(process, brokers) => {
                let probe = list(", and probe ", brokers, "");
                format!("would check that the worker, process {}, is alive{probe}\n", process.pid)
            }
            Self::Beat(process, file) => format!(
                "would check that beat, process {}, is alive, and the age of {} if it writes to that file\n",
                process.pid,
                file.display()
            ),
        }
    }
}

/// The brokers between two texts; empty where there are none.
fn list(before: &str, brokers: &[Target], after: &str) -> String {
    let names: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    if names.is_empty() { String::new() } else { format!("{before}{}{after}", names.join(" and ")) }
}

fn is_running(process: &proc::Process) -> bool {
    !matches!(process.state, 'Z' | 'X' | 'T' | 't')
}

fn ping_arguments(node: &str, settings: &HealthSettings) -> Vec<OsString> {
    let seconds = settings.timeout.as_secs().max(1).to_string();
    ["ping", "-d", node, "--timeout", &seconds].map(OsString::from).into()
}

fn describe_web_reason(reason: &Reason, host: &str) -> String {
    match reason {
        Reason::Silent => "does not respond: its workers are busy, stuck or not started yet".to_owned(),
        Reason::Status(400) => format!(
            "responds with HTTP status 400: if Django does not allow the host {host}, \
             set ENTRYPOINT_HEALTH_HOST to one of ALLOWED_HOSTS"
        ),
        Reason::Status(status) => format!("responds with HTTP status {status}"),
        other => format!("is not ready: {other}"),
    }
}

#[cfg(test)]
mod tests;
