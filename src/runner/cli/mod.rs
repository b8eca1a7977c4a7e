//! The command line: what was asked, validated, nothing looked up.

mod declaration;

pub use declaration::declaration;

use super::app::{Name, Root};
use super::config::Wanted;
use super::error::Error;
use super::image;
use crate::world::World;
use clap::ArgMatches;
use clap::error::ErrorKind;
use std::ffi::{OsStr, OsString};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The folder before `/etc` and `/var`.
    pub root: Root,
    /// What is to be done.
    pub action: Action,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
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
    pub manager: Manager,
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

/// A service manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// systemd.
    Systemd,
    /// Ubuntu's upstart.
    Upstart,
}

/// Reads the arguments after the name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<Asked, Error> {
    let words = [OsString::from("docker-runner")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return shown(world, &error),
    };
    Ok(Asked { root: root(world, &matches), action: Given { world, matches }.action()? })
}

/// What was given on the command line and in the environment.
struct Given<'a> {
    world: &'a World,
    matches: ArgMatches,
}

impl Given<'_> {
    fn action(&self) -> Result<Action, Error> {
        let words: Vec<OsString> = self.matches.get_many("words").into_iter().flatten().cloned().collect();
        if let Some(manager) = self.matches.get_one::<String>("unit") {
            return self.unit(manager, &words);
        }
        if self.flag("check") {
            return self.check(&words);
        }
        if self.flag("list") {
            none_left("--list", &words)?;
            return Ok(Action::List { format: self.format(), shell: self.shell() });
        }
        match words.split_first() {
            _ if self.flag("complete") => Ok(Action::Complete),
            None => Ok(Action::Overview),
            Some((app, arguments)) => self.run(app, arguments),
        }
    }

    fn run(&self, app: &OsStr, arguments: &[OsString]) -> Result<Action, Error> {
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
        Ok(Action::Run(Run { wanted, arguments: arguments.to_vec(), how, show_secrets }))
    }

    fn check(&self, words: &[OsString]) -> Result<Action, Error> {
        let name = words.first().map(|app| Name::parse(app)).transpose()?;
        none_left("--check APP", words.get(1..).unwrap_or_default())?;
        let (tag, shell, format) = (self.tag()?, self.shell(), self.format());
        Ok(Action::Check(Check { name, tag, shell, format }))
    }

    fn unit(&self, manager: &str, words: &[OsString]) -> Result<Action, Error> {
        let app = words.first().ok_or(Error::NoApp)?;
        none_left("--unit MANAGER APP PROCESS", words.get(2..).unwrap_or_default())?;
        let manager = if manager == "systemd" { Manager::Systemd } else { Manager::Upstart };
        let process = words.get(1).cloned().unwrap_or_else(|| "run".into());
        let after = self.matches.get_many("after").into_iter().flatten().cloned().collect();
        let extra = self.matches.get_one("extra").cloned();
        let (name, shell) = (Name::parse(app)?, self.shell());
        Ok(Action::Unit(Unit { manager, name, process, after, extra, shell }))
    }

    fn flag(&self, name: &str) -> bool {
        self.matches.get_flag(name)
    }

    fn shell(&self) -> Option<OsString> {
        given(self.world, &self.matches, "shell", "DOCKER_RUNNER_SHELL")
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

/// An option, else a variable of the environment; an empty one is none.
fn given(world: &World, matches: &ArgMatches, option: &str, variable: &str) -> Option<OsString> {
    let option = matches.get_one::<OsString>(option).map(OsString::as_os_str);
    let given = option.or_else(|| world.variable(variable));
    given.filter(|given| !given.is_empty()).map(OsStr::to_owned)
}

/// `--root`, else DOCKER_RUNNER_ROOT, else the root itself.
fn root(world: &World, matches: &ArgMatches) -> Root {
    Root(given(world, matches, "root", "DOCKER_RUNNER_ROOT").unwrap_or_else(|| "/".into()).into())
}

fn shown(world: &World, error: &clap::Error) -> Result<Asked, Error> {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let root = Root(world.variable("DOCKER_RUNNER_ROOT").unwrap_or(OsStr::new("/")).into());
        return Ok(Asked { root, action: Action::Show(text) });
    }
    Err(Error::Usage { text: first_line(&text) })
}

/// The library's message as one line, without its mark and the usage.
pub fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let second = lines.next().unwrap_or_default();
    if let Some(values) = second.strip_prefix('[').and_then(|values| values.strip_suffix(']')) {
        return format!("{first}: {values}");
    }
    match (first.strip_suffix(':'), second.strip_prefix("tip: ")) {
        (Some(first), _) => format!("{first}: {second}"),
        // "To pass it as a value" is no way out: no APP begins with a dash.
        (None, Some(hint)) if !hint.starts_with("to pass ") => format!("{first}: {hint}"),
        (None, _) if second.starts_with('[') => format!("{first} {second}"),
        (None, _) => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Asked, declaration, parse};
    use crate::world::World;

    fn asked(line: &str) -> Asked {
        let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        parse(&World::default(), &words).unwrap()
    }

    fn arguments(line: &str) -> Vec<String> {
        match asked(line).action {
            Action::Run(run) => {
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
        assert_eq!(asked("").action, Action::Overview);
    }
}
