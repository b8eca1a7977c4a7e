//! Loads the configuration of an app: its files in order, each read once, and their
//! problems. A run stops at the first problem; `--check` reports all.

use super::app::{AppName, Root, is_app_name};
use super::docker_opts::DockerOpts;
use super::error::Error;
use super::permissions::{self, Distrust};
use super::system::System;
use super::warning::Warning;
use super::{apps, initial_env, source, tag};
use crate::shell;
use crate::shell::scope::{Place, Scope, Value, Variable};
use crate::sys::child::Stderr;
use crate::sys::files::Content;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The configuration of an app.
#[derive(Debug)]
pub struct Configuration {
    /// As the caller named it. A settings file that sets APP does not change it.
    pub name: AppName,
    /// The variables after the last file.
    pub scope: Scope,
    /// OPTS and EXTRA of `scope`.
    pub opts: DockerOpts,
    /// The settings files that were searched.
    pub files: Vec<SearchedFile>,
    /// The TAG files that were searched; empty with `--tag`.
    pub tag_files: Vec<SearchedFile>,
    /// `--tag`.
    pub tag_option: Option<OsString>,
    /// In the order in which they were found.
    pub problems: Vec<Error>,
    pub warnings: Vec<Warning>,
    /// Set if the name is an instance that has neither a settings file nor a TAG file.
    /// A run warns of it; `--check` and `--unit` treat it as an error.
    pub unknown_instance: Option<Error>,
}

/// A file that was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedFile {
    pub path: PathBuf,
    pub exists: bool,
    pub world_readable: bool,
}

/// The variable that names the shell that sources the settings files.
pub const SHELL: &str = "DOCKER_RUNNER_SHELL";

/// Which app to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigRequest {
    pub name: AppName,
    /// Overrides the TAG files.
    pub tag: Option<OsString>,
    /// The shell that sources the settings files; `None`: they are evaluated here.
    pub shell: Option<OsString>,
}

impl ConfigRequest {
    /// As docker-runner loads the app without options.
    pub fn for_app(world: &World, name: &AppName) -> Self {
        Self { name: name.clone(), tag: None, shell: world.non_empty(SHELL).map(OsStr::to_owned) }
    }
}

/// The options that make another docker-runner or docker-deploy load an app in the
/// same way: `--root` and `--shell`, if they differ from the defaults.
pub fn forwarded_options(root: &Root, shell: Option<&OsStr>) -> Vec<OsString> {
    let mut options = Vec::new();
    if root.0 != Path::new("/") {
        options.extend(["--root".into(), root.0.clone().into_os_string()]);
    }
    if let Some(shell) = shell {
        options.extend(["--shell".into(), shell.to_owned()]);
    }
    options
}

/// Loads the configuration of an app.
pub fn load(world: &World, host: &dyn System, root: &Root, request: &ConfigRequest) -> Configuration {
    let ConfigRequest { name, tag, shell } = request;
    let mut configuration = Configuration {
        name: name.clone(),
        scope: initial_env::initial_scope(world, name),
        opts: DockerOpts::default(),
        files: Vec::new(),
        tag_files: Vec::new(),
        tag_option: tag.clone(),
        problems: Vec::new(),
        warnings: Vec::new(),
        unknown_instance: None,
    };
    let paths = root.settings_files(name);
    let contents: Vec<_> =
        paths.iter().map(|path| configuration.open_settings_file(host, path, world.euid)).collect();
    let existing = paths.iter().zip(&contents).filter_map(|(path, content)| Some((path, content.as_ref()?)));
    match shell {
        None => existing.for_each(|(path, content)| configuration.evaluate(host, path, content)),
        Some(shell) => {
            let paths: Vec<&Path> = existing.map(|(path, _)| path.as_path()).collect();
            configuration.source(world, host, shell, &paths);
        }
    }
    configuration.opts = DockerOpts::from_scope(&configuration.scope);
    match tag {
        Some(tag) => initial_env::assign(&mut configuration.scope, "TAG", tag),
        None => configuration.load_tag_file(host, root),
    }
    configuration.unknown_instance = configuration.find_unknown_instance(host, root);
    configuration
}

