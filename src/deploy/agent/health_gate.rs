//! The gate: whether a unit does its work.

use super::Agent;
use super::docker::{self, Container};
use super::machine::Machine;
use crate::deploy::check_url::Check;
use crate::deploy::host_state::Health;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::topology::RoleUnit;
use std::time::Duration;

/// How long a container must have been running that can't be asked for its
/// health, in seconds.
const STABLE: u64 = 5;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// How long a health check in the container may take.
const CHECK: Duration = Duration::from_secs(30);

/// What a gate is about.
struct Gate<'a> {
    part: &'a RoleUnit,
    tag: Option<&'a str>,
    url: Option<&'a Check>,
    /// The container that was seen first, and when.
    seen: Option<(String, u64)>,
    once: bool,
}

impl<M: Machine> Agent<M> {
    /// Asks until a unit is well, or for as long as `patience` seconds.
    pub(super) fn gate(
        &mut self,
        part: &RoleUnit,
        tag: Option<&str>,
        url: Option<&Check>,
        patience: u64,
    ) -> Result<Response, StepError> {
        let deadline = self.machine.now() + patience;
        let mut gate = Gate { part, tag, url, seen: None, once: patience == 0 };
        loop {
            match self.health(&mut gate)? {
                Health::Good(how) => return Ok(Response::Healthy(how)),
                Health::Bad(why) if self.machine.now() >= deadline => {
                    let why = super::redact::masked(&why, &self.secrets);
                    return Err(StepError::Unhealthy { unit: part.unit.clone(), why });
                }
                Health::Bad(_) => {}
            }
            if !self.machine.pause(PAUSE) {
                return Err(StepError::Cancelled);
            }
        }
    }

    /// One look, for `status`.
    pub(super) fn look_at_health(&mut self, part: &RoleUnit) -> Result<Health, StepError> {
        self.health(&mut Gate { part, tag: None, url: None, seen: None, once: true })
    }

    fn health(&mut self, gate: &mut Gate<'_>) -> Result<Health, StepError> {
        let manager = self.manager()?;
        if !self.unit_state(manager, &gate.part.unit)?.active {
            gate.seen = None;
            return Ok(Health::Bad("the unit is not active".into()));
        }
        let Some(container) = self.container(gate.part)? else {
            gate.seen = None;
            return Ok(Health::Bad("there is no running container of it".into()));
        };
        if let Some(why) = self.runs_another(gate, &container)? {
            return Ok(Health::Bad(why));
        }
        let health = self.asked(gate, &container)?;
        match (gate.url, health) {
            (Some(url), Health::Good(how)) => Ok(match self.machine.ask(url) {
                Ok(status) if status < 400 => Health::Good(format!("{how}, {url} answers {status}")),
                Ok(status) => Health::Bad(format!("{url} answers {status}")),
                Err(error) => Health::Bad(format!("{url}: {error}")),
            }),
            (_, health) => Ok(health),
        }
    }

    /// A unit that starts something else than TAG says, or has not yet stopped
    /// what ran before.
    fn runs_another(&mut self, gate: &Gate<'_>, container: &Container) -> Result<Option<String>, StepError> {
        let Some(tag) = gate.tag else { return Ok(None) };
        let name = format!("{}:{tag}", self.image_name()?);
        let wanted = self.image(&name)?.map(|image| image.id);
        let right = wanted.as_deref() == Some(container.image.as_str());
        Ok((!right).then(|| format!("its container runs {}, not {name}", container.named)))
    }

    /// The container's own health check, asked at once.
    fn asked(&mut self, gate: &mut Gate<'_>, container: &Container) -> Result<Health, StepError> {
        let now = self.machine.now();
        let since = match &gate.seen {
            Some((id, since)) if *id == container.id => *since,
            Some(_) | None => now,
        };
        gate.seen = Some((container.id.clone(), since));
        match self.call(&docker::exec(&container.id, &container.check()), CHECK) {
            Ok(_) => Ok(Health::Good("its health check passed".into())),
            // The image has none (`docker exec`: 126 and 127 are its own).
            Err(StepError::Command { code: 126 | 127, .. }) => Ok(stable(now - since, gate.once)),
            Err(StepError::Command { said, code, .. }) => {
                let said = if said.is_empty() { format!("exit code {code}") } else { said };
                Ok(Health::Bad(format!("its health check says: {said}")))
            }
            Err(StepError::Slow { .. }) => Ok(Health::Bad("its health check does not end".into())),
            Err(error) => Err(error),
        }
    }

    /// Since when a unit's container runs, and the tag that it runs.
    pub(super) fn since(&mut self, part: &RoleUnit) -> Result<Option<(String, Option<String>)>, StepError> {
        let container = self.container(part)?;
        Ok(container.map(|found| (found.started.clone(), found.tag().map(str::to_owned))))
    }
}

fn stable(seconds: u64, once: bool) -> Health {
    if once || seconds >= STABLE {
        return Health::Good("it is running; the image has no health check".into());
    }
    Health::Bad(format!("it has been running for {seconds} s only; the image has no health check"))
}
