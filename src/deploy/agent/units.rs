//! Stops and starts units, and reads their state.

use super::app_host::{AppHost, QUERY_TIMEOUT};
use super::containers::{self, Container};
use super::machine::{Machine, Stream};
use super::redacted_writer::RedactedWriter;
use super::unit_commands::{self, UnitAction, UnitState};
use super::{docker, images};
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::RoleUnit;
use crate::deploy::tag_files;
use crate::runner::unit::manager::ServiceManager;
use std::time::Duration;

/// How long a unit may take to stop: systemd's default limit.
const STOP_TIMEOUT: Duration = Duration::from_secs(90);

/// How long a unit may take to start in an undo, in seconds.
const UNDO_START_TIMEOUT: u64 = 120;

/// The host's service manager. `/run/systemd/system` exists if systemd runs
/// (sd_booted(3)).
pub fn find_service_manager(host: &AppHost<impl Machine>) -> Option<ServiceManager> {
    let exists = |path: &str| host.machine.exists(&host.root.0.join(path));
    if exists("run/systemd/system") {
        return Some(ServiceManager::Systemd);
    }
    exists("sbin/initctl").then_some(ServiceManager::Upstart)
}

/// The host's service manager, or an error.
pub fn service_manager(host: &AppHost<impl Machine>) -> Result<ServiceManager, StepError> {
    let missing = || StepError::Missing { program: "systemd or Upstart".into() };
    find_service_manager(host).ok_or_else(missing)
}

pub fn unit_state(
    host: &mut AppHost<impl Machine>,
    manager: ServiceManager,
    unit: &str,
) -> Result<UnitState, StepError> {
    match host.output(&unit_commands::status(manager, unit), QUERY_TIMEOUT) {
        Ok(text) => Ok(unit_commands::parse_state(manager, &text)),
        // Upstart fails for a job that it does not know.
        Err(StepError::Command { .. }) => Ok(UnitState::default()),
        Err(error) => Err(error),
    }
}

