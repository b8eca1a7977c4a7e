//! Decides whether a unit is healthy: the unit is active, its container runs
//! the expected image and passes its health check, and CHECK_URL responds.

use super::app_host::AppHost;
use super::containers::{self, Container};
use super::machine::Machine;
use super::{docker, images, units};
use crate::deploy::check_url::Check;
use crate::deploy::host_state::Health;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::RoleUnit;
use std::time::{Duration, Instant};

/// How long a container without a health check must have been running.
const STABLE_AFTER: Duration = Duration::from_secs(5);

/// The maximum timeout of a gate, in seconds: a day. A larger one of a request counts as this one.
const MAX_TIMEOUT: u64 = 86_400;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(300);

/// How long a health check in the container may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);

/// The conditions under which a unit is healthy.
pub struct HealthGate<'a> {
    unit: &'a RoleUnit,
    tag: Option<&'a str>,
    url: Option<&'a Check>,
    /// The id of the container that the last attempt found, and the time of the
    /// first attempt that found it.
    first_seen: Option<(String, Instant)>,
    /// There is only one attempt, so a container without a health check is
    /// healthy at once.
    once: bool,
}

impl<'a> HealthGate<'a> {
    /// A gate for a unit: its container must run the image of `tag`, and `url`
    /// must respond.
    pub fn new(unit: &'a RoleUnit, tag: Option<&'a str>, url: Option<&'a Check>) -> Self {
        Self { unit, tag, url, first_seen: None, once: false }
    }

    /// Repeats the check until it passes, for up to `timeout` seconds; 0 checks once.
    pub fn wait(mut self, host: &mut AppHost<impl Machine>, timeout: u64) -> Result<Response, StepError> {
        let deadline = host.machine.instant() + Duration::from_secs(timeout.min(MAX_TIMEOUT));
        self.once = timeout == 0;
        loop {
            match self.attempt(host)? {
                Health::Healthy(evidence) => return Ok(Response::Healthy(evidence)),
                Health::Unhealthy(reason) if host.machine.instant() >= deadline => {
                    return Err(StepError::Unhealthy { unit: self.unit.unit.clone(), reason });
                }
                Health::Unhealthy(_) => {}
            }
            if !host.machine.pause(PAUSE) {
                return Err(StepError::Cancelled);
            }
        }
    }

    /// Checks once.
    pub fn check_once(mut self, host: &mut AppHost<impl Machine>) -> Result<Health, StepError> {
        self.once = true;
        self.attempt(host)
    }

    fn attempt(&mut self, host: &mut AppHost<impl Machine>) -> Result<Health, StepError> {
        let manager = units::service_manager(host)?;
        if !units::unit_state(host, manager, &self.unit.unit)?.active {
            self.first_seen = None;
            return Ok(Health::Unhealthy("the unit is not active".into()));
        }
        let Some(container) = containers::of_unit(host, self.unit)? else {
            self.first_seen = None;
            return Ok(Health::Unhealthy("the unit has no running container".into()));
        };
        if let Some(reason) = self.wrong_image(host, &container)? {
            return Ok(Health::Unhealthy(reason));
        }
        let health = self.container_health(host, &container)?;
        match (self.url, health) {
            (Some(url), Health::Healthy(evidence)) => Ok(url_health(host, url, &evidence)),
            (_, health) => Ok(health),
        }
    }

    /// The reason if the container does not run the image of the tag: the unit
    /// starts another tag, or has not yet stopped the old container.
    fn wrong_image(
        &self,
        host: &mut AppHost<impl Machine>,
        container: &Container,
    ) -> Result<Option<String>, StepError> {
        let Some(tag) = self.tag else { return Ok(None) };
        let name = format!("{}:{tag}", host.image_name()?);
        let wanted = images::find(host, &name)?.map(|image| image.id);
        let matches = wanted.as_deref() == Some(container.image_id.as_str());
        Ok((!matches).then(|| format!("its container runs {}, not {name}", container.image_name)))
    }

    /// Runs the container's own health check, without waiting for Docker's interval.
    fn container_health(
        &mut self,
        host: &mut AppHost<impl Machine>,
        container: &Container,
    ) -> Result<Health, StepError> {
        let now = host.machine.instant();
        let since = match &self.first_seen {
            Some((id, since)) if *id == container.id => *since,
            Some(_) | None => now,
        };
        self.first_seen = Some((container.id.clone(), since));
        match host.output(&docker::exec(&container.id, &container.health_check()), CHECK_TIMEOUT) {
            Ok(_) => Ok(Health::Healthy("its health check passed".into())),
            // The image has no such program (`docker exec` itself exits with 126 and 127).
            Err(StepError::Command { code: 126 | 127, .. }) => {
                Ok(health_without_check(now.duration_since(since), self.once))
            }
            Err(StepError::Command { last_line, code, .. }) => {
                let reason = if last_line.is_empty() { format!("exit code {code}") } else { last_line };
                Ok(Health::Unhealthy(format!("its health check failed: {reason}")))
            }
            Err(StepError::Timeout { seconds, .. }) => {
                Ok(Health::Unhealthy(format!("its health check timed out after {seconds} s")))
            }
            Err(error) => Err(error),
        }
    }
}

