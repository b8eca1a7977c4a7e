//! `healthcheck`: whether the process that this container runs does its work.
//! Which one that is, is seen from the container's processes, so that the check
//! is the same for every container of an image.

mod celery;
mod role;
mod settings;
mod web;

pub use settings::Unclear;

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

/// What came of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    /// It is told; the exit code.
    Done(u8),
    /// Celery itself has to be asked; the arguments of its `inspect`.
    AskCelery(Vec<OsString>),
}

/// What is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Sick {
    #[error("the entrypoint has not started the process yet")]
    Starting,
    #[error("the process {pid} is {}", if *is_dead { "dead" } else { "stopped by a signal" })]
    Still { pid: u32, is_dead: bool },
    #[error("the web server does not listen yet")]
    NotListening,
    #[error("cannot look at the web server's sockets: run the check as its user, or as root")]
    Unseen,
    #[error("the web server at {place} {}", web_reason(reason, host))]
    Web { place: String, host: String, reason: Reason },
    #[error("the worker's broker {place} is not there: {reason}")]
    Broker { place: String, reason: Reason },
    #[error("beat has not written {} for {minutes} minutes", file.display())]
    Schedule { file: PathBuf, minutes: u64 },
}

/// Checks, and tells: `healthy: …` on standard output, or `unhealthy: …` on
/// standard error with exit code 1, as Docker wants it. A dry run tells what
/// would be asked, and asks nothing.
pub(super) fn check(name: &str, dry_run: bool, world: &World) -> Result<Checked, Error> {
    let settings = HealthSettings::read(world)?;
    let mut processes = proc::processes();
    processes.retain(|process| process.pid != world.pid);
    let question = Question::find(&processes, &settings, world);
    let answer = question.and_then(|question| {
        let text = if dry_run { question.show(&settings) } else { question.ask(&settings)? };
        Ok((question, text))
    });
    match answer {
        Ok((Question::Worker(process, _), text)) if settings.mode == Mode::Ping => {
            if dry_run {
                report::print(&text);
            }
            Ok(Checked::AskCelery(ping(&celery::node(process, &identity::hostname()), &settings)))
        }
        Ok((_, text)) => Ok(Checked::Done(u8::from(!report::print(&text)))),
        Err(sick) => {
            report::tell(&format!("{name}: unhealthy: {sick}\n"));
            Ok(Checked::Done(1))
        }
    }
}

/// What is to be asked, and of whom.
enum Question<'a> {
    /// Nothing, for this reason.
    Nothing(&'static str),
    Web(&'a proc::Process, Address),
    Worker(&'a proc::Process, Vec<Target>),
    Beat(&'a proc::Process, PathBuf),
}

impl<'a> Question<'a> {
    fn find(processes: &'a [proc::Process], settings: &HealthSettings, world: &World) -> Result<Self, Sick> {
        if settings.mode == Mode::Off {
            return Ok(Self::Nothing("not asked (ENTRYPOINT_HEALTH=none)"));
        }
        let Some((process, role)) = role::main_process(processes) else {
            let reason = "no web server, worker or beat runs here, so there is nothing to ask";
            return Ok(Self::Nothing(reason));
        };
        match role {
            Role::Starting => Err(Sick::Starting),
            _ if is_still(process) => {
                Err(Sick::Still { pid: process.pid, is_dead: matches!(process.state, 'Z' | 'X') })
            }
            Role::Web => Ok(Self::Web(process, web::address(processes, process, settings.port)?)),
            Role::Worker => Ok(Self::Worker(process, wait::brokers(|name| world.variable(name)?.to_str()))),
            Role::Beat => Ok(Self::Beat(process, celery::schedule(process))),
        }
    }

    /// Asks; what is well.
    fn ask(&self, settings: &HealthSettings) -> Result<String, Sick> {
        Ok(match self {
            Self::Nothing(reason) => format!("healthy: {reason}\n"),
            Self::Web(_, address) => {
                web::ask(address, settings)?;
                format!("healthy: the web server at {} answers\n", web::show(address))
            }
            Self::Worker(_, brokers) => {
                celery::ask(brokers, settings.patience)?;
                let answers = list(", ", brokers, " answers");
                format!("healthy: the worker is alive{answers}\n")
            }
            Self::Beat(process, file) if celery::keeps(process, file)? => {
                format!("healthy: beat is alive and keeps {}\n", file.display())
            }
            Self::Beat(..) => "healthy: beat is alive\n".to_owned(),
        })
    }

    /// What a dry run tells.
    fn show(&self, settings: &HealthSettings) -> String {
        match self {
            Self::Nothing(reason) => format!("{reason}\n"),
            Self::Web(process, address) => format!(
                "would ask the web server, process {}, at {} for {} with the Host {}\n",
                process.pid,
                web::show(address),
                settings.path,
                settings.host
            ),
            Self::Worker(process, brokers) => {
                let ask = list(", and ask ", brokers, "");
                format!("would see that the worker, process {}, is alive{ask}\n", process.pid)
            }
            Self::Beat(process, file) => format!(
                "would see that beat, process {}, is alive, and look at {} where it keeps that\n",
                process.pid,
                file.display()
            ),
        }
    }
}

/// The brokers with something around them, where there are any.
fn list(before: &str, brokers: &[Target], after: &str) -> String {
    let names: Vec<String> = brokers.iter().map(ToString::to_string).collect();
    if names.is_empty() { String::new() } else { format!("{before}{}{after}", names.join(" and ")) }
}

fn is_still(process: &proc::Process) -> bool {
    matches!(process.state, 'Z' | 'X' | 'T' | 't')
}

fn ping(node: &str, settings: &HealthSettings) -> Vec<OsString> {
    let seconds = settings.patience.as_secs().max(1).to_string();
    ["ping", "-d", node, "--timeout", &seconds].map(OsString::from).into()
}

fn web_reason(reason: &Reason, host: &str) -> String {
    match reason {
        Reason::Silent => "does not answer: its workers are busy, stuck or not up yet".to_owned(),
        Reason::Status(400) => format!(
            "answers with HTTP status 400: where Django does not allow the host {host}, \
             set ENTRYPOINT_HEALTH_HOST to one of ALLOWED_HOSTS"
        ),
        Reason::Status(status) => format!("answers with HTTP status {status}"),
        other => format!("is not there: {other}"),
    }
}
