//! The `docker run` that a configuration comes to: options, image and arguments.

use super::app::Name;
use super::config::Configuration;
use super::docker_opts::{self, Word, bytes};
use super::environment::{self, EnvFile};
use super::error::{Error, origin};
use super::image;
use super::opts_parser::{self, DockerOption};
use super::warning::Warning;
use super::{initial_env, secret, terminal};
use crate::command::{Argument, Command, MASK};
use crate::shell::quote;
use crate::shell::scope::{Place, Value};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The `docker run` to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPlan {
    /// The options of OPTS and EXTRA.
    pub options: Vec<Word>,
    /// `-it`, `-i` or nothing.
    pub terminal: Option<&'static str>,
    /// The image with its tag.
    pub image: ImageRef,
    /// What goes to the container.
    pub arguments: Vec<OsString>,
}

/// A process's environment.
pub type Environment = Vec<(OsString, OsString)>;

/// What is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The command, without the env file.
    pub command: Command,
    /// The env file that its arguments are to name.
    pub file: Option<EnvFile>,
}

/// The image with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef {
    /// The whole reference.
    pub reference: String,
    /// Where IMAGE was set.
    pub image: Option<Place>,
    /// Where TAG was set, if a TAG is part of it.
    pub tag: Option<TagFrom>,
}

/// Who said TAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagFrom {
    /// `--tag`.
    Option,
    /// A file, or the environment.
    Place(Option<Place>),
}

/// Makes the plan of a configuration without problems.
pub fn plan(world: &World, configuration: &Configuration, arguments: &[OsString]) -> Result<RunPlan, Error> {
    let image = image(configuration)?;
    let mut options = docker_opts::of(configuration);
    let parsed = docker_opts::parse_strict(&options)?;
    docker_opts::mask(&mut options, &parsed);
    let terminal = terminal::option(world, &parsed, arguments);
    Ok(RunPlan { options, terminal, image, arguments: arguments.to_vec() })
}

impl RunPlan {
    /// The plain `docker run` as one line for a shell: pasted there it does the
    /// same, but for the masks. `environment` is docker's.
    pub fn line(&self, world: &World, environment: &[(OsString, OsString)], show_secrets: bool) -> OsString {
        let mut line = OsString::new();
        for name in
            initial_env::removed_vars(world, environment).into_iter().filter(|name| self.inherits(name))
        {
            line.push(if line.is_empty() { "env -u " } else { "-u " });
            line.push(quote::word(name));
            line.push(" ");
        }
        let changed = initial_env::changed_vars(world, environment);
        for (name, value) in changed.iter().filter(|(name, _)| self.inherits(name)) {
            let open = environment::changes_docker(name.as_bytes()) && !secret::hides(name, value);
            let shown = if show_secrets || open { value } else { OsStr::new(MASK) };
            line.push(name);
            line.push("=");
            line.push(quote::word(shown));
            line.push(" ");
        }
        let shown = |word: &Word| match word.argument() {
            secret if show_secrets => Argument::plain(secret.value),
            secret => secret,
        };
        let command = self.with_options(self.options.iter().map(shown).collect(), Vec::new());
        line.push(command.line());
        line.push("\n");
        line
    }

    /// Whether docker does anything with a variable of its environment: hands
    /// it on for a bare `-e NAME`, or obeys it. (PATH would change which docker.)
    fn inherits(&self, name: &OsStr) -> bool {
        let raw = bytes(&self.options);
        let bare = |given: &DockerOption| given.is("env") && given.value_in(&raw) == name.as_bytes();
        name != "PATH"
            && (environment::changes_docker(name.as_bytes())
                || opts_parser::parse(&raw).given.iter().any(bare))
    }

    /// The `docker run` that is carried out, its secrets off the command line.
    pub fn launch(&self, mut environment: Environment) -> Result<(Launch, Vec<Warning>), Error> {
        let parsed = opts_parser::parse(&bytes(&self.options));
        let handover = environment::hand_over(&self.options, &parsed, &environment)?;
        for (name, value) in handover.variables {
            environment.retain(|(known, _)| *known != name);
            environment.push((name, value));
        }
        let file = handover.file.map(|file| EnvFile { before: file.before + self.before_options(), ..file });
        let command = self.with_options(handover.arguments, environment);
        Ok((Launch { command, file }, handover.warnings))
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

/// IMAGE and TAG as one reference.
pub fn image(configuration: &Configuration) -> Result<ImageRef, Error> {
    let name = &configuration.name;
    let (value, place) = text(configuration, "IMAGE")?.ok_or_else(|| no_image(configuration))?;
    let bad = || Error::BadImage { place: place.clone(), lines: value.contains('\n') };
    let reference = image::parse(&value).ok_or_else(bad)?;
    let has = reference.digest.map(|_| "digest").or(reference.tag.map(|_| "tag"));
    let tag = text(configuration, "TAG")?;
    match (has, tag) {
        (Some(_), None) => Ok(ImageRef { reference: value, image: place, tag: None }),
        (Some(has), Some((_, tag_place))) => {
            let tag = said_by(configuration, &tag_place);
            Err(Error::TwoTags { image: place, has, tag })
        }
        (None, None) => Err(no_tag(name, configuration)),
        (None, Some((tag, tag_place))) if image::is_tag_with_digest(&tag) => {
            let from = match configuration.tag_option {
                Some(_) => TagFrom::Option,
                None => TagFrom::Place(tag_place),
            };
            Ok(ImageRef { reference: format!("{value}:{tag}"), image: place, tag: Some(from) })
        }
        (None, Some((_, place))) => Err(Error::BadTag { place }),
    }
}

fn said_by(configuration: &Configuration, place: &Option<Place>) -> String {
    if configuration.tag_option.is_some() { "--tag".to_owned() } else { origin(place) }
}

/// A string variable that is set and not empty.
fn text(configuration: &Configuration, name: &'static str) -> Result<Option<(String, Option<Place>)>, Error> {
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

fn no_image(configuration: &Configuration) -> Error {
    let read = configuration.files.iter().any(|file| file.exists);
    let looked = configuration.files.iter().filter(|file| file.exists || !read);
    Error::NoImage {
        app: configuration.name.to_string(),
        looked: looked.map(|file| file.path.clone()).collect(),
        read,
        nearest: None,
    }
}

fn no_tag(name: &Name, configuration: &Configuration) -> Error {
    let looked = configuration.tags.iter().map(|file| file.path.clone()).collect();
    Error::NoTag { app: name.to_string(), looked }
}
