//! Inspects the host for an app: its state, and what blocks a deploy.

use super::app_host::{AppHost, QUERY_TIMEOUT};
use super::health_gate::HealthGate;
use super::host_command::HostCommand;
use super::machine::Machine;
use super::unit_commands::{self, UnitState};
use super::{containers, docker, holder, images, task, units};
use crate::deploy::blocker::Blocker;
use crate::deploy::host_state::{HostState, InspectedUnit};
use crate::deploy::protocol::request::Incoming;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::role::{Role, RoleUnit};
use crate::runner::unit::manager::ServiceManager;

/// What to inspect.
pub struct Scope<'a> {
    pub units: &'a [RoleUnit],
    /// What a deploy would bring; `None` if only the state is wanted.
    pub incoming: Option<&'a Incoming>,
    /// Whether to run the health checks of the containers.
    pub health: bool,
    /// Whether this agent holds the lock; otherwise its holder is looked up.
    pub locked: bool,
}

/// Collects the whole state. Blockers are part of it, so that all of them are
/// reported at once.
pub fn inspect(host: &mut AppHost<impl Machine>, scope: &Scope<'_>) -> Result<Response, StepError> {
    let (names, sudo) = (host.machine.host_names(), !host.machine.is_root());
    let state = HostState { names, sudo, ..HostState::default() };
    let mut inspection = Inspection { host, scope, state };
    inspection.inspect_files();
    inspection.inspect_journal();
    let has_docker = inspection.inspect_docker();
    if has_docker {
        inspection.inspect_images()?;
    }
    inspection.inspect_units(has_docker)?;
    inspection.inspect_check_url();
    if sudo {
        inspection.inspect_task_permission();
        inspection.inspect_unit_permissions();
    }
    Ok(Response::HostState(Box::new(inspection.state)))
}

struct Inspection<'a, M> {
    host: &'a mut AppHost<M>,
    scope: &'a Scope<'a>,
    state: HostState,
}

