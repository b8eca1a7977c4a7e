//! Units: stopped, started, looked at.

use super::docker::{self, Container};
use super::journal::Line;
use super::machine::Machine;
use super::units::{self, Verb};
use super::{Agent, Heard, SHORT, START, STOP};
use crate::deploy::action::Answer;
use crate::deploy::facts::Manager;
use crate::deploy::failure::Failure;
use crate::deploy::topology::Part;
use std::time::Duration;

impl<M: Machine> Agent<M> {
    /// What starts and stops units here.
    pub(super) fn manager(&self) -> Result<Manager, Failure> {
        let none = || Failure::Missing { program: "systemd or Upstart".into() };
        units::manager(&self.machine, &self.root).ok_or_else(none)
    }

    /// Starts, stops or restarts a unit, whose start may take `patience` seconds.
    pub(super) fn unit(&mut self, verb: Verb, part: &Part, patience: u64) -> Result<Answer, Failure> {
        let manager = self.manager()?;
        let limit = STOP + Duration::from_secs(patience);
        for (mut words, may_fail) in units::commands(manager, verb, &part.unit) {
            if !self.machine.is_root() {
                words.splice(0..0, ["sudo".to_owned(), "-n".to_owned()]);
            }
            match self.call(&words, limit) {
                Err(Failure::Cancelled) => return Err(Failure::Cancelled),
                Err(error) if !may_fail => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Answer::Done)
    }

    /// Stops a unit. A container that outlives its unit (the client was killed
    /// at a time-out, FACTS of `docker run`) is stopped as well.
    pub(super) fn stop(&mut self, part: &Part) -> Result<Answer, Failure> {
        self.unit(Verb::Stop, part, 0)?;
        let Some(left) = self.container(part)? else { return Ok(Answer::Done) };
        self.call(&docker::stop(&left.id), STOP)?;
        match self.container(part)? {
            Some(container) if container.id == left.id => {
                let container = container.name.trim_start_matches('/').to_owned();
                Err(Failure::RunsOn { unit: part.unit.clone(), container })
            }
            Some(_) | None => Ok(Answer::Done),
        }
    }

    /// Restarts a unit that runs something else than the tag, or nothing.
    pub(super) fn ensure(&mut self, part: &Part, tag: &str) -> Result<Answer, Failure> {
        let name = format!("{}:{tag}", self.image_name()?);
        let wanted = self.image(&name)?.map(|image| image.id);
        let runs = self.container(part)?.map(|container| container.image);
        let (_, active) = self.unit_state(self.manager()?, &part.unit)?;
        if active && runs.is_some() && runs == wanted {
            return Ok(Answer::Done);
        }
        self.unit(Verb::Restart, part, START)
    }

    /// Where a unit failed, what it said last: of its container, else of its
    /// journal, where we may read that.
    pub(super) fn or_last_words(
        &mut self,
        result: Result<Answer, Failure>,
        part: &Part,
        heard: Heard<'_>,
    ) -> Result<Answer, Failure> {
        if !matches!(result, Err(ref error) if *error != Failure::Cancelled) {
            return result;
        }
        let lines = match self.container(part) {
            Ok(Some(container)) => self.lines(&docker::logs(&container.id), true),
            _ => self.journal_of(part),
        };
        for line in lines {
            heard(&line);
            let _ = self.note(&Line::Said(line));
        }
        result
    }

    /// The group systemd-journal may read it, and perhaps sudo lets us.
    fn journal_of(&mut self, part: &Part) -> Vec<String> {
        let mut words = units::last_words(&part.unit);
        let lines = self.lines(&words, false);
        if !lines.is_empty() || self.machine.is_root() {
            return lines;
        }
        words.splice(0..0, ["sudo".to_owned(), "-n".to_owned()]);
        self.lines(&words, false)
    }

    /// Whether there is such a unit, and whether it runs.
    pub(super) fn unit_state(&mut self, manager: Manager, unit: &str) -> Result<(bool, bool), Failure> {
        match self.call(&units::ask(manager, unit), SHORT) {
            Ok(text) => Ok(units::state(manager, &text)),
            // Upstart says so of a job that it does not know.
            Err(Failure::Command { .. }) => Ok((false, false)),
            Err(error) => Err(error),
        }
    }

    /// The running containers.
    pub(super) fn containers(&mut self) -> Result<Vec<Container>, Failure> {
        let ids: Vec<String> = self.call(&docker::running(), SHORT)?.lines().map(str::to_owned).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self.call(&docker::inspect(&ids), SHORT) {
            Ok(text) => Ok(docker::containers(&text).into_iter().filter(|found| found.running).collect()),
            // One of them ended meanwhile: the next look sees the others.
            Err(Failure::Command { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The running container of a unit.
    pub(super) fn container(&mut self, part: &Part) -> Result<Option<Container>, Failure> {
        let image = self.image_name().unwrap_or_default();
        let all = self.containers()?;
        Ok(docker::of_unit(&all, part, &image).cloned())
    }
}
