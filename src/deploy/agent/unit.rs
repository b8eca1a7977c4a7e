//! Units: stopped, started, looked at.

use super::docker::{self, Container};
use super::journal::JournalLine;
use super::machine::Machine;
use super::units::{self, State, Verb};
use super::{Agent, Heard, SHORT, START, STOP, through_sudo};
use crate::deploy::host_state::Manager;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::tag_files;
use crate::deploy::topology::RoleUnit;
use std::time::Duration;

impl<M: Machine> Agent<M> {
    /// What starts and stops units here.
    pub(super) fn manager(&self) -> Result<Manager, StepError> {
        let none = || StepError::Missing { program: "systemd or Upstart".into() };
        units::manager(&self.machine, &self.root).ok_or_else(none)
    }

    /// Starts, stops or restarts a unit, whose start may take `patience` seconds.
    pub(super) fn unit(&mut self, verb: Verb, part: &RoleUnit, patience: u64) -> Result<Response, StepError> {
        let manager = self.manager()?;
        let limit = STOP + Duration::from_secs(patience);
        for (words, may_fail) in units::commands(manager, verb, &part.unit) {
            let words = self.as_root(words);
            match self.call(&words, limit) {
                Err(StepError::Cancelled) => return Err(StepError::Cancelled),
                Err(error) if !may_fail => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Response::Done)
    }

    /// Stops a unit. A container that outlives its unit (the client was killed
    /// at a time-out, FACTS of `docker run`) is stopped as well: the one that
    /// was surely the unit's, for what runs afterwards may be another's.
    pub(super) fn stop(&mut self, part: &RoleUnit) -> Result<Response, StepError> {
        let before = self.of_unit(part)?;
        self.unit(Verb::Stop, part, 0)?;
        let [own] = before.as_slice() else { return Ok(Response::Done) };
        if !self.runs_on(own)? {
            return Ok(Response::Done);
        }
        self.call(&docker::stop(&own.id), STOP)?;
        if self.runs_on(own)? {
            let (unit, container) = (part.unit.clone(), own.name().to_owned());
            return Err(StepError::RunsOn { unit, container });
        }
        Ok(Response::Done)
    }

    fn runs_on(&mut self, container: &Container) -> Result<bool, StepError> {
        match self.call(&docker::inspect(std::slice::from_ref(&container.id)), SHORT) {
            Ok(text) => Ok(docker::containers(&text).iter().any(|found| found.running)),
            // It is gone.
            Err(StepError::Command { code: 1, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Restarts a unit that runs something else than the tag, or nothing.
    pub(super) fn ensure(&mut self, part: &RoleUnit, tag: Option<&str>) -> Result<Response, StepError> {
        let Some(tag) = tag.map(str::to_owned).or(self.tag_found()?) else {
            return self.unit(Verb::Restart, part, START);
        };
        let name = format!("{}:{tag}", self.image_name()?);
        let wanted = self.image(&name)?.map(|image| image.id);
        let runs = self.container(part)?.map(|container| container.image);
        let state = self.unit_state(self.manager()?, &part.unit)?;
        if state.active && runs.is_some() && runs == wanted {
            return Ok(Response::Done);
        }
        self.unit(Verb::Restart, part, START)
    }

    /// The tag that docker-runner finds: an instance's own, or its app's.
    fn tag_found(&self) -> Result<Option<String>, StepError> {
        for path in self.root.tag_files(&self.app) {
            if let Some(text) = self.text(&path)? {
                return Ok(tag_files::value(&text));
            }
        }
        Ok(None)
    }

    /// Where a unit failed, what it said last: of its container, else of its
    /// journal, where we may read that.
    pub(super) fn or_last_words(
        &mut self,
        result: Result<Response, StepError>,
        part: &RoleUnit,
        heard: Heard<'_>,
    ) -> Result<Response, StepError> {
        if !matches!(result, Err(ref error) if *error != StepError::Cancelled) {
            return result;
        }
        let lines = match self.container(part) {
            Ok(Some(container)) => self.lines(&docker::logs(&container.id), true),
            _ => self.journal_of(part),
        };
        for line in lines {
            heard(&line);
            let _ = self.note(&JournalLine::Said(line));
        }
        result
    }

    /// The group systemd-journal may read it, and perhaps sudo lets us.
    fn journal_of(&mut self, part: &RoleUnit) -> Vec<String> {
        let words = units::last_words(&part.unit);
        let lines = self.lines(&words, false);
        if !lines.is_empty() || self.machine.is_root() {
            return lines;
        }
        self.lines(&through_sudo(words), false)
    }

    /// How a unit is.
    pub(super) fn unit_state(&mut self, manager: Manager, unit: &str) -> Result<State, StepError> {
        match self.call(&units::ask(manager, unit), SHORT) {
            Ok(text) => Ok(units::state(manager, &text)),
            // Upstart says so of a job that it does not know.
            Err(StepError::Command { .. }) => Ok(State::default()),
            Err(error) => Err(error),
        }
    }

    /// The running containers.
    pub(super) fn containers(&mut self) -> Result<Vec<Container>, StepError> {
        let ids: Vec<String> = self.call(&docker::running(), SHORT)?.lines().map(str::to_owned).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self.call(&docker::inspect(&ids), SHORT) {
            Ok(text) => Ok(docker::containers(&text).into_iter().filter(|found| found.running).collect()),
            // One of them ended meanwhile: the next look sees the others.
            Err(StepError::Command { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The running container of a unit.
    pub(super) fn container(&mut self, part: &RoleUnit) -> Result<Option<Container>, StepError> {
        Ok(self.of_unit(part)?.into_iter().next())
    }

    /// The running containers that may be a unit's, the newest first.
    fn of_unit(&mut self, part: &RoleUnit) -> Result<Vec<Container>, StepError> {
        let image = self.image_name().unwrap_or_default();
        let all = self.containers()?;
        let found = docker::of_unit(&all, part, &image, &mut |name| self.is_anothers(name));
        Ok(found.into_iter().cloned().collect())
    }

    /// Whether a container's name says whose it is, and not ours: another
    /// unit's of this host, or that of another app or instance.
    fn is_anothers(&mut self, name: &str) -> bool {
        let apps = crate::runner::apps::readable(&self.machine, &self.root);
        // `site-staging-beat` is the instance's, though it begins like the app's.
        let mut owner = String::new();
        for app in apps {
            let app = app.replace('@', "-");
            let rest = name.strip_prefix(&app);
            let is_of = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']));
            if is_of && app.len() > owner.len() {
                owner = app;
            }
        }
        if !owner.is_empty() && owner != self.app.dashed() {
            return true;
        }
        let state = self.manager().and_then(|manager| self.unit_state(manager, name));
        state.is_ok_and(|state| state.exists)
    }
}
