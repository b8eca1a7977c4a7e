//! The preflight: finds everything that prevents a rollout, before anything
//! changes.

use crate::deploy::blocker::Blocker;
use crate::deploy::error::Error;
use crate::deploy::host::Report;
use crate::deploy::host_state::HostState;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::topology::{Topology, TopologyHost};
use std::sync::atomic::{AtomicBool, Ordering};

/// The least free space, in bytes: less can't hold an image.
const MIN_FREE: u64 = 50 << 20;

/// All blockers, with the names of their hosts.
pub fn find(topology: &Topology, host_states: &[HostState]) -> Vec<(String, Blocker)> {
    let mut blockers = Vec::new();
    for (host, state) in topology.hosts.iter().zip(host_states) {
        let mut add = |blocker| blockers.push((host.name.clone(), blocker));
        state.blockers.iter().cloned().for_each(&mut add);
        if state.manager.is_some() {
            missing_units(host, state).for_each(|unit| add(Blocker::NoUnit { unit }));
        }
        if let Some(free) = state.free_bytes.filter(|free| *free < MIN_FREE) {
            add(Blocker::Full { free_mb: free >> 20 });
        }
    }
    blockers.extend(different_images(topology, host_states));
    blockers
}

/// Reports the blockers and fails if there are any.
pub(super) fn fail_on_blockers(
    report: &dyn Report,
    stop: &AtomicBool,
    blockers: &[(String, Blocker)],
) -> Result<(), Error> {
    if stop.load(Ordering::SeqCst) {
        return Err(Error::Interrupted);
    }
    blockers.iter().for_each(|(host, blocker)| report.blocker(host, &blocker.to_string()));
    if blockers.is_empty() { Ok(()) } else { Err(Error::Blocked) }
}

fn missing_units<'a>(host: &'a TopologyHost, state: &'a HostState) -> impl Iterator<Item = String> + 'a {
    let exists = |unit: &str| state.unit(unit).is_some_and(|unit| unit.exists);
    host.role_units.iter().map(|unit| unit.unit.clone()).filter(move |unit| !exists(unit))
}

fn different_images(topology: &Topology, host_states: &[HostState]) -> Option<(String, Blocker)> {
    let mut images = topology
        .hosts
        .iter()
        .zip(host_states)
        .filter_map(|(host, state)| state.image.as_deref().map(|image| (host.name.as_str(), image)));
    let (other, there) = images.next()?;
    let (host, here) = images.find(|(_, image)| *image != there)?;
    let (here, there, other) = (here.to_owned(), there.to_owned(), other.to_owned());
    Some((host.to_owned(), Blocker::OtherImage { here, there, other }))
}

/// The topology without units that are neither configured nor present. Without
/// configured hosts it has the standard units that this machine has.
pub fn without_missing_units(topology: &Topology, host_states: &[HostState]) -> Topology {
    let mut topology = topology.clone();
    if !topology.local_only {
        return topology;
    }
    for (host, state) in topology.hosts.iter_mut().zip(host_states) {
        let exists = |unit: &RoleUnit| state.unit(&unit.unit).is_some_and(|unit| unit.exists);
        if host.role_units.iter().any(exists) {
            host.role_units.retain(exists);
        } else {
            host.role_units.retain(|unit| unit.role == Role::Web);
        }
    }
    topology
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::deploy::blocker::Blocker;
    use crate::deploy::host_state::HostState;
    use crate::deploy::topology::{Topology, TopologyHost};

    #[test]
    fn a_host_needs_50_mebibytes() {
        let hosts = vec![TopologyHost { name: "web1".into(), role_units: vec![] }];
        let topology = Topology { hosts, local_only: false };
        let blockers = |free_bytes| find(&topology, &[HostState { free_bytes, ..HostState::default() }]);
        assert_eq!(blockers(Some((50 << 20) - 1)), [("web1".to_owned(), Blocker::Full { free_mb: 49 })]);
        assert_eq!((blockers(Some(50 << 20)), blockers(None)), (vec![], vec![]));
    }
}
