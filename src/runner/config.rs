//! What is configured: the files read in their order, each once, and what is
//! wrong with them. `run` stops at the first problem, `--check` tells all.

use super::app::{Name, Root, is_name};
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

/// What the files say.
#[derive(Debug)]
pub struct Configuration {
    /// The app as it was asked for.
    pub name: Name,
    /// The variables after all files.
    pub scope: Scope,
    /// The config files that were looked for.
    pub files: Vec<Looked>,
    /// The TAG files that were looked for; none where `--tag` decides.
    pub tags: Vec<Looked>,
    /// `--tag`.
    pub tag_option: Option<OsString>,
    /// What is wrong with the files.
    pub problems: Vec<Error>,
    /// What is worth telling.
    pub warnings: Vec<Warning>,
    /// Where an instance was asked for of which nothing is written: that.
    pub stranger: Option<Error>,
}

/// A file that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Where.
    pub path: PathBuf,
    /// Whether it was there.
    pub exists: bool,
    /// Whether everyone may read it.
    pub open: bool,
}

/// The variable that names the shell that reads the files.
pub const SHELL: &str = "DOCKER_RUNNER_SHELL";

/// Which app is to be read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The app.
    pub name: Name,
    /// The tag, where TAG files do not decide.
    pub tag: Option<OsString>,
    /// The shell that reads the files, where we do not.
    pub shell: Option<OsString>,
}

impl Wanted {
    /// The app as docker-runner reads it where its command line says nothing more.
    pub fn plain(world: &World, name: &Name) -> Self {
        Self { name: name.clone(), tag: None, shell: world.given(SHELL).map(OsStr::to_owned) }
    }
}

/// What tells another docker-runner or docker-deploy how an app's files are read:
/// below which folder, and by which shell where not by itself.
pub fn options(root: &Root, shell: Option<&OsStr>) -> Vec<OsString> {
    let mut options = Vec::new();
    if root.0 != Path::new("/") {
        options.extend(["--root".into(), root.0.clone().into_os_string()]);
    }
    if let Some(shell) = shell {
        options.extend(["--shell".into(), shell.to_owned()]);
    }
    options
}

/// Reads everything about an app.
pub fn read(world: &World, host: &dyn System, root: &Root, wanted: &Wanted) -> Configuration {
    let Wanted { name, tag, shell } = wanted;
    let mut configuration = Configuration {
        name: name.clone(),
        scope: initial_env::scope(world, name),
        files: Vec::new(),
        tags: Vec::new(),
        tag_option: tag.clone(),
        problems: Vec::new(),
        warnings: Vec::new(),
        stranger: None,
    };
    let files = root.config_files(name);
    let contents: Vec<_> = files.iter().map(|path| configuration.look(host, path, world.euid)).collect();
    let there = files.iter().zip(&contents).filter_map(|(path, content)| Some((path, content.as_ref()?)));
    match shell {
        None => there.for_each(|(path, content)| configuration.evaluate(host, path, content)),
        Some(shell) => {
            let there: Vec<&Path> = there.map(|(path, _)| path.as_path()).collect();
            configuration.source(world, host, shell, &there);
        }
    }
    match tag {
        Some(tag) => configuration.tag_option(tag),
        None => configuration.tag_file(host, root),
    }
    configuration.stranger = configuration.stranger(host, root);
    configuration
}

