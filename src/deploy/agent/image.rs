//! Images: fetched, compared, run once, removed.

use super::machine::Machine;
use super::{Agent, Heard, SHORT, docker, redact};
use crate::deploy::history;
use crate::deploy::protocol::request::is_migrate;
use crate::deploy::protocol::response::{ImageIdentity, Response};
use crate::deploy::protocol::step_error::StepError;
use std::time::Duration;

/// How often a pull is tried, and the pause after the first failure.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// What a registry says where trying again is no use.
const FINAL: [&str; 6] =
    ["manifest unknown", "not found", "unauthorized", "denied", "invalid reference", "no space left"];

impl<M: Machine> Agent<M> {
    /// IMAGE of the app's configuration.
    pub(super) fn image_name(&self) -> Result<String, StepError> {
        let read = redact::configuration(&self.machine, &self.root, &self.app);
        if let Some(problem) = read.problems.iter().find(|problem| !is_about_tag(problem)) {
            return Err(StepError::Config { text: problem.render() });
        }
        let image =
            read.scope.string_value("IMAGE").and_then(|text| String::from_utf8(text.bytes.clone()).ok());
        let files = || read.files.iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>();
        let no_image = || StepError::Config { text: format!("no IMAGE in {}", files().join(" and ")) };
        let image = image.filter(|image| !image.is_empty()).ok_or_else(no_image)?;
        match crate::runner::image::parse(&image) {
            Some(reference) if reference.tag.is_none() && reference.digest.is_none() => Ok(image),
            Some(_) => Err(StepError::Config {
                text: format!(
                    "IMAGE={image} has a tag of its own, so no other can be deployed: take it away"
                ),
            }),
            None => {
                let place = read.scope.variables["IMAGE"].place.clone();
                let error = crate::runner::Error::BadImage { place, lines: image.contains('\n') };
                Err(StepError::Config { text: error.render() })
            }
        }
    }

    /// Fetches an image, and gives it the name that the units run.
    pub(super) fn pull(&mut self, image: &str, name: &str, heard: Heard<'_>) -> Result<Response, StepError> {
        let mut pause = PAUSE;
        for tried in 1.. {
            match self.show(&docker::pull(image), is_result, heard) {
                Ok(_) => break,
                Err(error) if tried == TRIES || !worth_a_retry(&error) => return Err(error),
                Err(error) => heard(&format!("{error}; trying again in {} s", pause.as_secs())),
            }
            if !self.machine.pause(pause) {
                return Err(StepError::Cancelled);
            }
            pause *= 2;
        }
        if image != name {
            self.call(&docker::tag(image, name), SHORT)?;
        }
        self.digest(image)
    }

    /// The image as it is here.
    pub(super) fn digest(&mut self, image: &str) -> Result<Response, StepError> {
        let missing = || StepError::Config { text: format!("the image {image} is not on this host") };
        self.image(image)?.map(Response::Image).ok_or_else(missing)
    }

    /// An image, where it is there.
    pub(super) fn image(&mut self, image: &str) -> Result<Option<ImageIdentity>, StepError> {
        match self.call(&docker::inspect_image(image), SHORT) {
            Ok(text) => Ok(docker::image(&text, image)),
            Err(StepError::Command { code: 1, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs a process of the image once, with today's settings.
    pub(super) fn task(
        &mut self,
        tag: &str,
        task: &[String],
        heard: Heard<'_>,
    ) -> Result<Response, StepError> {
        let words = runner(self.machine.runner(), &self.options(), tag, &self.app.to_string(), task);
        let said = self.show(&words, |_| true, heard)?;
        let nothing = said.iter().any(|line| line.contains("No migrations to apply"));
        Ok(Response::Ran { migrated: is_migrate(task) && !nothing })
    }

    /// Removes the images of tags that were pushed long ago, under the name
    /// that they were pulled by as well. Docker keeps what a container uses,
    /// and we keep TAG's and REVERT's.
    pub(super) fn prune(&mut self, keep: usize, repository: &str) -> Result<Response, StepError> {
        let history = self.journal().history(&self.machine)?;
        let marks = self.marks()?;
        let image = self.image_name()?;
        let mut removed = Vec::new();
        for tag in old_tags(&history, keep) {
            let in_use = [marks.tag(), marks.revert()].contains(&Some(tag.clone()));
            if in_use || tag.contains('@') {
                continue;
            }
            let name = format!("{image}:{tag}");
            let pulled = format!("{repository}{name}");
            let gone = self.forget(&name)?;
            // Where there is no REPOSITORY the two are one.
            if (pulled != name && self.forget(&pulled)?) || gone {
                removed.push(tag);
            }
        }
        Ok(Response::Pruned(removed))
    }

    /// Takes a name from its image, unless a container runs by it.
    fn forget(&mut self, name: &str) -> Result<bool, StepError> {
        let is_run = |container: &docker::Container| container.named == name;
        let stays = self.image(name)?.is_none() || self.containers()?.iter().any(is_run);
        Ok(!stays && self.call(&docker::remove_image(name), SHORT).is_ok())
    }
}

/// The call of docker-runner that runs a task; the options say how the app's files
/// are read.
pub fn runner(
    mut own: Vec<String>,
    options: &[String],
    tag: &str,
    app: &str,
    task: &[String],
) -> Vec<String> {
    own.extend_from_slice(options);
    own.extend(["--tag", tag, app].map(str::to_owned));
    own.extend_from_slice(task);
    own
}

/// The tags of the history but the last `keep`, of each its last push counts.
fn old_tags(history: &[history::Entry], keep: usize) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for entry in history.iter().rev() {
        if !tags.contains(&entry.ticket.tag) {
            tags.push(entry.ticket.tag.clone());
        }
    }
    tags.split_off(keep.min(tags.len()))
}

/// What docker says of a pull that is worth keeping; the rest is progress.
fn is_result(line: &str) -> bool {
    ["Digest:", "Status:", "Error"].iter().any(|start| line.starts_with(start))
}

fn is_about_tag(problem: &crate::runner::Error) -> bool {
    matches!(problem, crate::runner::Error::TagFile { .. })
}

fn worth_a_retry(error: &StepError) -> bool {
    match error {
        StepError::Command { said, .. } => !FINAL.iter().any(|end| said.to_lowercase().contains(end)),
        StepError::Slow { .. } => true,
        _ => false,
    }
}
