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
use crate::sys::net::Address;
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
/// standard error with exit code 1, as Docker wants it. A dry run tells what
/// would be asked, and asks nothing.
pub(super) fn check(name: &str, dry_run: bool, world: &World) -> Result<Checked, Error> {
    let settings = Settings::read(world)?;
    let mut processes = proc::processes();
    processes.retain(|process| process.pid != world.pid);
    let (node, answer) = match Question::find(&processes, &settings, world) {
        Err(sick) => (None, Err(sick)),
        Ok(question) if dry_run => (question.node(settings.mode), Ok(question.show(&settings))),
        Ok(question) => {
            let node = question.node(settings.mode);
            (node, question.ask(&settings).map(|health| format!("healthy: {health}")))
        }
    };
    Ok(match answer {
        Ok(text) => {
            let is_told = (node.is_some() && !dry_run) || report::print(&format!("{text}\n"));
            node.map_or(Checked::Done(u8::from(!is_told)), |node| Checked::AskCelery(ping(&node, &settings)))
        }
        Err(sick) => {
            report::tell(&format!("{name}: unhealthy: {sick}\n"));
            Checked::Done(1)
        }
    })
}

/// What is to be asked, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    Off,
    Nothing,
    Web { pid: u32, address: Address },
    Worker { pid: u32, brokers: Vec<Target>, node: String },
    Beat { process: proc::Process, file: PathBuf },
}

impl Question {
    fn find(processes: &[proc::Process], settings: &Settings, world: &World) -> Result<Self, Sick> {
        let found = role::main_process(processes);
        let (process, role) = match found {
            _ if settings.mode == Mode::Off => return Ok(Self::Off),
            None => return Ok(Self::Nothing),
            Some(found) => found,
        };
        let pid = process.pid;
        match role {
            Role::Starting => Err(Sick::Starting),
            _ if is_still(process) => Err(Sick::Still { pid, is_dead: matches!(process.state, 'Z' | 'X') }),
            Role::Web => Ok(Self::Web { pid, address: web::address(processes, process, settings.port)? }),
            Role::Worker => {
                let brokers = wait::brokers(|name| world.variable(name)?.to_str());
                Ok(Self::Worker { pid, brokers, node: celery::node(process, &world.hostname) })
            }
            Role::Beat => Ok(Self::Beat { file: celery::schedule(process), process: process.clone() }),
        }
    }

    /// The worker that Celery itself has to ask.
    fn node(&self, mode: Mode) -> Option<String> {
        match self {
            Self::Worker { node, .. } if mode == Mode::Ping => Some(node.clone()),
            _ => None,
        }
    }

    fn ask(self, settings: &Settings) -> Result<Health, Sick> {
        match self {
            Self::Off => Ok(Health::Off),
            Self::Nothing => Ok(Health::Nothing),
            Self::Web { address, .. } => web::ask(&address, settings),
            Self::Worker { brokers, .. } => celery::ask(&brokers, settings.patience),
            Self::Beat { process, file } => celery::beat(&process, file),
        }
    }

    /// What a dry run tells.
    fn show(&self, settings: &Settings) -> String {
        match self {
            Self::Off => Health::Off.to_string(),
            Self::Nothing => Health::Nothing.to_string(),
            Self::Web { pid, address } => format!(
                "would ask the web server, process {pid}, at {} for {} with the Host {}",
                web::show(address),
                settings.path,
                settings.host
            ),
            Self::Worker { pid, brokers, .. } if brokers.is_empty() => {
                format!("would see that the worker, process {pid}, is alive")
            }
            Self::Worker { pid, brokers, .. } => {
                let brokers: Vec<String> = brokers.iter().map(ToString::to_string).collect();
                format!("would ask the broker of the worker, process {pid}: {}", brokers.join(" and "))
            }
            Self::Beat { process, file } => {
                format!("would look at {}, which beat, process {}, may keep", file.display(), process.pid)
            }
        }
    }
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