impl Configuration {
    /// A variable of the scope.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.scope.variables.get(name)
    }

    /// Reads a settings file and checks its permissions.
    fn open_settings_file(&mut self, host: &dyn System, path: &Path, caller: u32) -> Option<Content> {
        let content = match host.read(path) {
            Ok(content) => content,
            Err(error) => {
                self.problems.push(Error::File { path: path.to_owned(), error });
                return None;
            }
        };
        let world_readable = content.as_ref().is_some_and(permissions::is_world_readable);
        self.files.push(SearchedFile { path: path.to_owned(), exists: content.is_some(), world_readable });
        let content = content?;
        let distrust = permissions::distrust(&content, caller);
        // The error about a world-writable file also says how to fix group permissions.
        let is_world_writable = distrust == Some(Distrust::WorldWritable);
        if let Some(distrust) = distrust {
            self.problems.push(Error::Distrusted { path: path.to_owned(), distrust });
        }
        if permissions::is_group_writable(&content) && !is_world_writable {
            self.warnings.push(Warning::GroupWritable { path: path.to_owned() });
        }
        Some(content)
    }

    fn evaluate(&mut self, host: &dyn System, path: &Path, content: &Content) {
        match shell::evaluate(path, &content.bytes, &self.scope, &|user| host.home(user)) {
            Ok(evaluated) => {
                self.scope = evaluated.scope;
                self.warnings.extend(evaluated.notes.into_iter().map(Warning::File));
            }
            Err(error) => self.problems.push(Error::Shell(Box::new(error))),
        }
    }

    /// Lets a shell source the files, unless there is a problem: a shell executes what it
    /// sources, so it must not get a file that is not trusted.
    fn source(&mut self, world: &World, host: &dyn System, shell: &OsStr, files: &[&Path]) {
        if files.is_empty() || !self.problems.is_empty() {
            return;
        }
        let arguments = source::shell_arguments(world, &self.name, files);
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let shell = shell.to_owned();
        let ended = match host.capture(&shell, &arguments, Stderr::Inherited) {
            Ok(ended) => ended,
            Err(error) => return self.problems.push(Error::NoShell { shell, error }),
        };
        let Some(output) = source::parse_output(&ended.stdout, &self.scope, files) else {
            return self.problems.push(Error::StrangeShell { shell });
        };
        self.scope = output.scope;
        if let Some(failed) = files.get(output.sourced) {
            let path = failed.to_path_buf();
            self.problems.push(Error::Sourced { path, shell, code: ended.code });
        }
    }

    /// Evaluates the first TAG file that exists.
    fn load_tag_file(&mut self, host: &dyn System, root: &Root) {
        let Some(name) = self.tag_owner() else { return };
        for path in root.tag_files(&name) {
            let content = match host.read(&path) {
                Ok(content) => content,
                Err(error) => return self.problems.push(Error::File { path, error }),
            };
            let exists = content.is_some();
            self.tag_files.push(SearchedFile { path: path.clone(), exists, world_readable: false });
            let Some(content) = content else { continue };
            if let Some(readonly) = self.variable("TAG").filter(|tag| tag.readonly) {
                let place = readonly.place.clone().or_else(|| self.last_file());
                return self.problems.push(Error::ReadonlyTag { place });
            }
            match tag::evaluate_tag_file(&path, &content.bytes, &self.scope) {
                Ok(scope) => self.scope = scope,
                Err(error) => self.problems.push(Error::TagFile { path, error }),
            }
            return;
        }
    }

    /// The settings file that was read last. It is the best known place of a variable that
    /// was unset, or marked without a value.
    pub fn last_file(&self) -> Option<Place> {
        let last = self.files.iter().rev().find(|file| file.exists)?;
        Some(Place { file: last.path.as_path().into(), line: 0, column: 0 })
    }

    /// The error for an instance that has neither a settings file nor a TAG file. If the
    /// app has no settings file either, the missing IMAGE is the error.
    fn find_unknown_instance(&self, host: &dyn System, root: &Root) -> Option<Error> {
        let [of_app, of_instance] = self.files.as_slice() else { return None };
        if !of_app.exists || of_instance.exists {
            return None;
        }
        let name = self.name.to_string();
        let tag = root.app_folder(&name).join("TAG");
        if !matches!(host.read(&tag), Ok(None)) {
            return None;
        }
        let nearest = apps::nearest_app(host, root, &self.name);
        Some(Error::NoInstance { name, searched: vec![of_instance.path.clone(), tag], nearest })
    }

    /// The app whose TAG file is used: the one in APP, which a settings file can set.
    fn tag_owner(&mut self) -> Option<AppName> {
        let app = self.variable("APP");
        let place = app.and_then(|app| app.place.clone()).or_else(|| self.last_file());
        let value = match app.and_then(|app| app.value.as_ref()) {
            Some(Value::Text(text)) => std::str::from_utf8(&text.bytes).ok().filter(|app| is_app_name(app)),
            Some(Value::Array(_)) | None => None,
        };
        let name = value.map(|app| self.name.with_app(app));
        if name.is_none() {
            self.problems.push(Error::AppInFile { place });
        }
        name
    }
}