/// Starts, stops or restarts a unit, whose start may take `start_timeout` seconds.
pub fn change(
    host: &mut AppHost<impl Machine>,
    action: UnitAction,
    unit: &RoleUnit,
    start_timeout: u64,
) -> Result<Response, StepError> {
    let manager = service_manager(host)?;
    let limit = STOP_TIMEOUT + Duration::from_secs(start_timeout);
    for step in unit_commands::commands(manager, action, &unit.unit) {
        match host.output(&step.command, limit) {
            Err(StepError::Cancelled) => return Err(StepError::Cancelled),
            Err(error) if !step.may_fail => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(Response::Done)
}

/// Stops a unit, and its container if that outlives the unit: `docker run`,
/// killed at the unit's stop timeout, leaves the container running. Only a
/// container that was certainly the unit's is stopped.
pub fn stop(host: &mut AppHost<impl Machine>, unit: &RoleUnit) -> Result<Response, StepError> {
    let candidates = containers::candidates_of_unit(host, unit)?;
    change(host, UnitAction::Stop, unit, 0)?;
    if let [container] = candidates.as_slice() {
        stop_leftover(host, unit, container)?;
    }
    Ok(Response::Done)
}

fn stop_leftover(
    host: &mut AppHost<impl Machine>,
    unit: &RoleUnit,
    container: &Container,
) -> Result<(), StepError> {
    if !containers::is_running(host, container)? {
        return Ok(());
    }
    host.output(&docker::stop(&container.id), STOP_TIMEOUT)?;
    if containers::is_running(host, container)? {
        let (unit, container) = (unit.unit.clone(), container.name().to_owned());
        return Err(StepError::StillRunning { unit, container });
    }
    Ok(())
}

/// Restarts a unit unless its container already runs the image of the tag.
/// Without a tag, the one in the app's TAG file counts.
pub fn ensure_tag(
    host: &mut AppHost<impl Machine>,
    unit: &RoleUnit,
    tag: Option<&str>,
) -> Result<Response, StepError> {
    let Some(tag) = tag.map(str::to_owned).or(effective_tag(host)?) else {
        return change(host, UnitAction::Restart, unit, UNDO_START_TIMEOUT);
    };
    let name = format!("{}:{tag}", host.image_name()?);
    let wanted = images::find(host, &name)?.map(|image| image.id);
    let running = containers::of_unit(host, unit)?.map(|container| container.image_id);
    let manager = service_manager(host)?;
    let active = unit_state(host, manager, &unit.unit)?.active;
    if active && running.is_some() && running == wanted {
        return Ok(Response::Done);
    }
    change(host, UnitAction::Restart, unit, UNDO_START_TIMEOUT)
}

/// The tag that docker-runner finds: the instance's, or else its app's.
fn effective_tag(host: &AppHost<impl Machine>) -> Result<Option<String>, StepError> {
    for path in host.root.tag_files(&host.app) {
        if let Some(text) = host.read_text(&path)? {
            return Ok(tag_files::parse(&text));
        }
    }
    Ok(None)
}

/// Returns the result. After a failure, also sends and logs the last output of
/// the unit: its container's log, or else its service manager's.
pub fn report_failure(
    host: &mut AppHost<impl Machine>,
    result: Result<Response, StepError>,
    unit: &RoleUnit,
    writer: &mut RedactedWriter<'_>,
) -> Result<Response, StepError> {
    if !matches!(result, Err(ref error) if *error != StepError::Cancelled) {
        return result;
    }
    let lines = match containers::of_unit(host, unit) {
        Ok(Some(container)) => host.output_lines(&docker::logs(&container.id), &[Stream::Out, Stream::Err]),
        Ok(None) | Err(_) => unit_log(host, unit),
    };
    for line in lines {
        writer.send_and_log(&mut host.machine, &line);
    }
    result
}

/// The last lines of a unit's systemd log, through sudo if the user may not
/// read it (systemd-journald(8) names the groups that may).
fn unit_log(host: &mut AppHost<impl Machine>, unit: &RoleUnit) -> Vec<String> {
    let command = unit_commands::last_log_lines(&unit.unit);
    let lines = host.output_lines(&command, &[Stream::Out]);
    if !lines.is_empty() || host.machine.is_root() {
        return lines;
    }
    host.output_lines(&command.through_sudo(&[]), &[Stream::Out])
}

#[cfg(test)]
mod tests {
    use super::super::test_machine::{self, CommandResult, container, unit, web, with_writer};
    use super::{Response, StepError, UnitAction};

    #[test]
    fn a_unit_that_does_not_restart_is_an_error() {
        let restart = |results: &[CommandResult<'_>]| {
            super::change(&mut test_machine::host(results), UnitAction::Restart, &web(), 1)
        };
        assert_eq!(restart(&[("reset-failed", 1, "not loaded")]), Ok(Response::Done));
        assert!(restart(&[("systemctl restart", 1, "failed")]).is_err());
    }

    #[test]
    fn a_container_that_outlives_its_unit_is_stopped() {
        let (running, ended) = (container("1", "site", "i", true), container("1", "site", "i", false));
        let inspect = "docker container inspect";
        let mut host = test_machine::host(&[
            ("docker ps", 0, "1"),
            (inspect, 0, &running),
            (inspect, 0, &running),
            (inspect, 0, &ended),
        ]);
        assert_eq!(super::stop(&mut host, &web()), Ok(Response::Done));
        assert!(host.machine.has_run("docker stop 1"));
        let mut host = test_machine::host(&[("docker ps", 0, "1"), (inspect, 0, &running)]);
        assert!(matches!(super::stop(&mut host, &web()), Err(StepError::StillRunning { .. })));
        let mut host =
            test_machine::host(&[("docker ps", 0, "1"), (inspect, 0, &running), (inspect, 0, &ended)]);
        assert_eq!(super::stop(&mut host, &web()), Ok(Response::Done));
        assert!(!host.machine.has_run("docker stop"));
    }

    #[test]
    fn a_unit_is_restarted_unless_it_runs_the_tag() {
        let restarts = |active: &str, tag: Option<&str>| {
            let (active, running) = (unit("loaded", active), container("1", "site", "sha256:1", true));
            let mut host = test_machine::host(&[
                ("systemctl show", 0, &active),
                ("docker ps", 0, "1"),
                ("docker container inspect", 0, &running),
                ("docker image inspect team/site:old", 0, r#"[{"Id":"sha256:1"}]"#),
                ("docker image inspect", 1, "no such image"),
            ]);
            host.machine.write("/var/www/site/TAG", "export TAG=old\n");
            assert_eq!(super::ensure_tag(&mut host, &web(), tag), Ok(Response::Done));
            host.machine.has_run("systemctl restart")
        };
        assert!(!restarts("active", Some("old")) && restarts("active", Some("new")));
        assert!(restarts("inactive", Some("old")));
        assert!(!restarts("active", None), "the tag of the TAG file");
    }

    #[test]
    fn the_log_of_a_failed_unit_is_sent() {
        let log = |is_root: bool, results: &[CommandResult<'_>]| {
            let mut host = test_machine::host(results);
            host.machine.is_root = is_root;
            let failure = || Err(StepError::NotLocked);
            let (result, lines) = with_writer(&mut host, false, |host, writer| {
                super::report_failure(host, failure(), &web(), writer)
            });
            assert_eq!(result, failure());
            let journal = host.machine.text("/var/www/site/.deploy/journal").unwrap_or_default();
            assert!(lines.iter().all(|line| journal.contains(line.as_str())), "{journal}");
            lines
        };
        let through_sudo = ("sudo -n journalctl", 0, "cannot bind");
        assert_eq!(log(false, &[through_sudo]), ["cannot bind"]);
        assert_eq!(log(true, &[through_sudo]), [""; 0]);
        let own = ("journalctl", 0, "cannot import\nexit 1");
        assert_eq!(log(false, &[through_sudo, own]), ["cannot import", "exit 1"]);
        let running = container("1", "site", "i", true);
        let of_container = [
            ("docker ps", 0, "1"),
            ("docker container inspect", 0, running.as_str()),
            ("docker logs", 0, "no database"),
            own,
        ];
        assert_eq!(log(true, &of_container), ["no database"]);
    }
}
