//! The command line: what was asked, validated, nothing looked up.

use super::app::{Name, Root};
use super::config::Wanted;
use super::error::Error;
use super::image;
use crate::world::World;
use clap::builder::OsStringValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
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
}

/// A container to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The app, and how it is read.
    pub wanted: Wanted,
    /// What goes to the container, each argument whole.
    pub arguments: Vec<OsString>,
    /// Print the command instead of carrying it out.
    pub dry_run: bool,
}

/// The declaration: help, completions and man page come from it.
pub fn declaration() -> Command {
    Command::new("docker-runner")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Turns an app's /etc/default file and TAG into the right docker run")
        .override_usage("docker-runner [OPTION…] APP[@INSTANCE] [ARG…]")
        .after_help(
            "Options come before APP; everything after APP goes to the container untouched.\n\
             Files: /etc/default/APP, /etc/default/APP@INSTANCE, /var/www/APP/TAG",
        )
        .disable_version_flag(true)
        .disable_help_flag(true)
        .arg(path("root", "DIR").help("Look for /etc and /var below DIR (or DOCKER_RUNNER_ROOT)"))
        .arg(path("tag", "TAG").help("Run this tag, whatever the TAG file says"))
        .arg(path("shell", "SHELL").help("Let this shell source the files (or DOCKER_RUNNER_SHELL)"))
        .arg(switch("dry-run").short('n').help("Print the command, secrets masked, and run nothing"))
        .arg(switch("help").short('h').action(ArgAction::Help).help("Print this help"))
        .arg(switch("version").short('V').action(ArgAction::Version).help("Print the version"))
        // One positional for APP and what follows, so that its first word ends the options.
        .arg(
            Arg::new("words")
                .value_name("APP [ARG…]")
                .num_args(0..)
                .trailing_var_arg(true)
                .value_parser(OsStringValueParser::new())
                .help("The app, and what goes to its container (run, migrate, worker, manage …)"),
        )
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn path(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(OsStringValueParser::new())
}

/// Reads the arguments after the name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<Asked, Error> {
    let words = [OsString::from("docker-runner")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return shown(world, &error),
    };
    let mut words = matches.get_many::<OsString>("words").into_iter().flatten().cloned();
    let action = match words.next() {
        None => Action::Overview,
        Some(app) => Action::Run(run(world, &matches, &app, words.collect())?),
    };
    Ok(Asked { root: root(world, &matches), action })
}

fn run(world: &World, matches: &ArgMatches, app: &OsStr, arguments: Vec<OsString>) -> Result<Run, Error> {
    let tag = matches.get_one::<OsString>("tag").cloned();
    if let Some(bad) = tag.as_ref().filter(|tag| !tag.to_str().is_some_and(image::is_tag_with_digest)) {
        return Err(Error::BadTagOption { tag: bad.clone() });
    }
    let wanted =
        Wanted { name: Name::parse(app)?, tag, shell: given(world, matches, "shell", "DOCKER_RUNNER_SHELL") };
    Ok(Run { wanted, arguments, dry_run: matches.get_flag("dry-run") })
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

/// The library's message without its mark, its hint and the usage.
fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let hint = lines.next().and_then(|line| line.strip_prefix("tip: "));
    let first = first.strip_prefix("error: ").unwrap_or(first);
    hint.map_or_else(|| first.to_owned(), |hint| format!("{first}: {hint}"))
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
