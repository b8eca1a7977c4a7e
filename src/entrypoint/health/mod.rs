//! `healthcheck`: whether the process that this container runs does its work.
//! Which one that is, is seen from the container's processes, so that the check
//! is the same for every container of an image.

mod celery;
mod role;
mod settings;
mod web;

pub use settings::Unclear;

use super::error::Error;
use super::wait::Reason;
use crate::report;
use crate::sys::proc;
use crate::world::World;
use role::Role;
use settings::{Mode, Settings};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// What came of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    /// It is told; the exit code.
    Done(u8),
    /// Celery itself has to be asked; the arguments of its `inspect`.
    AskCelery(Vec<OsString>),
}

/// What is well.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Health {
    Off,
    Web { place: String },
    Worker { brokers: Vec<String> },
    Beat { file: Option<PathBuf> },
    Nothing,
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
/// standard error with exit code 1, as Docker wants it.
pub(super) fn check(name: &str, world: &World) -> Result<Checked, Error> {
    let settings = Settings::read(world)?;
    let processes = proc::processes();
    let found = role::main_process(&processes);
    let result = match found {
        _ if settings.mode == Mode::Off => Ok(Health::Off),
        None => Ok(Health::Nothing),
        Some((_, Role::Starting)) => Err(Sick::Starting),
        Some((process, _)) if is_still(process) => {
            Err(Sick::Still { pid: process.pid, is_dead: matches!(process.state, 'Z' | 'X') })
        }
        Some((process, Role::Web)) => web::check(&processes, process, &settings),
        Some((process, Role::Worker)) => match celery::worker(world, settings.patience) {
            Ok(_) if settings.mode == Mode::Ping => {
                return Ok(Checked::AskCelery(ping(&celery::node(process, &world.hostname), &settings)));
            }
            result => result,
        },
        Some((process, Role::Beat)) => celery::beat(process),
    };
    Ok(Checked::Done(match result {
        Ok(health) => u8::from(!report::print(&format!("healthy: {health}\n"))),
        Err(sick) => {
            report::tell(&format!("{name}: unhealthy: {sick}\n"));
            1
        }
    }))
}

fn is_still(process: &proc::Process) -> bool {
    matches!(process.state, 'Z' | 'X' | 'T' | 't')
}

fn ping(node: &str, settings: &Settings) -> Vec<OsString> {
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

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("not asked (ENTRYPOINT_HEALTH=none)"),
            Self::Web { place } => write!(f, "the web server at {place} answers"),
            Self::Worker { brokers } if brokers.is_empty() => f.write_str("the worker is alive"),
            Self::Worker { brokers } => write!(f, "the worker is alive, {} answers", brokers.join(" and ")),
            Self::Beat { file: None } => f.write_str("beat is alive"),
            Self::Beat { file: Some(file) } => write!(f, "beat is alive and keeps {}", file.display()),
            Self::Nothing => {
                f.write_str("no web server, worker or beat runs here, so there is nothing to ask")
            }
        }
    }
}
