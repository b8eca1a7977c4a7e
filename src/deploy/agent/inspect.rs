//! How things are on this host: facts, and what stands in the way.

use super::machine::Machine;
use super::units::{self, State};
use super::{Agent, SHORT, docker};
use crate::deploy::check_url::Check;
use crate::deploy::host_state::{HostBlocker, HostState, Manager, Unit};
use crate::deploy::protocol::request::Incoming;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::tag_files::TagFiles;
use crate::deploy::topology::{Role, RoleUnit};

impl<M: Machine> Agent<M> {
    /// Tells all of it at once; what is wrong goes into `troubles`.
    pub(super) fn look(
        &mut self,
        parts: &[RoleUnit],
        coming: Option<&Incoming>,
        health: bool,
    ) -> Result<Response, StepError> {
        let (names, sudo) = (self.machine.names(), !self.machine.is_root());
        let mut facts = HostState { names, sudo, ..HostState::default() };
        self.look_at_files(&mut facts);
        let docker = self.look_at_docker(&mut facts);
        facts.sudo_docker = self.sudo_docker;
        if docker {
            self.look_at_images(&mut facts, coming)?;
        }
        self.look_at_units(&mut facts, parts, docker, health)?;
        if let Some(url) = coming.and_then(|coming| coming.url.as_ref()) {
            self.look_at_answers(&mut facts, parts, url);
        }
        if !self.machine.is_root() {
            self.look_at_permission(&mut facts, parts, coming);
        }
        Ok(Response::Facts(Box::new(facts)))
    }

    /// TAG and REVERT.
    pub(super) fn marks(&self) -> Result<TagFiles, StepError> {
        let folder = self.folder();
        Ok(TagFiles { tag: self.text(&folder.join("TAG"))?, revert: self.text(&folder.join("REVERT"))? })
    }

    fn look_at_files(&mut self, facts: &mut HostState) {
        match self.image_name() {
            Ok(image) => facts.image = Some(image),
            Err(error) => facts.troubles.push(HostBlocker::Config(error.to_string())),
        }
        let folder = self.folder();
        match self.marks() {
            Ok(marks) => facts.marks = marks,
            Err(error) => facts.troubles.push(HostBlocker::Config(error.to_string())),
        }
        let wrong = |text: &Option<String>, value: Option<String>| text.is_some() && value.is_none();
        for (name, bad) in [
            ("TAG", wrong(&facts.marks.tag, facts.marks.tag())),
            ("REVERT", wrong(&facts.marks.revert, facts.marks.revert())),
        ] {
            if bad {
                facts.troubles.push(HostBlocker::Mark { path: folder.join(name).display().to_string() });
            }
        }
        if let Err(error) = self.machine.writable(&folder) {
            let path = folder.display().to_string();
            facts.troubles.push(HostBlocker::Folder { path, text: error.to_string() });
        }
        self.look_at_journal(facts);
    }

    fn look_at_journal(&mut self, facts: &mut HostState) {
        let journal = self.journal();
        match journal.open(&self.machine) {
            Ok(open) => {
                facts.open = open.value;
                facts.troubles.extend(open.error.as_ref().map(state));
            }
            Err(error) => facts.troubles.push(state(&error)),
        }
        match journal.history(&self.machine) {
            Ok(history) => {
                facts.history = history.value;
                facts.troubles.extend(history.error.as_ref().map(state));
            }
            Err(error) => facts.troubles.push(state(&error)),
        }
        // What the history has closed is closed, though the journal lies there.
        let ended = |id: &str| facts.history.iter().any(|entry| entry.ticket.id == id);
        facts.open = facts.open.take().filter(|open| !ended(&open.ticket.id));
        if !self.locked && self.machine.locked(&journal.lock()) {
            facts.holder = Some(self.holder());
        }
    }

    /// Whether Docker answers, by itself or through sudo.
    fn look_at_docker(&mut self, facts: &mut HostState) -> bool {
        self.sudo_docker = false;
        let Err(error) = self.succeeds(&docker::version()) else { return true };
        if !self.machine.is_root() {
            self.sudo_docker = true;
            if self.succeeds(&docker::version()).is_ok() {
                return true;
            }
            self.sudo_docker = false;
        }
        facts.troubles.push(HostBlocker::Docker(match &error {
            StepError::Command { said, .. } if said.contains("permission denied") => {
                "permission denied; the deploying user must be in the group docker, or allowed sudo -n docker"
                    .into()
            }
            _ => error.to_string(),
        }));
        false
    }

