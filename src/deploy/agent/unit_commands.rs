//! The service managers' commands as values, and the state of a unit in their output.

use super::host_command::{HostCommand, Privilege};
use crate::deploy::role::Role;
use crate::runner::unit::manager::ServiceManager;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitAction {
    Start,
    Stop,
    /// Stops and starts the unit.
    Restart,
}

/// The state of a unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnitState {
    /// The service manager knows the unit.
    pub exists: bool,
    pub active: bool,
    /// It runs, starts or stops: a unit that systemd restarts after a crash is
    /// neither active nor stopped.
    pub not_stopped: bool,
    /// It starts when the host boots.
    pub enabled: bool,
}

/// One command of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCommand {
    pub command: HostCommand,
    /// Whether the action continues after a failure of the command.
    pub may_fail: bool,
}

/// The commands of an action, in order. Upstart's `restart` would keep the old
/// job definition, and fails if the job is stopped.
pub fn commands(manager: ServiceManager, action: UnitAction, unit: &str) -> Vec<UnitCommand> {
    let service = format!("{unit}.service");
    let command = |program, arguments: &[&str], may_fail| UnitCommand {
        command: HostCommand::new(Privilege::Root, program, arguments.iter().copied()),
        may_fail,
    };
    match (manager, action) {
        (ServiceManager::Systemd, UnitAction::Start) => {
            vec![command("systemctl", &["start", &service], false)]
        }
        (ServiceManager::Systemd, UnitAction::Stop) => vec![command("systemctl", &["stop", &service], false)],
        (ServiceManager::Systemd, UnitAction::Restart) => vec![
            // systemd refuses to start a unit that reached its start limit.
            command("systemctl", &["reset-failed", &service], true),
            command("systemctl", &["restart", &service], false),
        ],
        (ServiceManager::Upstart, UnitAction::Start) => vec![command("start", &[unit], false)],
        (ServiceManager::Upstart, UnitAction::Stop) => vec![command("stop", &[unit], true)],
        (ServiceManager::Upstart, UnitAction::Restart) => {
            vec![command("stop", &[unit], true), command("start", &[unit], false)]
        }
    }
}

/// Prints the state of a unit.
pub fn status(manager: ServiceManager, unit: &str) -> HostCommand {
    let service = format!("{unit}.service");
    match manager {
        ServiceManager::Systemd => HostCommand::new(
            Privilege::User,
            "systemctl",
            ["show", "-p", "LoadState", "-p", "ActiveState", "-p", "UnitFileState", &service],
        ),
        ServiceManager::Upstart => HostCommand::new(Privilege::User, "status", [unit]),
    }
}

/// Parses the output of [`status`].
pub fn parse_state(manager: ServiceManager, text: &str) -> UnitState {
    let has_line = |line: &str| text.lines().any(|found| found.trim() == line);
    match manager {
        ServiceManager::Systemd => {
            let exists = !has_line("LoadState=not-found") && text.contains("LoadState=");
            let stopped = has_line("ActiveState=inactive") || has_line("ActiveState=failed");
            UnitState {
                exists,
                active: has_line("ActiveState=active"),
                not_stopped: exists && !stopped,
                enabled: has_line("UnitFileState=enabled"),
            }
        }
        ServiceManager::Upstart => {
            let (exists, stopped) = (text.contains('/'), text.contains("stop/waiting"));
            UnitState {
                exists,
                active: text.contains("start/running"),
                not_stopped: exists && !stopped,
                enabled: false,
            }
        }
    }
}

/// The commands that a deploy and its undo need for a unit. An undo stops a
/// unit that did not run before, and beat is stopped before it is started.
pub fn required(manager: ServiceManager, role: &Role, unit: &str, was_running: bool) -> Vec<HostCommand> {
    let actions: &[UnitAction] = match (role, was_running) {
        (Role::Beat, _) => &[UnitAction::Restart, UnitAction::Stop, UnitAction::Start],
        (Role::Web | Role::Worker | Role::Other(_), false) => &[UnitAction::Restart, UnitAction::Stop],
        (Role::Web | Role::Worker | Role::Other(_), true) => &[UnitAction::Restart],
    };
    let last = |action: &UnitAction| commands(manager, *action, unit).pop();
    actions.iter().filter_map(last).map(|last| last.command).collect()
}

/// Prints the last 20 lines of a unit's log in the systemd journal.
pub fn last_log_lines(unit: &str) -> HostCommand {
    HostCommand::new(Privilege::User, "journalctl", ["-q", "--no-pager", "-o", "cat", "-n", "20", "-u", unit])
}

#[cfg(test)]
mod tests {
    use super::{UnitAction, UnitState, commands, parse_state};
    use crate::runner::unit::manager::ServiceManager;

    #[test]
    fn upstart_may_fail_to_stop_before_a_restart() {
        let lines: Vec<_> = commands(ServiceManager::Upstart, UnitAction::Restart, "a")
            .into_iter()
            .map(|found| (found.command.to_string(), found.may_fail))
            .collect();
        assert_eq!(lines, [("stop a".to_owned(), true), ("start a".to_owned(), false)]);
        let state = |text: &str| parse_state(ServiceManager::Upstart, text);
        let running = UnitState { exists: true, active: true, not_stopped: true, enabled: false };
        assert_eq!(state("a start/running, process 7\n"), running);
        assert_eq!(state("a stop/waiting\n"), UnitState { active: false, not_stopped: false, ..running });
        assert_eq!(state("a stop/killed, process 7\n"), UnitState { active: false, ..running });
        assert_eq!(state("status: Unknown job: a\n"), UnitState::default());
    }

    #[test]
    fn systemd_distinguishes_missing_stopped_and_changing_units() {
        let state = |load: &str, active: &str| {
            parse_state(
                ServiceManager::Systemd,
                &format!("LoadState={load}\nActiveState={active}\nUnitFileState=enabled\n"),
            )
        };
        let running = UnitState { exists: true, active: true, not_stopped: true, enabled: true };
        assert_eq!(state("loaded", "active"), running);
        for changing in ["activating", "deactivating", "reloading"] {
            assert_eq!(state("loaded", changing), UnitState { active: false, ..running });
        }
        for stopped in ["inactive", "failed"] {
            assert_eq!(state("loaded", stopped), UnitState { active: false, not_stopped: false, ..running });
        }
        assert!(!state("not-found", "inactive").exists);
        assert_eq!(parse_state(ServiceManager::Systemd, ""), UnitState::default());
    }
}
