//! The command line: what was asked, validated, nothing looked up.

mod declaration;

pub use declaration::declaration;

use super::app::{Name, Root};
use super::config::{SHELL, Wanted};
use super::error::Error;
use super::image;
use super::unit::manager::ServiceManager;
use crate::clap_error::ParseExit;
use crate::world::World;
use clap::ArgMatches;
use std::ffi::{OsStr, OsString};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerArgs {
    /// The folder before `/etc` and `/var`.
    pub root: Root,
    /// What is to be done.
    pub action: RunnerMode,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunnerMode {
    /// Show a text on standard output: help, version.
    Show(String),
    /// Nothing was asked: say what this is and which apps there are.
    Overview,
    /// Run a container.
    Run(Run),
    /// Tell what is wrong with an app, or with every app.
    Check(Check),
    /// Tell the apps.
    List {
        /// How it is told.
        format: Format,
        /// The shell that reads the files.
        shell: Option<OsString>,
    },
    /// Print a service unit.
    Unit(Unit),
    /// Tell the apps to a shell's completion.
    Complete,
}

/// A container to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The app, and how it is read.
    pub wanted: Wanted,
    /// What goes to the container, each argument whole.
    pub arguments: Vec<OsString>,
    /// Whether it runs, or is shown.
    pub how: How,
    /// Whether secrets are shown.
    pub show_secrets: bool,
}

/// Whether a container runs, or is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It runs.
    Perform,
    /// The line is printed.
    DryRun,
    /// Each part of the line is explained.
    Explain,
}

/// What to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The app; every app where there is none.
    pub name: Option<Name>,
    /// The tag, where TAG files do not decide.
    pub tag: Option<OsString>,
    /// The shell that reads the files.
    pub shell: Option<OsString>,
    /// How it is told.
    pub format: Format,
}

/// How something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A service unit to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// For which service manager.
    pub manager: ServiceManager,
    /// The app.
    pub name: Name,
    /// The process, `run` where none is named.
    pub process: OsString,
    /// The units it starts after.
    pub after: Vec<OsString>,
    /// EXTRA.
    pub extra: Option<OsString>,
    /// The shell that reads the files.
    pub shell: Option<OsString>,
}

/// Reads the arguments after the name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<RunnerArgs, Error> {
    let words = [OsString::from("docker-runner")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return instead(world, &error),
    };
    Ok(RunnerArgs { root: root(world, &matches), action: OptionValues { world, matches }.action()? })
}

/// What was given on the command line and in the environment.
struct OptionValues<'a> {
    world: &'a World,
    matches: ArgMatches,
}

