//! The service managers' commands as values, and what their answers say.

use super::exec::through_sudo;
use super::machine::Machine;
use crate::deploy::topology::Role;
use crate::runner::app::Root;
use crate::runner::unit::manager::ServiceManager;

/// What to do with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop and start it.
    Restart,
}

/// How a unit is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// There is such a unit.
    pub exists: bool,
    /// It runs.
    pub active: bool,
    /// It runs, or is on the way there or from there: a unit that systemd
    /// starts once more after a crash is neither active nor stopped.
    pub not_stopped: bool,
    /// It starts with the host.
    pub enabled: bool,
}

/// Which manager the host has (sd_booted(3) tells systemd by that folder).
pub fn manager(machine: &dyn Machine, root: &Root) -> Option<ServiceManager> {
    let there = |path: &str| machine.exists(&root.0.join(path));
    if there("run/systemd/system") {
        return Some(ServiceManager::Systemd);
    }
    there("sbin/initctl").then_some(ServiceManager::Upstart)
}

/// The commands, one after the other, and whether one may fail: Upstart's
/// `restart` keeps the old job definition and fails where the job is stopped.
pub fn commands(manager: ServiceManager, verb: Verb, unit: &str) -> Vec<(Vec<String>, bool)> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let service = format!("{unit}.service");
    match (manager, verb) {
        (ServiceManager::Systemd, Verb::Start) => vec![(words(&["systemctl", "start", &service]), false)],
        (ServiceManager::Systemd, Verb::Stop) => vec![(words(&["systemctl", "stop", &service]), false)],
        (ServiceManager::Systemd, Verb::Restart) => vec![
            // A unit that failed too often is not started before this.
            (words(&["systemctl", "reset-failed", &service]), true),
            (words(&["systemctl", "restart", &service]), false),
        ],
        (ServiceManager::Upstart, Verb::Start) => vec![(words(&["start", unit]), false)],
        (ServiceManager::Upstart, Verb::Stop) => vec![(words(&["stop", unit]), true)],
        (ServiceManager::Upstart, Verb::Restart) => {
            vec![(words(&["stop", unit]), true), (words(&["start", unit]), false)]
        }
    }
}

/// Asks how a unit is.
pub fn ask(manager: ServiceManager, unit: &str) -> Vec<String> {
    let service = format!("{unit}.service");
    let words: &[&str] = match manager {
        ServiceManager::Systemd => {
            &["systemctl", "show", "-p", "LoadState", "-p", "ActiveState", "-p", "UnitFileState", &service]
        }
        ServiceManager::Upstart => &["status", unit],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Reads the answer.
pub fn state(manager: ServiceManager, text: &str) -> State {
    let is = |line: &str| text.lines().any(|found| found.trim() == line);
    match manager {
        ServiceManager::Systemd => {
            let exists = !is("LoadState=not-found") && text.contains("LoadState=");
            let stopped = is("ActiveState=inactive") || is("ActiveState=failed");
            let (active, enabled) = (is("ActiveState=active"), is("UnitFileState=enabled"));
            State { exists, active, not_stopped: exists && !stopped, enabled }
        }
        ServiceManager::Upstart => {
            let (exists, stopped) = (text.contains('/'), text.contains("stop/waiting"));
            State {
                exists,
                active: text.contains("start/running"),
                not_stopped: exists && !stopped,
                enabled: false,
            }
        }
    }
}

/// The commands that a deploy needs for a unit, and for its way back: one that
/// does not run is stopped again, and beat stops before it starts.
pub fn needed(manager: ServiceManager, role: &Role, unit: &str, ran: bool) -> Vec<Vec<String>> {
    let verbs: &[Verb] = match (role, ran) {
        (Role::Beat, _) => &[Verb::Restart, Verb::Stop, Verb::Start],
        (_, false) => &[Verb::Restart, Verb::Stop],
        (_, true) => &[Verb::Restart],
    };
    verbs.iter().filter_map(|verb| commands(manager, *verb, unit).pop()).map(|(words, _)| words).collect()
}

/// The last that a unit said, as systemd kept it.
pub fn last_words(unit: &str) -> Vec<String> {
    ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "20", "-u", unit].map(str::to_owned).to_vec()
}

/// Whether we may do that: `sudo -l` tells without doing it.
pub fn permission(command: &[String]) -> Vec<String> {
    through_sudo(std::iter::once("-l".to_owned()).chain(command.iter().cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::{State, Verb, commands, state};
    use crate::runner::unit::manager::ServiceManager;

    #[test]
    fn upstart_stops_what_may_be_stopped_already() {
        let said: Vec<_> = commands(ServiceManager::Upstart, Verb::Restart, "a")
            .into_iter()
            .map(|c| (c.0.join(" "), c.1))
            .collect();
        assert_eq!(said, [("stop a".to_owned(), true), ("start a".to_owned(), false)]);
        let state = |text: &str| state(ServiceManager::Upstart, text);
        let running = State { exists: true, active: true, not_stopped: true, enabled: false };
        assert_eq!(state("a start/running, process 7\n"), running);
        assert_eq!(state("a stop/waiting\n"), State { active: false, not_stopped: false, ..running });
        assert_eq!(state("a stop/killed, process 7\n"), State { active: false, ..running });
        assert_eq!(state("status: Unknown job: a\n"), State::default());
    }

    #[test]
    fn systemd_tells_a_unit_that_is_not_there_and_one_that_comes_back() {
        let state = |load: &str, active: &str| {
            state(
                ServiceManager::Systemd,
                &format!("LoadState={load}\nActiveState={active}\nUnitFileState=enabled\n"),
            )
        };
        let running = State { exists: true, active: true, not_stopped: true, enabled: true };
        assert_eq!(state("loaded", "active"), running);
        for between in ["activating", "deactivating", "reloading"] {
            assert_eq!(state("loaded", between), State { active: false, ..running });
        }
        for stopped in ["inactive", "failed"] {
            assert_eq!(state("loaded", stopped), State { active: false, not_stopped: false, ..running });
        }
        assert!(!state("not-found", "inactive").exists);
        assert_eq!(super::state(ServiceManager::Systemd, ""), State::default());
    }
}