impl<M: Machine> Inspection<'_, M> {
    fn block(&mut self, blocker: Blocker) {
        self.state.blockers.push(blocker);
    }

    fn inspect_files(&mut self) {
        match self.host.image_name() {
            Ok(image) => self.state.image = Some(image),
            Err(error) => self.block(Blocker::Config(error.to_string())),
        }
        match self.host.tag_files() {
            Ok(tag_files) => self.state.tag_files = tag_files,
            Err(error) => self.block(Blocker::Config(error.to_string())),
        }
        let folder = self.host.folder();
        let tag_files = &self.state.tag_files;
        let is_invalid = |text: &Option<String>, value: Option<String>| text.is_some() && value.is_none();
        let invalid = [
            ("TAG", is_invalid(&tag_files.tag_text, tag_files.tag())),
            ("REVERT", is_invalid(&tag_files.revert_text, tag_files.revert())),
        ];
        for (name, _) in invalid.into_iter().filter(|(_, invalid)| *invalid) {
            self.block(Blocker::TagFile { path: folder.join(name).display().to_string() });
        }
        if let Err(error) = self.host.machine.check_writable(&folder) {
            let path = folder.display().to_string();
            self.block(Blocker::Folder { path, text: error.to_string() });
        }
    }

    fn inspect_journal(&mut self) {
        let journal = self.host.journal();
        match journal.open(&self.host.machine) {
            Ok(open) => {
                self.state.open_deploy = open.value;
                self.state.blockers.extend(open.error.as_ref().map(state_blocker));
            }
            Err(error) => self.block(state_blocker(&error)),
        }
        match journal.history(&self.host.machine) {
            Ok(history) => {
                self.state.history = history.value;
                self.state.blockers.extend(history.error.as_ref().map(state_blocker));
            }
            Err(error) => self.block(state_blocker(&error)),
        }
        // A deploy in the history has ended, even if its journal could not be moved.
        let history = &self.state.history;
        let has_ended = |id: &str| history.iter().any(|entry| entry.ticket.id == id);
        self.state.open_deploy = self.state.open_deploy.take().filter(|open| !has_ended(&open.ticket.id));
        if !self.scope.locked && self.host.machine.is_locked(&journal.lock()) {
            self.state.lock_holder = Some(holder::read(self.host));
        }
    }

    /// Whether Docker responds, directly or through sudo.
    fn inspect_docker(&mut self) -> bool {
        self.host.sudo_docker = false;
        let Err(error) = self.host.succeeds(&docker::server_version()) else { return true };
        if !self.host.machine.is_root() {
            self.host.sudo_docker = true;
            if self.host.succeeds(&docker::server_version()).is_ok() {
                self.state.sudo_docker = true;
                return true;
            }
            self.host.sudo_docker = false;
        }
        self.block(Blocker::Docker(match &error {
            StepError::Command { last_line, .. } if last_line.contains("permission denied") => {
                "permission denied; the deploying user must be in the group docker, or allowed sudo -n docker"
                    .into()
            }
            _ => error.to_string(),
        }));
        false
    }

    fn inspect_images(&mut self) -> Result<(), StepError> {
        if let Ok(folder) = self.host.output(&docker::root_folder(), QUERY_TIMEOUT) {
            self.state.free_bytes = self.host.machine.free_bytes(folder.trim().as_ref());
        }
        let Some(image) = self.state.image.clone() else { return Ok(()) };
        if let Some(tag) = self.state.tag_files.tag() {
            self.state.current_image = images::find(self.host, &format!("{image}:{tag}"))?;
        }
        if let Some(incoming) = self.scope.incoming {
            self.state.incoming_image = images::find(self.host, &format!("{image}:{}", incoming.tag))?;
        }
        Ok(())
    }

    fn inspect_units(&mut self, has_docker: bool) -> Result<(), StepError> {
        let Some(manager) = units::find_service_manager(self.host) else {
            self.block(Blocker::NoManager);
            return Ok(());
        };
        self.state.manager = Some(manager);
        for unit in self.scope.units {
            let unit = self.inspect_unit(manager, unit, has_docker)?;
            self.state.units.push(unit);
        }
        Ok(())
    }

    fn inspect_unit(
        &mut self,
        manager: ServiceManager,
        role_unit: &RoleUnit,
        has_docker: bool,
    ) -> Result<InspectedUnit, StepError> {
        let name = &role_unit.unit;
        let UnitState { exists, active, not_stopped, enabled } = units::unit_state(self.host, manager, name)?;
        let mut unit = InspectedUnit {
            name: name.clone(),
            exists,
            active: not_stopped,
            enabled,
            health: None,
            check_url_ok: false,
            running_since: None,
            running_tag: None,
        };
        if exists && has_docker && self.scope.health {
            unit.health = Some(HealthGate::new(role_unit, None, None).check_once(self.host)?);
            let container = containers::of_unit(self.host, role_unit)?;
            if let Some(container) = container.filter(|_| active) {
                unit.running_tag = container.tag().map(str::to_owned);
                unit.running_since = Some(container.started);
            }
        }
        Ok(unit)
    }

    /// Whether CHECK_URL responds now. If it does not, the gate of a deploy does
    /// not require it.
    fn inspect_check_url(&mut self) {
        let Some(url) = self.scope.incoming.and_then(|incoming| incoming.url.as_ref()) else { return };
        for web in self.scope.units.iter().filter(|unit| unit.role == Role::Web) {
            let mut units = self.state.units.iter_mut();
            if let Some(unit) = units.find(|unit| unit.name == web.unit && unit.active) {
                unit.check_url_ok = self.host.machine.http_status(url).is_ok_and(|status| status < 400);
            }
        }
    }

    /// docker-runner runs the tasks. If Docker needs sudo, so does docker-runner.
    fn inspect_task_permission(&mut self) {
        let Some(incoming) = self.scope.incoming else { return };
        if !self.host.sudo_docker || incoming.task.is_empty() {
            return;
        }
        let command = task::host_command(self.host, &incoming.tag, &incoming.task);
        if let Some(text) = self.missing_permission(&command) {
            self.block(Blocker::Docker(text));
        }
    }

    /// Reports the first command only: the others usually need the same rule.
    fn inspect_unit_permissions(&mut self) {
        let Some(manager) = self.state.manager else { return };
        let snapshot = self.state.restore_point();
        for role_unit in self.scope.units {
            let name = &role_unit.unit;
            let Some(unit) = self.state.unit(name).filter(|unit| unit.exists) else { continue };
            let was_active = unit.active && snapshot.unit(name).is_some_and(|unit| unit.active);
            for command in unit_commands::required(manager, &role_unit.role, name, was_active) {
                if let Some(text) = self.missing_permission(&command) {
                    self.block(Blocker::Manager(text));
                    return;
                }
            }
        }
    }

    /// Why sudo does not allow a command: `sudo -l` checks without running it.
    fn missing_permission(&mut self, command: &HostCommand) -> Option<String> {
        match self.host.succeeds(&command.through_sudo(&["-l"])) {
            Ok(()) => None,
            Err(StepError::Command { .. }) => {
                Some(format!("sudo does not allow '{command}' without a password"))
            }
            Err(error) => Some(error.to_string()),
        }
    }
}

