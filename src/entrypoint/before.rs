//! What happens before a process takes our place.

use super::cli::{Job, Request};
use super::duration;
use super::error::Error;
use super::hooks;
use super::plan::Launch;
use super::wait::{self, Outcome};
use crate::report;
use crate::world::World;
use std::ffi::OsString;
use std::path::PathBuf;

/// What happens before a process takes our place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Before {
    wait: wait::Plan,
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

impl Before {
    /// What this request needs.
    pub(super) fn plan(request: &Request, world: &World) -> Result<Self, Error> {
        let process = match request.job {
            Job::Process(process) if process.needs_servers() => process,
            Job::Process(_) | Job::Other(_) => return Ok(Self::default()),
        };
        for name in wait::NAMES {
            if world.variable(name).is_some_and(|value| value.to_str().is_none()) {
                return Err(Error::NotText { name });
            }
        }
        let wait = wait::plan(|name| world.variable(name)?.to_str())?;
        if wait.migrations {
            return Err(Error::NotBuilt { process: "ENTRYPOINT_WAIT=migrations" });
        }
        let Some(process) = process.name_for_hooks() else { return Ok(Self { wait, ..Self::default() }) };
        Ok(Self { wait, hooks: hooks::look(world), process: process.into() })
    }

    /// Tells what would happen.
    pub(super) fn show(&self, name: &str) {
        for aside in &self.wait.asides {
            report::tell(&format!("{name}: {aside}\n"));
        }
        let limit = match self.wait.timeout {
            Some(timeout) => format!("up to {}", duration::show(timeout)),
            None => "without limit".to_owned(),
        };
        for target in &self.wait.targets {
            report::tell(&format!("{name}: would wait {limit} for {target}\n"));
        }
        for hook in &self.hooks {
            report::tell(&format!("{name}: would run {}\n", hook.display()));
        }
    }

    /// Does it.
    pub(super) fn perform(&self, launch: &Launch, name: &str) -> Result<Next, Error> {
        let tell = |line: &str| report::tell(&format!("{name}: {line}\n"));
        self.wait.asides.iter().for_each(|aside| tell(&aside.to_string()));
        match wait::wait(&self.wait, &tell).map_err(Error::Waiting)? {
            Outcome::Ready => hooks::run(&self.hooks, &self.process, launch, &tell),
            Outcome::TimedOut(lines) => {
                lines.iter().for_each(|line| tell(line));
                Ok(Next::Stop(TIMED_OUT))
            }
            Outcome::Interrupted(signal) => {
                tell(&format!("stopped by signal {signal} while waiting"));
                Ok(Next::Stop(128 + signal))
            }
        }
    }
}