impl Configuration {
    /// A variable of the scope.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.scope.variables.get(name)
    }

    /// Looks at a config file, and at whether it is to be trusted.
    fn look(&mut self, host: &dyn System, path: &Path, caller: u32) -> Option<Content> {
        let content = match host.read(path) {
            Ok(content) => content,
            Err(error) => {
                self.problems.push(Error::File { path: path.to_owned(), error });
                return None;
            }
        };
        let open = content.as_ref().is_some_and(permissions::everyone_reads);
        self.files.push(Looked { path: path.to_owned(), exists: content.is_some(), open });
        let content = content?;
        let distrust = permissions::refuse(&content, caller);
        // What everyone may write is told once, with the mend for both.
        let told = distrust == Some(Distrust::EveryoneWrites);
        if let Some(distrust) = distrust {
            self.problems.push(Error::Distrusted { path: path.to_owned(), distrust });
        }
        if permissions::group_writes(&content) && !told {
            self.warnings.push(Warning::GroupWrites { path: path.to_owned() });
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

    /// Nothing is sourced that is not trusted: what a shell reads, it executes.
    fn source(&mut self, world: &World, host: &dyn System, shell: &OsStr, files: &[&Path]) {
        if files.is_empty() || !self.problems.is_empty() {
            return;
        }
        let arguments = source::arguments(world, &self.name, files);
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let shell = shell.to_owned();
        let ended = match host.listen(&shell, &arguments, Stderr::Inherited) {
            Ok(ended) => ended,
            Err(error) => return self.problems.push(Error::NoShell { shell, error }),
        };
        let Some(told) = source::read(&ended.stdout, &self.scope, files) else {
            return self.problems.push(Error::StrangeShell { shell });
        };
        self.scope = told.scope;
        if let Some(failed) = files.get(told.files) {
            let path = failed.to_path_buf();
            self.problems.push(Error::Sourced { path, shell, code: ended.code });
        }
    }

    fn tag_option(&mut self, tag: &OsStr) {
        initial_env::set(&mut self.scope, "TAG", tag);
    }

    /// A file that sets APP moves the TAG path.
    fn tag_file(&mut self, host: &dyn System, root: &Root) {
        let Some(name) = self.moved() else { return };
        for path in root.tag_files(&name) {
            let content = match host.read(&path) {
                Ok(content) => content,
                Err(error) => return self.problems.push(Error::File { path, error }),
            };
            self.tags.push(Looked { path: path.clone(), exists: content.is_some(), open: false });
            let Some(content) = content else { continue };
            if let Some(readonly) = self.variable("TAG").filter(|tag| tag.readonly) {
                let place = readonly.place.clone().or_else(|| self.last_file());
                return self.problems.push(Error::ReadonlyTag { place });
            }
            match tag::read(&path, &content.bytes, &self.scope) {
                Ok(scope) => self.scope = scope,
                Err(error) => self.problems.push(error),
            }
            return;
        }
    }

    /// The config file that was read last: where something was unset, or marked
    /// without a value, no other place is known.
    pub fn last_file(&self) -> Option<Place> {
        let last = self.files.iter().rev().find(|file| file.exists)?;
        Some(Place { file: last.path.as_path().into(), line: 0, column: 0 })
    }

    /// An instance that has neither a config file nor a TAG file of its own.
    /// Without the app's file there is no IMAGE, which is told.
    fn stranger(&self, host: &dyn System, root: &Root) -> Option<Error> {
        let [app, own] = self.files.as_slice() else { return None };
        if !app.exists || own.exists {
            return None;
        }
        let name = self.name.to_string();
        let tag = root.app_folder(&name).join("TAG");
        if !matches!(host.read(&tag), Ok(None)) {
            return None;
        }
        let nearest = apps::meant(host, root, &self.name);
        Some(Error::NoInstance { name, looked: vec![own.path.clone(), tag], nearest })
    }

    fn moved(&mut self) -> Option<Name> {
        let app = self.variable("APP");
        let place = app.and_then(|app| app.place.clone()).or_else(|| self.last_file());
        let value = match app.and_then(|app| app.value.as_ref()) {
            Some(Value::Text(text)) => std::str::from_utf8(&text.bytes).ok().filter(|app| is_name(app)),
            Some(Value::Array(_)) | None => None,
        };
        let name = value.map(|app| self.name.of_app(app));
        if name.is_none() {
            self.problems.push(Error::AppInFile { place });
        }
        name
    }
}