fn url_health(host: &mut AppHost<impl Machine>, url: &Check, evidence: &str) -> Health {
    match host.machine.http_status(url) {
        Ok(status) if status < 400 => Health::Healthy(format!("{evidence}, {url} responds with {status}")),
        Ok(status) => Health::Unhealthy(format!("{url} responds with {status}")),
        Err(error) => Health::Unhealthy(format!("{url}: {error}")),
    }
}

fn health_without_check(running: Duration, once: bool) -> Health {
    if once || running >= STABLE_AFTER {
        return Health::Healthy("it is running; the image has no health check".into());
    }
    let seconds = running.as_secs();
    Health::Unhealthy(format!("it has been running for {seconds} s only; the image has no health check"))
}

#[cfg(test)]
mod tests {
    use super::{Health, HealthGate, STABLE_AFTER, health_without_check};
    use crate::deploy::agent::app_host::AppHost;
    use crate::deploy::agent::test_machine::{self, TestMachine, container, unit, web};
    use crate::deploy::check_url::Check;
    use crate::deploy::protocol::response::Response;

    use std::time::Duration;

    const NO_CHECK: test_machine::CommandResult<'_> = ("docker exec", 127, "not found");

    /// A host with an active unit, whose containers have these ids, one after the other.
    fn host(ids: &[&str], exec: test_machine::CommandResult<'_>) -> AppHost<TestMachine> {
        let containers: Vec<_> = ids.iter().map(|id| container(id, "site", "sha256:1", true)).collect();
        let active = unit("loaded", "active");
        let mut results = vec![("systemctl show", 0, active.as_str()), ("docker ps", 0, "x"), exec];
        results.extend(containers.iter().map(|text| ("docker container inspect", 0, text.as_str())));
        results.push(("docker image inspect team/site:old", 0, r#"[{"Id":"sha256:1"}]"#));
        results.push(("docker image inspect", 1, "no such image"));
        test_machine::host(&results)
    }

    #[test]
    fn a_container_without_a_check_is_healthy_when_it_keeps_running() {
        let is_healthy = |running, once| matches!(health_without_check(running, once), Health::Healthy(_));
        let moment = Duration::from_millis(1);
        assert!(is_healthy(STABLE_AFTER, false) && !is_healthy(STABLE_AFTER - moment, false));
        assert!(is_healthy(moment, true), "status does not wait");
    }

    #[test]
    fn a_container_without_a_check_must_keep_running() {
        let is_healthy = |result| matches!(result, Ok(Response::Healthy(_)));
        let mut one = host(&["1"], NO_CHECK);
        assert!(is_healthy(HealthGate::new(&web(), None, None).wait(&mut one, 20)));
        assert_eq!(one.machine.pauses.len(), 17, "5 s at 0.3 s each");
        // It starts again after 3 s.
        let ids: Vec<&str> = std::iter::repeat_n("1", 10).chain(["2"]).collect();
        let mut restarted = host(&ids, NO_CHECK);
        assert!(is_healthy(HealthGate::new(&web(), None, None).wait(&mut restarted, 20)));
        assert_eq!(restarted.machine.pauses.len(), 27);
        let mut late = host(&["1"], NO_CHECK);
        assert!(HealthGate::new(&web(), None, None).wait(&mut late, 3).is_err());
        assert_eq!(late.machine.pauses.len(), 10);
    }

    #[test]
    fn the_container_must_run_the_image_of_the_tag() {
        let check = |tag| {
            HealthGate::new(&web(), Some(tag), None).check_once(&mut host(&["1"], ("docker exec", 0, "")))
        };
        assert_eq!(check("old"), Ok(Health::Healthy("its health check passed".into())));
        let why = "its container runs team/site:old, not team/site:new".into();
        assert_eq!(check("new"), Ok(Health::Unhealthy(why)));
    }

    #[test]
    fn check_url_must_respond_without_an_error() {
        let url = Check::parse("http://site.example/", None).unwrap();
        let is_healthy = |status| {
            let mut host = host(&["1"], ("docker exec", 0, ""));
            host.machine.http_status = status;
            matches!(HealthGate::new(&web(), None, Some(&url)).check_once(&mut host), Ok(Health::Healthy(_)))
        };
        assert!(is_healthy(399) && !is_healthy(400));
    }
}