    fn look_at_images(&mut self, facts: &mut HostState, coming: Option<&Incoming>) -> Result<(), StepError> {
        if let Ok(folder) = self.call(&docker::root_folder(), SHORT) {
            facts.free = self.machine.free(folder.trim().as_ref());
        }
        let Some(image) = facts.image.clone() else { return Ok(()) };
        if let Some(now) = facts.marks.tag() {
            facts.current = self.image(&format!("{image}:{now}"))?;
        }
        if let Some(coming) = coming {
            facts.coming = self.image(&format!("{image}:{}", coming.tag))?;
        }
        Ok(())
    }

    fn look_at_units(
        &mut self,
        facts: &mut HostState,
        parts: &[RoleUnit],
        docker: bool,
        health: bool,
    ) -> Result<(), StepError> {
        let Some(manager) = units::manager(&self.machine, &self.root) else {
            facts.troubles.push(HostBlocker::NoManager);
            return Ok(());
        };
        facts.manager = Some(manager);
        for part in parts {
            let unit = self.look_at_unit(manager, part, docker, health)?;
            facts.units.push(unit);
        }
        Ok(())
    }

    /// Whether CHECK_URL answers now: what did not before need not after.
    fn look_at_answers(&mut self, facts: &mut HostState, parts: &[RoleUnit], url: &Check) {
        let web = parts.iter().filter(|part| part.role == Role::Web);
        for part in web {
            let unit = facts.units.iter_mut().find(|unit| unit.name == part.unit && unit.active);
            if let Some(unit) = unit {
                unit.answers = self.machine.ask(url).is_ok_and(|status| status < 400);
            }
        }
    }

    /// The first command that sudo does not allow; the others are most often
    /// like it. The first host has the tasks: docker-runner runs them, and
    /// where docker needs sudo, so does that.
    fn look_at_permission(&mut self, facts: &mut HostState, parts: &[RoleUnit], coming: Option<&Incoming>) {
        if let Some(coming) = coming.filter(|coming| self.sudo_docker && !coming.task.is_empty()) {
            let (own, app) = (self.machine.runner(), self.app.to_string());
            let task = super::image::runner(own, &self.options(), &coming.tag, &app, &coming.task);
            if let Some(text) = self.refused(&task) {
                facts.troubles.push(HostBlocker::Docker(text));
            }
        }
        let Some(manager) = facts.manager else { return };
        let before = facts.before();
        for part in parts {
            let Some(unit) = facts.unit(&part.unit).filter(|unit| unit.exists) else { continue };
            let ran = unit.active && before.unit(&part.unit).is_some_and(|unit| unit.active);
            for command in units::needed(manager, &part.role, &part.unit, ran) {
                if let Some(text) = self.refused(&command) {
                    facts.troubles.push(HostBlocker::Manager(text));
                    return;
                }
            }
        }
    }

    /// Why a command can't be done through sudo.
    fn refused(&mut self, command: &[String]) -> Option<String> {
        match self.succeeds(&units::permission(command)) {
            Ok(()) => None,
            Err(StepError::Command { .. }) => {
                Some(format!("sudo does not let us do '{}' without a password", super::line(command)))
            }
            Err(error) => Some(error.to_string()),
        }
    }

    fn look_at_unit(
        &mut self,
        manager: Manager,
        part: &RoleUnit,
        docker: bool,
        health: bool,
    ) -> Result<Unit, StepError> {
        let State { exists, active, not_stopped, enabled } = self.unit_state(manager, &part.unit)?;
        let mut unit = Unit {
            name: part.unit.clone(),
            exists,
            active: not_stopped,
            enabled,
            health: None,
            answers: false,
            since: None,
            runs: None,
        };
        if exists && docker && health {
            unit.health = Some(self.look_at_health(part)?);
            if let Some((since, tag)) = self.since(part)?.filter(|_| active) {
                (unit.since, unit.runs) = (Some(since), tag);
            }
        }
        Ok(unit)
    }
}

fn state(error: &StepError) -> HostBlocker {
    match error {
        StepError::Read { path, text } => HostBlocker::State { path: path.clone(), text: text.clone() },
        other => HostBlocker::Config(other.to_string()),
    }
}
