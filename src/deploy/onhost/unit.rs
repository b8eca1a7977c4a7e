//! Units: stopped, started, looked at.

use super::docker::{self, Container};
use super::journal::Line;
use super::machine::Machine;
use super::units::{self, State, Verb};
use super::{Agent, Heard, SHORT, START, STOP, through_sudo};
use crate::deploy::answer::Answer;
use crate::deploy::facts::Manager;
use crate::deploy::failure::Failure;
use crate::deploy::tag;
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
        for (words, may_fail) in units::commands(manager, verb, &part.unit) {
            let words = self.as_root(words);
            match self.call(&words, limit) {
                Err(Failure::Cancelled) => return Err(Failure::Cancelled),
                Err(error) if !may_fail => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Answer::Done)
    }

    /// Stops a unit. A container that outlives its unit (the client was killed
    /// at a time-out, FACTS of `docker run`) is stopped as well: the one that
    /// was surely the unit's, for what runs afterwards may be another's.
    pub(super) fn stop(&mut self, part: &Part) -> Result<Answer, Failure> {
        let before = self.of_unit(part)?;
        self.unit(Verb::Stop, part, 0)?;
        let [own] = before.as_slice() else { return Ok(Answer::Done) };
        if !self.runs_on(own)? {
            return Ok(Answer::Done);
        }
        self.call(&docker::stop(&own.id), STOP)?;
        if self.runs_on(own)? {
            let (unit, container) = (part.unit.clone(), own.name().to_owned());
            return Err(Failure::RunsOn { unit, container });
        }
        Ok(Answer::Done)
    }

    fn runs_on(&mut self, container: &Container) -> Result<bool, Failure> {
        match self.call(&docker::inspect(std::slice::from_ref(&container.id)), SHORT) {
            Ok(text) => Ok(docker::containers(&text).iter().any(|found| found.running)),
            // It is gone.
            Err(Failure::Command { code: 1, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Restarts a unit that runs something else than the tag, or nothing.
    pub(super) fn ensure(&mut self, part: &Part, tag: Option<&str>) -> Result<Answer, Failure> {
        let Some(tag) = tag.map(str::to_owned).or(self.tag_found()?) else {
            return self.unit(Verb::Restart, part, START);
        };
        let name = format!("{}:{tag}", self.image_name()?);
        let wanted = self.image(&name)?.map(|image| image.id);
        let runs = self.container(part)?.map(|container| container.image);
        let state = self.unit_state(self.manager()?, &part.unit)?;
        if state.active && runs.is_some() && runs == wanted {
            return Ok(Answer::Done);
        }
        self.unit(Verb::Restart, part, START)
    }

    /// The tag that docker-runner finds: an instance's own, or its app's.
    fn tag_found(&self) -> Result<Option<String>, Failure> {
        for path in self.root.tag_files(&self.app) {
            if let Some(text) = self.text(&path)? {
                return Ok(tag::value(&text));
            }
        }
        Ok(None)
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
        let words = units::last_words(&part.unit);
        let lines = self.lines(&words, false);
        if !lines.is_empty() || self.machine.is_root() {
            return lines;
        }
        self.lines(&through_sudo(words), false)
    }

    /// How a unit is.
    pub(super) fn unit_state(&mut self, manager: Manager, unit: &str) -> Result<State, Failure> {
        match self.call(&units::ask(manager, unit), SHORT) {
            Ok(text) => Ok(units::state(manager, &text)),
            // Upstart says so of a job that it does not know.
            Err(Failure::Command { .. }) => Ok(State::default()),
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
        Ok(self.of_unit(part)?.into_iter().next())
    }

    /// The running containers that may be a unit's, the newest first.
    fn of_unit(&mut self, part: &Part) -> Result<Vec<Container>, Failure> {
        let image = self.image_name().unwrap_or_default();
        let all = self.containers()?;
        let found = docker::of_unit(&all, part, &image, &mut |name| self.is_anothers(name));
        Ok(found.into_iter().cloned().collect())
    }

    /// Whether a container's name says whose it is, and not ours: another
    /// unit's of this host, or that of another app or instance.
    fn is_anothers(&mut self, name: &str) -> bool {
        let apps = crate::runner::overview::apps(&self.machine, &self.root);
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
