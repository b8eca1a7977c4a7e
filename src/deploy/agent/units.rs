//! The service managers' commands as values, and what their answers say.

use super::exec::through_sudo;
use super::machine::Machine;
use crate::deploy::host_state::Manager;
use crate::deploy::topology::Role;
use crate::runner::app::Root;

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
pub fn manager(machine: &dyn Machine, root: &Root) -> Option<Manager> {
    let there = |path: &str| machine.exists(&root.0.join(path));
    if there("run/systemd/system") {
        return Some(Manager::Systemd);
    }
    there("sbin/initctl").then_some(Manager::Upstart)
}

/// The commands, one after the other, and whether one may fail: Upstart's
/// `restart` keeps the old job definition and fails where the job is stopped.
pub fn commands(manager: Manager, verb: Verb, unit: &str) -> Vec<(Vec<String>, bool)> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let service = format!("{unit}.service");
    match (manager, verb) {
        (Manager::Systemd, Verb::Start) => vec![(words(&["systemctl", "start", &service]), false)],
        (Manager::Systemd, Verb::Stop) => vec![(words(&["systemctl", "stop", &service]), false)],
        (Manager::Systemd, Verb::Restart) => vec![
            // A unit that failed too often is not started before this.
            (words(&["systemctl", "reset-failed", &service]), true),
            (words(&["systemctl", "restart", &service]), false),
        ],
        (Manager::Upstart, Verb::Start) => vec![(words(&["start", unit]), false)],
        (Manager::Upstart, Verb::Stop) => vec![(words(&["stop", unit]), true)],
        (Manager::Upstart, Verb::Restart) => {
            vec![(words(&["stop", unit]), true), (words(&["start", unit]), false)]
        }
    }
}

/// Asks how a unit is.
pub fn ask(manager: Manager, unit: &str) -> Vec<String> {
    let service = format!("{unit}.service");
    let words: &[&str] = match manager {
        Manager::Systemd => {
            &["systemctl", "show", "-p", "LoadState", "-p", "ActiveState", "-p", "UnitFileState", &service]
        }
        Manager::Upstart => &["status", unit],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Reads the answer.
pub fn state(manager: Manager, text: &str) -> State {
    let is = |line: &str| text.lines().any(|found| found.trim() == line);
    match manager {
        Manager::Systemd => {
            let exists = !is("LoadState=not-found") && text.contains("LoadState=");
            let stopped = is("ActiveState=inactive") || is("ActiveState=failed");
            let (active, enabled) = (is("ActiveState=active"), is("UnitFileState=enabled"));
            State { exists, active, not_stopped: exists && !stopped, enabled }
        }
        Manager::Upstart => {
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
pub fn needed(manager: Manager, role: &Role, unit: &str, ran: bool) -> Vec<Vec<String>> {
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
    use crate::deploy::host_state::Manager;

    #[test]
    fn upstart_stops_what_may_be_stopped_already() {
        let said: Vec<_> = commands(Manager::Upstart, Verb::Restart, "a")
            .into_iter()
            .map(|c| (c.0.join(" "), c.1))
            .collect();
        assert_eq!(said, [("stop a".to_owned(), true), ("start a".to_owned(), false)]);
        let state = |text: &str| state(Manager::Upstart, text);
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
                Manager::Systemd,
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
        assert_eq!(super::state(Manager::Systemd, ""), State::default());
    }
}
