//! What people should know before a plan is carried out.

use crate::deploy::plan::Planner;
use crate::deploy::topology::{Role, RoleUnit};

impl Planner<'_> {
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let topology = self.given.topology;
        let web: Vec<usize> = topology.with(&Role::Web).map(|(host, _)| host).collect();
        if let [only] = web.as_slice() {
            let name = &topology.hosts[*only].name;
            notes.push(format!("{name} is the only web host: requests are lost while it restarts"));
        }
        notes.extend(self.notes_on_beat());
        for (host, facts) in topology.hosts.iter().zip(self.facts) {
            if let Some(open) = &facts.open {
                let (kind, tag) = (open.ticket.kind.name(), &open.ticket.tag);
                let name = &host.name;
                notes.push(format!(
                    "{name}: a {kind} of {tag} was cut off at stage {}; this one takes up from there",
                    open.stage
                ));
            }
        }
        notes
    }

    /// Beat on a host where it should not be: that it stops, and what would
    /// start it again.
    fn notes_on_beat(&self) -> Vec<String> {
        let (topology, mut notes) = (self.given.topology, Vec::new());
        let part = RoleUnit::new(Role::Beat, &self.given.settings.app);
        for (home, unit) in topology.with(&Role::Beat) {
            let home_name = &topology.hosts[home].name;
            for stray in self.strays(home, &part) {
                let name = &topology.hosts[stray].name;
                if self.runs(stray, &part) {
                    notes.push(format!("{name}: {unit} stops here, and starts on {home_name}"));
                }
                if self.facts[stray].unit(unit).is_some_and(|unit| unit.enabled) {
                    notes.push(format!(
                        "{name}: {unit} would start again with the host, beside {home_name}'s: \
                         systemctl disable {unit}.service"
                    ));
                }
            }
        }
        notes
    }
}
