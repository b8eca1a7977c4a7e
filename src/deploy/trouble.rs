//! What stands in the way of a deploy: all of it found at once, before
//! anything changes.

use super::facts::{Facts, Trouble};
use super::topology::{Host, Part, Role, Topology};

/// What stands in the way at a host, or between hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hindrance {
    /// What the host itself found.
    #[error(transparent)]
    Host(#[from] Trouble),
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
pub fn find(topology: &Topology, facts: &[Facts]) -> Vec<(String, Hindrance)> {
    let mut found = Vec::new();
    for (host, facts) in topology.hosts.iter().zip(facts) {
        let mut add = |hindrance| found.push((host.name.clone(), hindrance));
        facts.troubles.iter().for_each(|trouble| add(Hindrance::Host(trouble.clone())));
        if facts.manager.is_some() {
            missing(host, facts).for_each(|unit| add(Hindrance::NoUnit { unit }));
        }
        if let Some(free) = facts.free.filter(|free| *free < LEAST) {
            add(Hindrance::Full { free: free >> 20 });
        }
    }
    found.extend(other_images(topology, facts));
    found
}

fn missing<'a>(host: &'a Host, facts: &'a Facts) -> impl Iterator<Item = String> + 'a {
    let there = |unit: &str| facts.unit(unit).is_some_and(|unit| unit.exists);
    host.parts.iter().map(|part| part.unit.clone()).filter(move |unit| !there(unit))
}

fn other_images(topology: &Topology, facts: &[Facts]) -> Option<(String, Hindrance)> {
    let mut images = topology
        .hosts
        .iter()
        .zip(facts)
        .filter_map(|(host, facts)| facts.image.as_deref().map(|image| (host.name.as_str(), image)));
    let (other, there) = images.next()?;
    let (host, here) = images.find(|(_, image)| *image != there)?;
    let (here, there, other) = (here.to_owned(), there.to_owned(), other.to_owned());
    Some((host.to_owned(), Hindrance::OtherImage { here, there, other }))
}

/// The topology without the units that nobody asked for and that are not
/// there: with no host named, it is what this machine has.
pub fn fitted(topology: &Topology, facts: &[Facts]) -> Topology {
    let mut topology = topology.clone();
    if !topology.alone {
        return topology;
    }
    for (host, facts) in topology.hosts.iter_mut().zip(facts) {
        let there = |part: &Part| facts.unit(&part.unit).is_some_and(|unit| unit.exists);
        if host.parts.iter().any(there) {
            host.parts.retain(there);
        } else {
            host.parts.retain(|part| part.role == Role::Web);
        }
    }
    topology
}
