//! What stands in the way of a deploy: all of it found at once, before
//! anything changes.

use crate::deploy::host_state::{HostBlocker, HostState};
use crate::deploy::topology::{Role, RoleUnit, Topology, TopologyHost};

/// What stands in the way at a host, or between hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocker {
    /// What the host itself found.
    #[error(transparent)]
    Host(#[from] HostBlocker),
    /// It can't be reached, or its binary is not ours.
    #[error("{0}")]
    Connection(String),
    /// A unit is not there.
    #[error("there is no unit {unit}: docker-runner --unit systemd prints one")]
    NoUnit {
        /// The unit.
        unit: String,
    },
    /// The images have different names.
    #[error("IMAGE={here} here, but IMAGE={there} on {other}")]
    OtherImage {
        /// IMAGE here.
        here: String,
        /// IMAGE there.
        there: String,
        /// The other host.
        other: String,
    },
    /// Docker's disk is full.
    #[error("only {free} MB are free where Docker keeps its images: docker image prune makes room")]
    Full {
        /// What is free, in megabytes.
        free: u64,
    },
}

/// Less than this can hold no image, in bytes.
const LEAST: u64 = 50 << 20;

/// Everything that is wrong, by host.
pub fn find(topology: &Topology, facts: &[HostState]) -> Vec<(String, Blocker)> {
    let mut found = Vec::new();
    for (host, facts) in topology.hosts.iter().zip(facts) {
        let mut add = |hindrance| found.push((host.name.clone(), hindrance));
        facts.troubles.iter().for_each(|trouble| add(Blocker::Host(trouble.clone())));
        if facts.manager.is_some() {
            missing(host, facts).for_each(|unit| add(Blocker::NoUnit { unit }));
        }
        if let Some(free) = facts.free.filter(|free| *free < LEAST) {
            add(Blocker::Full { free: free >> 20 });
        }
    }
    found.extend(other_images(topology, facts));
    found
}

fn missing<'a>(host: &'a TopologyHost, facts: &'a HostState) -> impl Iterator<Item = String> + 'a {
    let there = |unit: &str| facts.unit(unit).is_some_and(|unit| unit.exists);
    host.parts.iter().map(|part| part.unit.clone()).filter(move |unit| !there(unit))
}

fn other_images(topology: &Topology, facts: &[HostState]) -> Option<(String, Blocker)> {
    let mut images = topology
        .hosts
        .iter()
        .zip(facts)
        .filter_map(|(host, facts)| facts.image.as_deref().map(|image| (host.name.as_str(), image)));
    let (other, there) = images.next()?;
    let (host, here) = images.find(|(_, image)| *image != there)?;
    let (here, there, other) = (here.to_owned(), there.to_owned(), other.to_owned());
    Some((host.to_owned(), Blocker::OtherImage { here, there, other }))
}

/// The topology without the units that nobody asked for and that are not
/// there: with no host named, it is what this machine has.
pub fn without_missing_units(topology: &Topology, facts: &[HostState]) -> Topology {
    let mut topology = topology.clone();
    if !topology.alone {
        return topology;
    }
    for (host, facts) in topology.hosts.iter_mut().zip(facts) {
        let there = |part: &RoleUnit| facts.unit(&part.unit).is_some_and(|unit| unit.exists);
        if host.parts.iter().any(there) {
            host.parts.retain(there);
        } else {
            host.parts.retain(|part| part.role == Role::Web);
        }
    }
    topology
}
