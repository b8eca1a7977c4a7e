//! The plan of a run: the options, image and arguments of `docker run`.

use super::config::Configuration;
use super::docker_opts::{DockerOpts, OptsWord};
use super::env_transfer::{self, EnvFile};
use super::error::{Error, origin};
use super::image;
use super::warning::Warning;
use super::{initial_env, secret, terminal};
use crate::command::{Argument, Command, Environment, MASK};
use crate::shell::quote;
use crate::shell::scope::{Place, Value};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The `docker run` of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPlan {
    pub opts: DockerOpts,
    /// `-it`, `-i` or nothing.
    pub terminal: Option<&'static str>,
    pub image: ImageRef,
    /// The arguments for the container.
    pub arguments: Vec<OsString>,
}

/// What is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Without the option for the env file.
    pub command: Command,
    /// The env file to add to the arguments.
    pub file: Option<EnvFile>,
}

/// An image with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The whole reference.
    pub reference: String,
    /// Where IMAGE was set.
    pub image: Option<Place>,
    /// Where TAG was set, if TAG is part of the reference.
    pub tag: Option<TagOrigin>,
}

/// Where TAG comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagOrigin {
    /// `--tag`.
    Option,
    /// A file, or the environment.
    Place(Option<Place>),
}

/// Makes the plan of a configuration that has no problems.
pub fn make_plan(
    world: &World,
    configuration: &Configuration,
    arguments: &[OsString],
) -> Result<RunPlan, Error> {
    let image = image_ref(configuration)?;
    let opts = configuration.opts.clone();
    opts.check()?;
    let terminal = terminal::terminal_option(world, &opts, arguments);
    Ok(RunPlan { opts, terminal, image, arguments: arguments.to_vec() })
}

impl RunPlan {
    /// The plain `docker run` as one line for a shell. Pasted there it does the same,
    /// except for masked secrets. `environment` is docker's.
    pub fn dry_run_line(
        &self,
        world: &World,
        environment: &[(OsString, OsString)],
        show_secrets: bool,
    ) -> OsString {
        let mut line = OsString::new();
        for name in
            initial_env::removed_vars(world, environment).into_iter().filter(|name| self.docker_uses(name))
        {
            line.push(if line.is_empty() { "env -u " } else { "-u " });
            line.push(quote::word(name));
            line.push(" ");
        }
        let changed = initial_env::changed_vars(world, environment);
        for (name, value) in changed.iter().filter(|(name, _)| self.docker_uses(name)) {
            let is_public =
                env_transfer::affects_docker(name.as_bytes()) && !secret::may_be_secret(name, value);
            let shown = if show_secrets || is_public { value } else { OsStr::new(MASK) };
            line.push(name);
            line.push("=");
            line.push(quote::word(shown));
            line.push(" ");
        }
        let argument = |word: &OptsWord| match word.argument() {
            secret if show_secrets => Argument::plain(secret.value),
            secret => secret,
        };
        let command = self.with_options(self.opts.words().iter().map(argument).collect(), Vec::new());
        line.push(command.shell_line());
        line.push("\n");
        line
    }

    /// Whether docker uses a variable of its environment: it passes the variable on for a bare
    /// `-e NAME`, or reads it itself. PATH is left out, because it would select another docker.
    fn docker_uses(&self, name: &OsStr) -> bool {
        name != "PATH"
            && (env_transfer::affects_docker(name.as_bytes())
                || self
                    .opts
                    .env_settings()
                    .any(|setting| setting.value.is_none() && setting.name == name.as_bytes()))
    }

    /// The `docker run` to execute, without secrets on its command line.
    pub fn launch(&self, mut environment: Environment) -> Result<(Launch, Vec<Warning>), Error> {
        let transfer = env_transfer::transfer(&self.opts, &environment)?;
        for (name, value) in transfer.variables {
            environment.retain(|(known, _)| *known != name);
            environment.push((name, value));
        }
        let file = transfer.file.map(|file| EnvFile { before: file.before + self.before_options(), ..file });
        let command = self.with_options(transfer.arguments, environment);
        Ok((Launch { command, file }, transfer.warnings))
    }

    fn with_options(&self, options: Vec<Argument>, environment: Environment) -> Command {
        let mut arguments: Vec<Argument> = vec!["run".into()];
        arguments.extend(self.terminal.map(Argument::plain));
        arguments.extend(options);
        arguments.push(Argument::plain(self.image.reference.clone()));
        arguments.extend(self.arguments.iter().map(Argument::plain));
        Command { program: "docker".into(), arguments, environment, folder: None }
    }

    fn before_options(&self) -> usize {
        1 + usize::from(self.terminal.is_some())
    }
}

/// Combines IMAGE and TAG into one reference.
pub fn image_ref(configuration: &Configuration) -> Result<ImageRef, Error> {
    let (value, place) = string_variable(configuration, "IMAGE")?.ok_or_else(|| no_image(configuration))?;
    let invalid = || Error::BadImage { place: place.clone(), lines: value.contains('\n') };
    let reference = image::parse(&value).ok_or_else(invalid)?;
    let has = reference.digest.map(|_| "digest").or(reference.tag.map(|_| "tag"));
    let tag = string_variable(configuration, "TAG")?;
    match (has, tag) {
        (Some(_), None) => Ok(ImageRef { reference: value, image: place, tag: None }),
        (Some(has), Some((_, tag_place))) => {
            let tag = tag_origin(configuration, &tag_place);
            Err(Error::TwoTags { image: place, has, tag })
        }
        (None, None) => Err(no_tag(configuration)),
        (None, Some((tag, tag_place))) if image::is_tag_with_digest(&tag) => {
            let from = match configuration.tag_option {
                Some(_) => TagOrigin::Option,
                None => TagOrigin::Place(tag_place),
            };
            Ok(ImageRef { reference: format!("{value}:{tag}"), image: place, tag: Some(from) })
        }
        (None, Some((_, place))) => Err(Error::BadTag { place }),
    }
}

fn tag_origin(configuration: &Configuration, place: &Option<Place>) -> String {
    if configuration.tag_option.is_some() { "--tag".to_owned() } else { origin(place) }
}

/// The value and place of a string variable that is set and not empty.
fn string_variable(
    configuration: &Configuration,
    name: &'static str,
) -> Result<Option<(String, Option<Place>)>, Error> {
    let Some(variable) = configuration.variable(name) else { return Ok(None) };
    let place = variable.place.clone();
    match &variable.value {
        Some(Value::Array(_)) => Err(Error::Array { name, place }),
        Some(Value::Text(text)) if !text.bytes.is_empty() => {
            let value = OsStr::from_bytes(&text.bytes).to_string_lossy().into_owned();
            Ok(Some((value, place)))
        }
        Some(Value::Text(_)) | None => Ok(None),
    }
}

/// Names the files that exist, or else every file that was searched.
fn no_image(configuration: &Configuration) -> Error {
    let file_exists = configuration.files.iter().any(|file| file.exists);
    let searched = configuration.files.iter().filter(|file| file.exists || !file_exists);
    Error::NoImage {
        app: configuration.name.to_string(),
        searched: searched.map(|file| file.path.clone()).collect(),
        file_exists,
        nearest: None,
    }
}

fn no_tag(configuration: &Configuration) -> Error {
    let searched = configuration.tag_files.iter().map(|file| file.path.clone()).collect();
    Error::NoTag { app: configuration.name.to_string(), searched }
}
