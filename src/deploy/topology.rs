//! Which host does what: hosts in the order they were named, each once, with
//! their roles and the units that go with them.

use crate::deploy::settings::DeploySettings;
use crate::runner::app::Name;
use serde::{Deserialize, Serialize};

/// What a host is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Serves requests; unit `APP`.
    Web,
    /// Celery's worker; unit `APP-worker`.
    Worker,
    /// Celery's beat, of which there is one; unit `APP-beat`.
    Beat,
    /// One of `ROLES`; unit `APP-ROLE`.
    Other(String),
}

impl Role {
    /// The role's name; also the end of its unit's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Web => "web",
            Self::Worker => "worker",
            Self::Beat => "beat",
            Self::Other(name) => name,
        }
    }

    /// The process of `docker-entrypoint` that it runs.
    pub fn process(&self) -> &str {
        if *self == Self::Web { "run" } else { self.name() }
    }

    /// The unit that runs it.
    pub fn unit(&self, app: &Name) -> String {
        match self {
            Self::Web => app.dashed(),
            other => format!("{}-{}", app.dashed(), other.name()),
        }
    }
}

/// A role on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleUnit {
    /// The role.
    pub role: Role,
    /// Its unit.
    pub unit: String,
}

impl RoleUnit {
    /// The role of an app.
    pub fn new(role: Role, app: &Name) -> Self {
        Self { unit: role.unit(app), role }
    }
}

/// A host with its roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyHost {
    /// The name, as `ssh` takes it.
    pub name: String,
    /// What it is for; may be several.
    pub parts: Vec<RoleUnit>,
}

impl TopologyHost {
    /// The unit of a role, where the host has it.
    pub fn unit(&self, role: &Role) -> Option<&str> {
        self.parts.iter().find(|part| part.role == *role).map(|part| part.unit.as_str())
    }
}

/// All hosts of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// In the order they were named, web first; the first one runs the tasks.
    pub hosts: Vec<TopologyHost>,
    /// No host was named: this machine, with those of the usual units it has.
    pub alone: bool,
}

/// The machine we are on, which needs no ssh.
pub const LOCAL: &str = "localhost";

impl Topology {
    /// Arranges the hosts of the settings.
    pub fn new(settings: &DeploySettings) -> Self {
        let mut topology = Self { hosts: Vec::new(), alone: settings.hosts.is_empty() };
        for (role, names) in &settings.hosts {
            names.iter().for_each(|name| topology.add(name, RoleUnit::new(role.clone(), &settings.app)));
        }
        if topology.alone {
            let usual = [Role::Web, Role::Worker, Role::Beat];
            usual.into_iter().for_each(|role| topology.add(LOCAL, RoleUnit::new(role, &settings.app)));
        }
        topology
    }

    fn add(&mut self, name: &str, part: RoleUnit) {
        match self.hosts.iter_mut().find(|host| host.name == name) {
            Some(host) if host.parts.contains(&part) => {}
            Some(host) => host.parts.push(part),
            None => self.hosts.push(TopologyHost { name: name.to_owned(), parts: vec![part] }),
        }
    }

    /// The hosts of a role, in order, as positions in [`Self::hosts`].
    pub fn with<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = (usize, &'a str)> {
        let unit = move |(at, host): (usize, &'a TopologyHost)| host.unit(role).map(|unit| (at, unit));
        self.hosts.iter().enumerate().filter_map(unit)
    }

    /// The units to look at on a host: its own, and beat's on every host, for
    /// it may run where it should not.
    pub fn looked_at(&self, host: usize, app: &Name) -> Vec<RoleUnit> {
        let mut parts = self.hosts[host].parts.clone();
        let beat = RoleUnit::new(Role::Beat, app);
        if self.with(&Role::Beat).next().is_some() && !parts.contains(&beat) {
            parts.push(beat);
        }
        parts
    }

    /// The roles beside web and beat, in the order they were named.
    pub fn worker_roles(&self) -> Vec<Role> {
        let mut roles: Vec<Role> = Vec::new();
        for part in self.hosts.iter().flat_map(|host| &host.parts) {
            if !matches!(part.role, Role::Web | Role::Beat) && !roles.contains(&part.role) {
                roles.push(part.role.clone());
            }
        }
        roles
    }
}
