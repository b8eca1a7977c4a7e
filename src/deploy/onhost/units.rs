//! The service managers' commands as values, and what their answers say.

use super::machine::Machine;
use crate::deploy::facts::Manager;
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

/// Which manager the host has (sd_booted(3) tells systemd by that folder).
pub fn manager(machine: &dyn Machine, root: &Root) -> Option<Manager> {
    let there = |path: &str| machine.there(&root.0.join(path));
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
        Manager::Systemd => &["systemctl", "show", "-p", "LoadState", "-p", "ActiveState", &service],
        Manager::Upstart => &["status", unit],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Reads the answer: whether there is such a unit, and whether it runs.
pub fn state(manager: Manager, text: &str) -> (bool, bool) {
    match manager {
        Manager::Systemd => {
            let is = |line: &str| text.lines().any(|found| found.trim() == line);
            (!is("LoadState=not-found") && text.contains("LoadState="), is("ActiveState=active"))
        }
        Manager::Upstart => (text.contains('/'), text.contains("start/running")),
    }
}

/// The commands that a deploy needs for a unit: beat stops before it starts.
pub fn needed(manager: Manager, role: &Role, unit: &str) -> Vec<Vec<String>> {
    let verbs: &[Verb] = match role {
        Role::Beat => &[Verb::Restart, Verb::Stop, Verb::Start],
        _ => &[Verb::Restart],
    };
    verbs.iter().filter_map(|verb| commands(manager, *verb, unit).pop()).map(|(words, _)| words).collect()
}

/// The last that a unit said, as systemd kept it.
pub fn last_words(unit: &str) -> Vec<String> {
    ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "20", "-u", unit].map(str::to_owned).to_vec()
}

/// Whether we may do that: `sudo -l` tells without doing it, `-n` asks for no
/// password.
pub fn permission(command: &[String]) -> Vec<String> {
    let words = ["sudo", "-n", "-l"].into_iter().map(str::to_owned);
    words.chain(command.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Verb, commands, state};
    use crate::deploy::facts::Manager;

    #[test]
    fn upstart_stops_what_may_be_stopped_already() {
        let said: Vec<_> = commands(Manager::Upstart, Verb::Restart, "a")
            .into_iter()
            .map(|c| (c.0.join(" "), c.1))
            .collect();
        assert_eq!(said, [("stop a".to_owned(), true), ("start a".to_owned(), false)]);
        assert_eq!(state(Manager::Upstart, "a start/running, process 7\n"), (true, true));
        assert_eq!(state(Manager::Upstart, "a stop/waiting\n"), (true, false));
        assert_eq!(state(Manager::Upstart, "status: Unknown job: a\n"), (false, false));
    }

    #[test]
    fn systemd_tells_a_unit_that_is_not_there() {
        assert_eq!(state(Manager::Systemd, "LoadState=loaded\nActiveState=active\n"), (true, true));
        assert_eq!(state(Manager::Systemd, "LoadState=loaded\nActiveState=activating\n"), (true, false));
        assert_eq!(state(Manager::Systemd, "LoadState=not-found\nActiveState=inactive\n"), (false, false));
        assert_eq!(state(Manager::Systemd, ""), (false, false));
    }
}
