//! Parses and validates the command line. Nothing is looked up.

mod declaration;

pub use declaration::declaration;

use super::app::{AppName, Root};
use super::config::{ConfigRequest, SHELL};
use super::error::Error;
use super::image;
use super::unit::manager::ServiceManager;
use crate::clap_error::ParseExit;
use crate::world::World;
use clap::builder::PossibleValue;
use clap::{ArgMatches, ValueEnum};
use std::ffi::{OsStr, OsString};

/// The parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerArgs {
    pub root: Root,
    pub mode: RunnerMode,
}

/// What docker-runner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunnerMode {
    /// Print the text of `--help` or `--version`.
    Show(String),
    /// There are no arguments: print what docker-runner is, and the apps.
    Overview,
    Run(RunArgs),
    Check(CheckArgs),
    List {
        format: Format,
        /// The shell that sources the settings files.
        shell: Option<OsString>,
    },
    Unit(UnitArgs),
    /// Print the apps for shell completion.
    Complete,
}

/// A container to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArgs {
    pub request: ConfigRequest,
    /// For the container, each argument whole.
    pub arguments: Vec<OsString>,
    pub mode: RunMode,
    pub show_secrets: bool,
}

/// Whether a container runs, or its command is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunMode {
    Exec,
    DryRun,
    Explain,
}

/// Arguments of `--check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckArgs {
    /// `None`: every app.
    pub name: Option<AppName>,
    /// Overrides the TAG files.
    pub tag: Option<OsString>,
    /// The shell that sources the settings files.
    pub shell: Option<OsString>,
    pub format: Format,
}

/// The format of `--check` and `--list`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Text => "text",
            Self::Json => "json",
        }))
    }
}

/// Arguments of `--unit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitArgs {
    pub manager: ServiceManager,
    pub name: AppName,
    /// `run` by default.
    pub process: OsString,
    /// The units after which it starts.
    pub after: Vec<OsString>,
    /// More options for EXTRA.
    pub extra: Option<OsString>,
    /// The shell that sources the settings files.
    pub shell: Option<OsString>,
}

/// Parses the arguments after the program's name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<RunnerArgs, Error> {
    let words = [OsString::from("docker-runner")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return from_clap_error(world, &error),
    };
    Ok(RunnerArgs { root: root(world, &matches), mode: OptionValues { world, matches }.mode()? })
}

/// Options from the command line and from the environment.
struct OptionValues<'a> {
    world: &'a World,
    matches: ArgMatches,
}

impl OptionValues<'_> {
    fn mode(&self) -> Result<RunnerMode, Error> {
        let words: Vec<OsString> = self.matches.get_many("words").into_iter().flatten().cloned().collect();
        if let Some(manager) = self.matches.get_one::<ServiceManager>("unit") {
            return self.unit(*manager, &words);
        }
        if self.flag("check") {
            return self.check(&words);
        }
        if self.flag("list") {
            no_more_words("--list", &words)?;
            return Ok(RunnerMode::List { format: self.format(), shell: self.shell() });
        }
        if self.flag("complete") {
            return Ok(RunnerMode::Complete);
        }
        match words.split_first() {
            None => Ok(RunnerMode::Overview),
            Some((app, arguments)) => self.run(app, arguments),
        }
    }

    fn run(&self, app: &OsStr, arguments: &[OsString]) -> Result<RunnerMode, Error> {
        let request = ConfigRequest { name: AppName::parse(app)?, tag: self.tag()?, shell: self.shell() };
        let mode = match (self.flag("dry-run"), self.flag("explain")) {
            (true, _) => RunMode::DryRun,
            (false, true) => RunMode::Explain,
            (false, false) => RunMode::Exec,
        };
        let show_secrets = self.flag("show-secrets");
        if show_secrets && !self.world.terminal.stdout {
            return Err(Error::SecretsInAFile);
        }
        Ok(RunnerMode::Run(RunArgs { request, arguments: arguments.to_vec(), mode, show_secrets }))
    }

    fn check(&self, words: &[OsString]) -> Result<RunnerMode, Error> {
        let name = words.first().map(|app| AppName::parse(app)).transpose()?;
        no_more_words("--check APP", words.get(1..).unwrap_or_default())?;
        let (tag, shell, format) = (self.tag()?, self.shell(), self.format());
        Ok(RunnerMode::Check(CheckArgs { name, tag, shell, format }))
    }

    fn unit(&self, manager: ServiceManager, words: &[OsString]) -> Result<RunnerMode, Error> {
        let app = words.first().ok_or(Error::NoApp)?;
        no_more_words("--unit MANAGER APP PROCESS", words.get(2..).unwrap_or_default())?;
        let process = words.get(1).cloned().unwrap_or_else(|| "run".into());
        let after = self.matches.get_many("after").into_iter().flatten().cloned().collect();
        let extra = self.matches.get_one("extra").cloned();
        let (name, shell) = (AppName::parse(app)?, self.shell());
        Ok(RunnerMode::Unit(UnitArgs { manager, name, process, after, extra, shell }))
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
            Some(invalid) => Err(Error::BadTagOption { tag: invalid.clone() }),
            None => Ok(tag.cloned()),
        }
    }

    fn format(&self) -> Format {
        self.matches.get_one("format").copied().unwrap_or(Format::Text)
    }
}

/// Refuses words that would go to a container, because these modes run none.
fn no_more_words(usage: &'static str, words: &[OsString]) -> Result<(), Error> {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(Error::Superfluous { word: word.clone(), usage }),
    }
}

fn root(world: &World, matches: &ArgMatches) -> Root {
    Root::from_option(world, matches.get_one::<OsString>("root").map(OsString::as_os_str))
}

fn from_clap_error(world: &World, error: &clap::Error) -> Result<RunnerArgs, Error> {
    match ParseExit::from_clap(error) {
        ParseExit::Show(text) => {
            Ok(RunnerArgs { root: Root::from_option(world, None), mode: RunnerMode::Show(text) })
        }
        ParseExit::Wrong(text) => Err(Error::Usage { text }),
    }
}

#[cfg(test)]
mod tests {
    use super::{RunnerArgs, RunnerMode, declaration, parse};
    use crate::world::World;

    fn parse_line(line: &str) -> RunnerArgs {
        let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        parse(&World::default(), &words).unwrap()
    }

    fn arguments(line: &str) -> Vec<String> {
        match parse_line(line).mode {
            RunnerMode::Run(run) => {
                assert_eq!(run.request.name.app, "app");
                run.arguments.into_iter().map(|word| word.into_string().unwrap()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_declaration_is_consistent() {
        declaration().debug_assert();
    }

    #[test]
    fn everything_after_app_goes_to_the_container() {
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
    fn parses_options_before_app() {
        assert_eq!(parse_line("--root /x app").root.0.as_os_str(), "/x");
        assert_eq!(parse_line("--root=/x app").root.0.as_os_str(), "/x");
        assert_eq!(parse_line("").mode, RunnerMode::Overview);
    }
}
