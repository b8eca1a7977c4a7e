//! One app on this host: its files, and the commands that the agent runs for it.
//!
//! Command output and errors are not redacted here, but where they leave the
//! agent: lines in [`RedactedWriter`], results in
//! [`Agent::perform`](super::Agent::perform).

use super::host_command::{HostCommand, Sudo};
use super::journal::Journal;
use super::machine::{CommandEnd, Machine, Stream};
use super::redacted_writer::RedactedWriter;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::tag_files::TagFiles;
use crate::runner::app::{AppName, Root};
use crate::runner::config::{self, ConfigRequest, Configuration};
use crate::runner::image;
use crate::world::World;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The limit of a command that only reads or renames.
pub const QUERY_TIMEOUT: Duration = Duration::from_secs(60);
/// The limit of a pull or a task.
pub const STREAM_TIMEOUT: Duration = Duration::from_secs(2 * 3600);

/// An app on this host.
#[derive(Debug)]
pub struct AppHost<M> {
    pub machine: M,
    pub app: AppName,
    /// The folder that holds `/etc` and `/var`.
    pub root: Root,
    /// Whether Docker is reached through sudo.
    pub sudo_docker: bool,
}

impl<M: Machine> AppHost<M> {
    /// The folder of TAG, REVERT and the journal.
    pub fn folder(&self) -> PathBuf {
        self.root.app_folder(&self.app.to_string())
    }

    pub fn journal(&self) -> Journal {
        Journal::in_app_folder(&self.folder())
    }

    /// The options that make docker-runner read the app's files as the agent does.
    pub fn runner_options(&self) -> Vec<String> {
        runner_options(&self.machine.world(), &self.root)
    }

    /// The app's configuration, as docker-runner loads it on this host.
    pub fn configuration(&self) -> Configuration {
        let world = self.machine.world();
        config::load(&world, self.machine.as_system(), &self.root, &ConfigRequest::for_app(&world, &self.app))
    }

    /// IMAGE of the app's configuration, without tag or digest.
    pub fn image_name(&self) -> Result<String, StepError> {
        let configuration = self.configuration();
        if let Some(problem) = configuration.problems.iter().find(|problem| !is_about_tag_file(problem)) {
            return Err(StepError::Config { text: problem.render() });
        }
        let image = configuration.scope.string_value("IMAGE");
        let image = image.and_then(|text| String::from_utf8(text.bytes.clone()).ok());
        let Some(image) = image.filter(|image| !image.is_empty()) else {
            let paths: Vec<_> =
                configuration.files.iter().map(|file| file.path.display().to_string()).collect();
            return Err(StepError::Config { text: format!("no IMAGE in {}", paths.join(" and ")) });
        };
        match image::parse(&image) {
            Some(reference) if reference.tag.is_none() && reference.digest.is_none() => Ok(image),
            Some(_) => Err(StepError::Config {
                text: format!(
                    "IMAGE={image} includes a tag or digest, so no other tag can be deployed: remove it from IMAGE"
                ),
            }),
            None => {
                let place = configuration.scope.variables["IMAGE"].place.clone();
                let error = crate::runner::Error::BadImage { place, lines: image.contains('\n') };
                Err(StepError::Config { text: error.render() })
            }
        }
    }

    pub fn tag_files(&self) -> Result<TagFiles, StepError> {
        let folder = self.folder();
        let (tag, revert) = (self.read_text(&folder.join("TAG"))?, self.read_text(&folder.join("REVERT"))?);
        Ok(TagFiles { tag_text: tag, revert_text: revert })
    }

    /// The whole text of a small file; `None` if the file does not exist.
    pub fn read_text(&self, path: &Path) -> Result<Option<String>, StepError> {
        let cannot_read = |text: String| StepError::Read { path: path.display().to_string(), text };
        let content = self.machine.read(path).map_err(|error| cannot_read(error.to_string()))?;
        let text = content.map(|content| String::from_utf8(content.bytes)).transpose();
        text.map_err(|_| cannot_read("it is not UTF-8 text".into()))
    }

