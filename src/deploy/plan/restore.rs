//! What undoes a step: a host as it was before, as actions. The files come
//! first, for whatever starts then reads them.

use crate::deploy::host_state::Health;
use crate::deploy::plan::Planner;
use crate::deploy::protocol::request::Request;
use crate::deploy::topology::{Role, RoleUnit};

impl Planner<'_> {
    /// A host's units, and beat's where it ran though it should not.
    pub(super) fn parts_before(&self, host: usize) -> Vec<RoleUnit> {
        let mut parts = self.given.topology.hosts[host].parts.clone();
        let beat = RoleUnit::new(Role::Beat, &self.given.settings.app);
        if !parts.contains(&beat) && self.before[host].unit(&beat.unit).is_some() {
            parts.push(beat);
        }
        parts
    }

    fn was_active(&self, host: usize, part: &RoleUnit) -> bool {
        self.before[host].unit(&part.unit).is_some_and(|unit| unit.active)
    }

    /// The old tag with its old image behind it.
    pub(super) fn restore(&self, host: usize) -> Vec<Request> {
        let mark = Request::Mark { marks: self.before[host].marks.clone() };
        self.retag(host).into_iter().chain([mark]).collect()
    }

    /// A pull of the same tag may bring another image: the old one keeps its name.
    pub(super) fn retag(&self, host: usize) -> Option<Request> {
        let (facts, before) = (&self.facts[host], &self.before[host]);
        let tag = before.tag()?;
        // A push that was cut off may have pulled it, whatever this one pulls.
        let pulled = facts.open.is_some() || tag == self.ticket.tag;
        let image = before.image.as_ref().filter(|_| pulled && !tag.contains('@'))?;
        let name = format!("{}:{tag}", facts.image.as_deref()?);
        Some(Request::Retag { id: image.id.clone(), name })
    }

    /// Puts a unit back.
    pub(super) fn undo(&self, host: usize, part: &RoleUnit) -> Vec<Request> {
        let mut undo = self.restore(host);
        self.restore_unit(host, part, &mut undo);
        undo
    }

    /// What a unit was: stopped, or running, and well if it was well.
    fn restore_unit(&self, host: usize, part: &RoleUnit, undo: &mut Vec<Request>) {
        let before = &self.before[host];
        let Some(unit) = before.unit(&part.unit).filter(|unit| unit.active) else {
            undo.push(Request::Stop { part: part.clone() });
            return;
        };
        undo.push(self.restarted(part));
        if matches!(unit.health, Some(Health::Good(_))) {
            let mut gate = self.gate(part, before.tag(), false);
            if let Request::Gate { url, .. } = &mut gate
                && !unit.answers
            {
                *url = None;
            }
            undo.push(gate);
        }
    }

    /// Units that run and ran do so with the old tag, whatever started them
    /// meanwhile. For others see [`Self::resume_undo`].
    pub(super) fn ensure(&self, host: usize, undo: &mut Vec<Request>) {
        let tag = self.before[host].tag();
        for part in self.parts_before(host) {
            if self.runs(host, &part) && self.was_active(host, &part) {
                undo.push(Request::Ensure { part, tag: tag.clone() });
            }
        }
    }

    /// A push that was cut off may have left the host half way, and its
    /// journal ends with this push: what it left is put back as well.
    pub(super) fn resume_undo(&self, host: usize) -> Vec<Request> {
        let facts = &self.facts[host];
        if facts.open.is_none() {
            return Vec::new();
        }
        let (mut undo, tag) = (self.restore(host), self.before[host].tag());
        for part in self.parts_before(host) {
            let now = facts.unit(&part.unit).filter(|unit| unit.active);
            match (self.was_active(host, &part), now) {
                (true, Some(unit)) if unit.runs == tag => {
                    undo.push(Request::Ensure { part, tag: tag.clone() });
                }
                (false, None) => {}
                _ => self.restore_unit(host, &part, &mut undo),
            }
        }
        undo
    }
}