fn state_blocker(error: &StepError) -> Blocker {
    match error {
        StepError::Read { path, text } => Blocker::State { path: path.clone(), text: text.clone() },
        other => Blocker::Config(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::app_host::AppHost;
    use super::super::test_machine::{self, CommandResult, TestMachine, unit, web};
    use super::{Blocker, HostState, Incoming, InspectedUnit, Response, Scope};
    use crate::deploy::check_url::Check;
    use crate::deploy::history::{DeployKind, Ticket};
    use crate::deploy::host_state::Snapshot;
    use crate::deploy::state::journal::JournalLine;

    /// The state for a deploy by a user who is not root.
    fn inspect(host: &mut AppHost<TestMachine>) -> HostState {
        host.machine.is_root = false;
        let url = Check::parse("http://site.example/", None).ok();
        let incoming = Incoming { tag: "new".into(), task: Vec::new(), url };
        let scope = Scope { units: &[web()], incoming: Some(&incoming), health: true, locked: true };
        match super::inspect(host, &scope) {
            Ok(Response::HostState(state)) => *state,
            other => panic!("{other:?}"),
        }
    }

    fn state(results: &[CommandResult<'_>]) -> HostState {
        inspect(&mut test_machine::host(results))
    }

    #[test]
    fn names_and_sudo_are_reported() {
        let state = state(&[]);
        assert_eq!((state.names, state.sudo), (vec!["web1".to_owned()], true));
    }

    #[test]
    fn only_a_missing_permission_names_the_group_docker() {
        let blocker = |text| match state(&[("docker version", 1, text)]).blockers.as_slice() {
            [Blocker::Docker(text)] => text.clone(),
            other => panic!("{other:?}"),
        };
        assert!(blocker("permission denied while connecting").contains("the group docker"));
        assert!(blocker("Is the docker daemon running?").ends_with("Is the docker daemon running?"));
    }

    #[test]
    fn a_missing_unit_has_no_health() {
        let health =
            |load| state(&[("systemctl show", 0, &unit(load, "inactive"))]).units[0].health.is_some();
        assert!(health("loaded") && !health("not-found"));
    }

    #[test]
    fn check_url_must_respond_from_an_active_unit() {
        let is_ok = |active, status| {
            let mut host = test_machine::host(&[("systemctl show", 0, &unit("loaded", active))]);
            host.machine.http_status = status;
            inspect(&mut host).units[0].check_url_ok
        };
        assert!(is_ok("active", 399) && !is_ok("active", 400) && !is_ok("inactive", 200));
    }

    /// The undo stops a unit that did not run before the interrupted deploy.
    #[test]
    fn a_unit_that_an_interrupted_deploy_started_must_be_stoppable() {
        let refused = ("sudo -n -l systemctl stop", 1, "a password is required");
        let mut host = test_machine::host(&[("systemctl show", 0, &unit("loaded", "active")), refused]);
        assert_eq!(inspect(&mut host).blockers, []);
        let ticket = Ticket {
            id: "1".into(),
            kind: DeployKind::Push,
            tag: "new".into(),
            user: String::new(),
            machine: String::new(),
            started: 0,
        };
        let stopped = InspectedUnit { name: "site".into(), exists: true, ..InspectedUnit::default() };
        let snapshot = Snapshot { units: vec![stopped], ..Snapshot::default() };
        let begin = JournalLine::Begin { ticket, snapshot };
        host.journal().write(&mut host.machine, &begin).unwrap();
        host.machine.write("/var/www/site/TAG", "export TAG=new\n");
        let blockers = inspect(&mut host).blockers;
        assert!(matches!(blockers.as_slice(), [Blocker::Manager(_)]), "{blockers:?}");
    }
}