    /// Runs a command, and returns its standard output.
    pub fn output(&mut self, command: &HostCommand, limit: Duration) -> Result<String, StepError> {
        let (mut stdout, mut last_stderr) = (String::new(), String::new());
        let command = self.elevated(command);
        let end = self.machine.run(&command, limit, &mut |stream, line| match stream {
            Stream::Out => {
                stdout.push_str(line);
                stdout.push('\n');
            }
            Stream::Err => last_stderr = line.to_owned(),
        });
        check_end(&command, end, limit, &last_stderr).map(|()| stdout)
    }

    /// Runs a query, and ignores its output.
    pub fn succeeds(&mut self, command: &HostCommand) -> Result<(), StepError> {
        self.output(command, QUERY_TIMEOUT).map(|_| ())
    }

    /// Runs a command for its output lines on these streams, whatever its exit code.
    pub fn output_lines(&mut self, command: &HostCommand, streams: &[Stream]) -> Vec<String> {
        let mut lines = Vec::new();
        let command = self.elevated(command);
        let _ = self.machine.run(&command, QUERY_TIMEOUT, &mut |stream, line| {
            if streams.contains(&stream) {
                lines.push(line.to_owned());
            }
        });
        lines
    }

    /// Runs a command and sends its output to the deployer line by line. The lines
    /// for which `keep` returns true are also written to the journal.
    pub fn stream(
        &mut self,
        command: &HostCommand,
        keep: &mut dyn FnMut(&str) -> bool,
        writer: &mut RedactedWriter<'_>,
    ) -> Result<(), StepError> {
        let command = self.elevated(command);
        let mut last_line = String::new();
        let mut step_log = writer.open_step_log(&mut self.machine)?;
        let end = self.machine.run(&command, STREAM_TIMEOUT, &mut |_, line| {
            step_log.write(line, keep(line));
            line.clone_into(&mut last_line);
        });
        step_log.close()?;
        check_end(&command, end, STREAM_TIMEOUT, &last_line)
    }

    fn elevated(&self, command: &HostCommand) -> HostCommand {
        command.clone().elevated(Sudo { docker: self.sudo_docker, root: !self.machine.is_root() })
    }
}

/// The options that make another docker-runner, or the agent, read the app's
/// files as this process does.
pub fn runner_options(world: &World, root: &Root) -> Vec<String> {
    let options = config::forwarded_options(root, world.non_empty(config::SHELL));
    options.iter().map(|option| option.to_string_lossy().into_owned()).collect()
}

fn check_end(
    command: &HostCommand,
    end: CommandEnd,
    limit: Duration,
    last_line: &str,
) -> Result<(), StepError> {
    let line = || command.to_string();
    match end {
        CommandEnd::Code(0) => Ok(()),
        CommandEnd::Code(code) => {
            Err(StepError::Command { line: line(), code, last_line: last_line.trim().to_owned() })
        }
        CommandEnd::TimedOut => Err(StepError::Timeout { line: line(), seconds: limit.as_secs() }),
        CommandEnd::Cancelled => Err(StepError::Cancelled),
        CommandEnd::NotFound => Err(StepError::Missing { program: command.program().to_owned() }),
    }
}

fn is_about_tag_file(problem: &crate::runner::Error) -> bool {
    matches!(problem, crate::runner::Error::TagFile { .. })
}

#[cfg(test)]
mod tests {
    use super::super::test_machine;

    #[test]
    fn image_must_not_contain_a_tag_or_digest() {
        let name = |image: &str| {
            let host = test_machine::host(&[]);
            host.machine.write("/etc/default/site", &format!("IMAGE={image}\n"));
            host.machine.write("/var/www/site/TAG", "not a tag file\n");
            host.image_name()
        };
        assert_eq!(name("team/site").as_deref(), Ok("team/site"), "whatever TAG contains");
        for tagged in ["team/site:1".to_owned(), format!("team/site@sha256:{}", "0".repeat(64))] {
            assert!(name(&tagged).is_err(), "{tagged}");
        }
    }
}
