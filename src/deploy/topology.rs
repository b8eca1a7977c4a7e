//! Which host has which roles: each host once, in the order of the lists, with
//! the units of its roles.

use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::settings::DeploySettings;
use crate::runner::app::AppName;

/// A host and its roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyHost {
    /// The name, as it is passed to ssh.
    pub name: String,
    pub role_units: Vec<RoleUnit>,
}

impl TopologyHost {
    /// The unit of a role, if the host has that role.
    pub fn unit(&self, role: &Role) -> Option<&str> {
        self.role_units.iter().find(|unit| unit.role == *role).map(|unit| unit.unit.as_str())
    }
}

/// All hosts of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// In the order of the lists, web first; the first host runs the tasks.
    pub hosts: Vec<TopologyHost>,
    /// No host is configured: only this machine, with those of the standard
    /// units that it has.
    pub local_only: bool,
}

/// This machine, which is reached without ssh.
pub const LOCAL: &str = "localhost";

impl Topology {
    /// Arranges the hosts of the settings.
    pub fn new(settings: &DeploySettings) -> Self {
        let mut topology = Self { hosts: Vec::new(), local_only: settings.hosts.is_empty() };
        for (role, names) in &settings.hosts {
            names.iter().for_each(|name| topology.add(name, RoleUnit::new(role.clone(), &settings.app)));
        }
        if topology.local_only {
            let standard = [Role::Web, Role::Worker, Role::Beat];
            standard.into_iter().for_each(|role| topology.add(LOCAL, RoleUnit::new(role, &settings.app)));
        }
        topology
    }

    fn add(&mut self, name: &str, unit: RoleUnit) {
        match self.hosts.iter_mut().find(|host| host.name == name) {
            Some(host) if host.role_units.contains(&unit) => {}
            Some(host) => host.role_units.push(unit),
            None => self.hosts.push(TopologyHost { name: name.to_owned(), role_units: vec![unit] }),
        }
    }

    /// The hosts that have a role, in order: index in [`Self::hosts`] and unit.
    pub fn hosts_with<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = (usize, &'a str)> {
        let unit = move |(index, host): (usize, &'a TopologyHost)| host.unit(role).map(|unit| (index, unit));
        self.hosts.iter().enumerate().filter_map(unit)
    }

    /// The units to inspect on a host: those of its roles, and beat's, which
    /// may run on a host where it should not.
    pub fn units_to_inspect(&self, host: usize, app: &AppName) -> Vec<RoleUnit> {
        let mut units = self.hosts[host].role_units.clone();
        let beat = RoleUnit::new(Role::Beat, app);
        if self.hosts_with(&Role::Beat).next().is_some() && !units.contains(&beat) {
            units.push(beat);
        }
        units
    }

    /// The roles other than web and beat, in the order of the lists.
    pub fn worker_roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = Vec::new();
        for unit in self.hosts.iter().flat_map(|host| &host.role_units) {
            let is_worker = match &unit.role {
                Role::Web | Role::Beat => false,
                Role::Worker | Role::Other(_) => true,
            };
            if is_worker && !roles.contains(&unit.role) {
                roles.push(unit.role.clone());
            }
        }
        roles
    }
}

#[cfg(test)]
mod tests {
    use super::{LOCAL, Role, RoleUnit, Topology};
    use crate::runner::app::AppName;

    fn app() -> AppName {
        AppName::parse("site".as_ref()).unwrap()
    }

    fn unit(role: Role) -> RoleUnit {
        RoleUnit::new(role, &app())
    }

    fn topology(units: &[(&str, Role)]) -> Topology {
        let mut topology = Topology { hosts: Vec::new(), local_only: false };
        units.iter().for_each(|(name, role)| topology.add(name, unit(role.clone())));
        topology
    }

    #[test]
    fn a_host_has_a_role_once() {
        let topology = topology(&[("web1", Role::Web), ("web1", Role::Worker), ("web1", Role::Web)]);
        assert_eq!(topology.hosts.len(), 1);
        assert_eq!(topology.hosts[0].role_units, [unit(Role::Web), unit(Role::Worker)]);
    }

    #[test]
    fn beat_is_inspected_everywhere_if_a_host_has_it() {
        let without = topology(&[("web1", Role::Web)]);
        assert_eq!(without.units_to_inspect(0, &app()), [unit(Role::Web)]);
        let with = topology(&[("web1", Role::Web), (LOCAL, Role::Beat)]);
        assert_eq!(with.units_to_inspect(0, &app()), [unit(Role::Web), unit(Role::Beat)]);
        assert_eq!(with.units_to_inspect(1, &app()), [unit(Role::Beat)]);
    }
}
