//! How things are on this host: facts, and what stands in the way.

use super::machine::Machine;
use super::{Agent, SHORT, docker, units};
use crate::deploy::action::Answer;
use crate::deploy::facts::{Facts, Manager, Trouble, Unit};
use crate::deploy::failure::Failure;
use crate::deploy::tag::Marks;
use crate::deploy::topology::Part;

impl<M: Machine> Agent<M> {
    /// Tells all of it at once; what is wrong goes into `troubles`.
    pub(super) fn look(
        &mut self,
        parts: &[Part],
        tag: Option<&str>,
        health: bool,
    ) -> Result<Answer, Failure> {
        let (names, sudo) = (self.machine.names(), !self.machine.is_root());
        let mut facts = Facts { names, sudo, ..Facts::default() };
        self.look_at_files(&mut facts);
        let docker = self.look_at_docker(&mut facts);
        facts.sudo_docker = self.sudo_docker;
        if docker {
            self.look_at_images(&mut facts, tag)?;
        }
        self.look_at_units(&mut facts, parts, docker, health)?;
        Ok(Answer::Facts(Box::new(facts)))
    }

    /// TAG and REVERT.
    pub(super) fn marks(&self) -> Result<Marks, Failure> {
        let folder = self.folder();
        Ok(Marks { tag: self.text(&folder.join("TAG"))?, revert: self.text(&folder.join("REVERT"))? })
    }

    fn look_at_files(&mut self, facts: &mut Facts) {
        match self.image_name() {
            Ok(image) => facts.image = Some(image),
            Err(error) => facts.troubles.push(Trouble::Config(error.to_string())),
        }
        let folder = self.folder();
        match self.marks() {
            Ok(marks) => facts.marks = marks,
            Err(error) => facts.troubles.push(Trouble::Config(error.to_string())),
        }
        let wrong = |text: &Option<String>, value: Option<String>| text.is_some() && value.is_none();
        for (name, bad) in [
            ("TAG", wrong(&facts.marks.tag, facts.marks.tag())),
            ("REVERT", wrong(&facts.marks.revert, facts.marks.revert())),
        ] {
            if bad {
                facts.troubles.push(Trouble::Mark { path: folder.join(name).display().to_string() });
            }
        }
        if let Err(error) = self.machine.writable(&folder) {
            let path = folder.display().to_string();
            facts.troubles.push(Trouble::Folder { path, text: error.to_string() });
        }
        self.look_at_journal(facts);
    }

    fn look_at_journal(&mut self, facts: &mut Facts) {
        let journal = self.journal();
        match journal.open(&self.machine) {
            Ok(open) => facts.open = open,
            Err(error) => facts.troubles.push(state(&error)),
        }
        match journal.history(&self.machine) {
            Ok(history) => facts.history = history,
            Err(error) => facts.troubles.push(state(&error)),
        }
        // What the history has closed is closed, though the journal lies there.
        let ended = |id: &str| facts.history.iter().any(|entry| entry.ticket.id == id);
        facts.open = facts.open.take().filter(|open| !ended(&open.ticket.id));
        if !self.locked && self.machine.locked(&journal.lock()) {
            facts.holder = self.holder().or_else(|| Some(super::unknown()));
        }
    }

    /// Whether Docker answers, by itself or through sudo.
    fn look_at_docker(&mut self, facts: &mut Facts) -> bool {
        self.sudo_docker = false;
        let Err(error) = self.says_yes(&docker::version()) else { return true };
        if !self.machine.is_root() {
            self.sudo_docker = true;
            if self.says_yes(&docker::version()).is_ok() {
                return true;
            }
            self.sudo_docker = false;
        }
        facts.troubles.push(Trouble::Docker(match &error {
            Failure::Command { said, .. } if said.contains("permission denied") => {
                "permission denied; the deploying user must be in the group docker, or allowed sudo -n docker"
                    .into()
            }
            _ => error.to_string(),
        }));
        false
    }

    fn look_at_images(&mut self, facts: &mut Facts, tag: Option<&str>) -> Result<(), Failure> {
        if let Ok(folder) = self.call(&docker::root_folder(), SHORT) {
            facts.free = self.machine.free(folder.trim().as_ref());
        }
        let Some(image) = facts.image.clone() else { return Ok(()) };
        if let Some(now) = facts.marks.tag() {
            facts.current = self.image(&format!("{image}:{now}"))?;
        }
        if let Some(tag) = tag {
            facts.coming = self.image(&format!("{image}:{tag}"))?;
        }
        Ok(())
    }

    fn look_at_units(
        &mut self,
        facts: &mut Facts,
        parts: &[Part],
        docker: bool,
        health: bool,
    ) -> Result<(), Failure> {
        let Some(manager) = units::manager(&self.machine, &self.root) else {
            facts.troubles.push(Trouble::NoManager);
            return Ok(());
        };
        facts.manager = Some(manager);
        for part in parts {
            let unit = self.look_at_unit(manager, part, docker, health)?;
            facts.units.push(unit);
        }
        if !self.machine.is_root() {
            self.look_at_permission(facts, manager, parts);
        }
        Ok(())
    }

    /// The first command that sudo does not allow; the others are most often like it.
    fn look_at_permission(&mut self, facts: &mut Facts, manager: Manager, parts: &[Part]) {
        let there: Vec<&Part> =
            parts.iter().filter(|part| facts.unit(&part.unit).is_some_and(|unit| unit.exists)).collect();
        for command in there.iter().flat_map(|part| units::needed(manager, &part.role, &part.unit)) {
            if let Err(error) = self.says_yes(&units::permission(&command)) {
                facts.troubles.push(Trouble::Manager(match error {
                    Failure::Command { .. } => {
                        format!("sudo does not let us do '{}' without a password", super::line(&command))
                    }
                    error => error.to_string(),
                }));
                return;
            }
        }
    }

    fn look_at_unit(
        &mut self,
        manager: Manager,
        part: &Part,
        docker: bool,
        health: bool,
    ) -> Result<Unit, Failure> {
        let (exists, active) = self.unit_state(manager, &part.unit)?;
        let mut unit =
            Unit { name: part.unit.clone(), exists, active, health: None, since: None, runs: None };
        if exists && docker && health {
            unit.health = Some(self.look_at_health(part)?);
            if let Some((since, tag)) = self.since(part)?.filter(|_| active) {
                (unit.since, unit.runs) = (Some(since), tag);
            }
        }
        Ok(unit)
    }
}

fn state(error: &Failure) -> Trouble {
    match error {
        Failure::Read { path, text } => Trouble::State { path: path.clone(), text: text.clone() },
        other => Trouble::Config(other.to_string()),
    }
}