impl OptionValues<'_> {
    fn action(&self) -> Result<RunnerMode, Error> {
        let words: Vec<OsString> = self.matches.get_many("words").into_iter().flatten().cloned().collect();
        let manager = self.matches.get_one::<String>("unit");
        if let Some(manager) = manager.and_then(|name| ServiceManager::parse(name)) {
            return self.unit(manager, &words);
        }
        if self.flag("check") {
            return self.check(&words);
        }
        if self.flag("list") {
            none_left("--list", &words)?;
            return Ok(RunnerMode::List { format: self.format(), shell: self.shell() });
        }
        match words.split_first() {
            _ if self.flag("complete") => Ok(RunnerMode::Complete),
            None => Ok(RunnerMode::Overview),
            Some((app, arguments)) => self.run(app, arguments),
        }
    }

    fn run(&self, app: &OsStr, arguments: &[OsString]) -> Result<RunnerMode, Error> {
        let wanted = Wanted { name: Name::parse(app)?, tag: self.tag()?, shell: self.shell() };
        let how = match (self.flag("dry-run"), self.flag("explain")) {
            (true, _) => How::DryRun,
            (_, true) => How::Explain,
            _ => How::Perform,
        };
        let show_secrets = self.flag("show-secrets");
        if show_secrets && !self.world.terminal.stdout {
            return Err(Error::SecretsInAFile);
        }
        Ok(RunnerMode::Run(Run { wanted, arguments: arguments.to_vec(), how, show_secrets }))
    }

    fn check(&self, words: &[OsString]) -> Result<RunnerMode, Error> {
        let name = words.first().map(|app| Name::parse(app)).transpose()?;
        none_left("--check APP", words.get(1..).unwrap_or_default())?;
        let (tag, shell, format) = (self.tag()?, self.shell(), self.format());
        Ok(RunnerMode::Check(Check { name, tag, shell, format }))
    }

    fn unit(&self, manager: ServiceManager, words: &[OsString]) -> Result<RunnerMode, Error> {
        let app = words.first().ok_or(Error::NoApp)?;
        none_left("--unit MANAGER APP PROCESS", words.get(2..).unwrap_or_default())?;
        let process = words.get(1).cloned().unwrap_or_else(|| "run".into());
        let after = self.matches.get_many("after").into_iter().flatten().cloned().collect();
        let extra = self.matches.get_one("extra").cloned();
        let (name, shell) = (Name::parse(app)?, self.shell());
        Ok(RunnerMode::Unit(Unit { manager, name, process, after, extra, shell }))
    }

    fn flag(&self, name: &str) -> bool {
        self.matches.get_flag(name)
    }

    fn shell(&self) -> Option<OsString> {
        let option = self.matches.get_one::<OsString>("shell").map(OsString::as_os_str);
        self.world.option_or(option, SHELL).map(OsStr::to_owned)
    }

    fn tag(&self) -> Result<Option<OsString>, Error> {
        let tag = self.matches.get_one::<OsString>("tag");
        match tag.filter(|tag| !tag.to_str().is_some_and(image::is_tag_with_digest)) {
            Some(bad) => Err(Error::BadTagOption { tag: bad.clone() }),
            None => Ok(tag.cloned()),
        }
    }

    fn format(&self) -> Format {
        match self.matches.get_one::<String>("format").map(String::as_str) {
            Some("json") => Format::Json,
            _ => Format::Text,
        }
    }
}

/// What comes after APP goes to a container, and there is none.
fn none_left(usage: &'static str, words: &[OsString]) -> Result<(), Error> {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(Error::Superfluous { word: word.clone(), usage }),
    }
}

fn root(world: &World, matches: &ArgMatches) -> Root {
    Root::of(world, matches.get_one::<OsString>("root").map(OsString::as_os_str))
}

fn instead(world: &World, error: &clap::Error) -> Result<RunnerArgs, Error> {
    match ParseExit::of(error) {
        ParseExit::Show(text) => {
            Ok(RunnerArgs { root: Root::of(world, None), action: RunnerMode::Show(text) })
        }
        ParseExit::Wrong(text) => Err(Error::Usage { text }),
    }
}

#[cfg(test)]
mod tests {
    use super::{RunnerArgs, RunnerMode, declaration, parse};
    use crate::world::World;

    fn asked(line: &str) -> RunnerArgs {
        let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        parse(&World::default(), &words).unwrap()
    }

    fn arguments(line: &str) -> Vec<String> {
        match asked(line).action {
            RunnerMode::Run(run) => {
                assert_eq!(run.wanted.name.app, "app");
                run.arguments.into_iter().map(|word| word.into_string().unwrap()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_declaration_is_sound() {
        declaration().debug_assert();
    }

    #[test]
    fn everything_after_app_is_left_alone() {
        assert_eq!(arguments("app migrate"), ["migrate"]);
        assert_eq!(arguments("app -n --root /x --help"), ["-n", "--root", "/x", "--help"]);
        assert_eq!(arguments("-n app --dry-run"), ["--dry-run"]);
        assert_eq!(arguments("app -- x"), ["--", "x"]);
        assert_eq!(arguments("app x -- y"), ["x", "--", "y"]);
        assert_eq!(arguments("-n -- app x"), ["x"]);
        assert_eq!(arguments("-- app -- x"), ["--", "x"]);
        assert_eq!(arguments("app -"), ["-"]);
        assert!(arguments("app").is_empty());
    }

    #[test]
    fn options_come_before_app() {
        assert_eq!(asked("--root /x app").root.0.as_os_str(), "/x");
        assert_eq!(asked("--root=/x app").root.0.as_os_str(), "/x");
        assert_eq!(asked("").action, RunnerMode::Overview);
    }
}
