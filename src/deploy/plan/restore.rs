//! The requests that restore a host to its snapshot. The files come first,
//! because whatever starts afterwards reads them.

use crate::deploy::check_url::Check;
use crate::deploy::host_state::{Health, Snapshot};
use crate::deploy::plan::PlanInput;
use crate::deploy::protocol::request::Request;
use crate::deploy::role::{Role, RoleUnit};
use crate::deploy::settings::DeploySettings;

/// Restores one host.
pub(super) struct Restore<'a> {
    pub(super) input: PlanInput<'a>,
    pub(super) host: usize,
    pub(super) snapshot: &'a Snapshot,
}

impl Restore<'_> {
    /// The old tag, with its old image.
    pub(super) fn files(&self) -> Vec<Request> {
        let write_tag_files = Request::WriteTagFiles { tag_files: self.snapshot.tag_files.clone() };
        self.retag().into_iter().chain([write_tag_files]).collect()
    }

    /// Gives the old image its name back: a pull of the same tag may bring
    /// another image.
    pub(super) fn retag(&self) -> Option<Request> {
        let state = &self.input.host_states[self.host];
        let tag = self.snapshot.tag()?;
        // An interrupted push may have pulled that tag, whatever this one pulls.
        let pulled = state.open_deploy.is_some() || tag == self.input.ticket.tag;
        let image = self.snapshot.image.as_ref().filter(|_| pulled && !tag.contains('@'))?;
        let name = format!("{}:{tag}", state.image.as_deref()?);
        Some(Request::Retag { id: image.id.clone(), name })
    }

    /// The files and one unit.
    pub(super) fn unit(&self, unit: &RoleUnit) -> Vec<Request> {
        [self.files(), self.unit_state(unit)].concat()
    }

    /// The state of a unit: stopped, or running and, if it was healthy, healthy.
    fn unit_state(&self, unit: &RoleUnit) -> Vec<Request> {
        let Some(before) = self.snapshot.unit(&unit.unit).filter(|before| before.active) else {
            return vec![Request::Stop { unit: unit.clone() }];
        };
        let settings = self.input.settings;
        let mut requests = vec![restart(settings, unit)];
        match before.health {
            Some(Health::Healthy(_)) => {
                let url = check_url(settings, unit).filter(|_| before.check_url_ok);
                let (unit, tag, patience) = (unit.clone(), self.snapshot.tag(), settings.patience);
                requests.push(Request::Gate { unit, tag, url, patience });
            }
            Some(Health::Unhealthy(_)) | None => {}
        }
        requests
    }

    /// Units that ran before and run now must run the old tag, whatever started
    /// them meanwhile. For other units see [`Self::resume_undo`].
    pub(super) fn ensure(&self) -> Vec<Request> {
        let tag = self.snapshot.tag();
        let units = self.units().into_iter();
        units
            .filter(|unit| self.input.is_active(self.host, unit) && self.was_active(unit))
            .map(|unit| Request::Ensure { unit, tag: tag.clone() })
            .collect()
    }

    /// Undoes what an interrupted push left on the host: its journal ends with
    /// this push.
    pub(super) fn resume_undo(&self) -> Vec<Request> {
        let state = &self.input.host_states[self.host];
        if state.open_deploy.is_none() {
            return Vec::new();
        }
        let (mut undo, tag) = (self.files(), self.snapshot.tag());
        for unit in self.units() {
            let now = state.unit(&unit.unit).filter(|now| now.active);
            match (self.was_active(&unit), now) {
                (true, Some(now)) if now.running_tag == tag => {
                    undo.push(Request::Ensure { unit, tag: tag.clone() });
                }
                (false, None) => {}
                (true, Some(_) | None) | (false, Some(_)) => undo.extend(self.unit_state(&unit)),
            }
        }
        undo
    }

    /// The host's units, and beat's if it was in the snapshot of a host where
    /// it should not run.
    fn units(&self) -> Vec<RoleUnit> {
        let mut units = self.input.topology.hosts[self.host].role_units.clone();
        let beat = RoleUnit::new(Role::Beat, &self.input.settings.app);
        if !units.contains(&beat) && self.snapshot.unit(&beat.unit).is_some() {
            units.push(beat);
        }
        units
    }

    fn was_active(&self, unit: &RoleUnit) -> bool {
        self.snapshot.unit(&unit.unit).is_some_and(|before| before.active)
    }
}

pub(super) fn restart(settings: &DeploySettings, unit: &RoleUnit) -> Request {
    Request::Restart { unit: unit.clone(), patience: settings.patience }
}

/// The URL that the unit must answer: CHECK_URL for web.
pub(super) fn check_url(settings: &DeploySettings, unit: &RoleUnit) -> Option<Check> {
    settings.check_url.clone().filter(|_| unit.role == Role::Web)
}

#[cfg(test)]
mod tests {
    use super::{PlanInput, Request, Restore, Role, RoleUnit, Snapshot};
    use crate::deploy::host_state::{HostState, InspectedUnit, OpenDeploy};
    use crate::deploy::tag_files::{TagFiles, render};
    use crate::deploy::test_values::{settings, ticket};
    use crate::deploy::topology::{Topology, TopologyHost};
    use crate::runner::app::AppName;

    fn inspected(name: &str, active: bool) -> InspectedUnit {
        let running_tag = active.then(|| "old".to_owned());
        InspectedUnit { name: name.to_owned(), active, running_tag, ..InspectedUnit::default() }
    }

    /// Before the push web and beat were active, now web and the worker are.
    #[test]
    fn only_a_unit_that_was_active_and_is_active_is_left_running() {
        let app = AppName::parse("site".as_ref()).unwrap();
        let [web, worker, beat] = [Role::Web, Role::Worker, Role::Beat].map(|role| RoleUnit::new(role, &app));
        let ticket = ticket("1");
        let tag_files = TagFiles { tag_text: Some(render("old")), revert_text: None };
        let units = |worker, beat| {
            vec![inspected("site", true), inspected("site-worker", worker), inspected("site-beat", beat)]
        };
        let snapshot =
            Snapshot { tag_files: tag_files.clone(), units: units(false, true), ..Snapshot::default() };
        let (stage, snapshot_of_open) = ("web".to_owned(), snapshot.clone());
        let (ticket_of_open, step) = (ticket.clone(), None);
        let open =
            OpenDeploy { ticket: ticket_of_open, snapshot: snapshot_of_open, stage, step, migrated: false };
        let state = HostState { units: units(true, false), open_deploy: Some(open), ..HostState::default() };
        let settings = settings();
        let role_units = vec![web.clone(), worker.clone(), beat.clone()];
        let topology =
            Topology { hosts: vec![TopologyHost { name: "a".into(), role_units }], local_only: false };
        let input = PlanInput {
            settings: &settings,
            topology: &topology,
            host_states: std::slice::from_ref(&state),
            ticket: &ticket,
            pause: 0,
        };
        let restore = Restore { input, host: 0, snapshot: &snapshot };
        let ensure = Request::Ensure { unit: web, tag: Some("old".into()) };
        assert_eq!(restore.ensure(), std::slice::from_ref(&ensure));
        let undo = [
            Request::WriteTagFiles { tag_files },
            ensure,
            Request::Stop { unit: worker },
            Request::Restart { unit: beat, patience: 60 },
        ];
        assert_eq!(restore.resume_undo(), undo);
    }
}
