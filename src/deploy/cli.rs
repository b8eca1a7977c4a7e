//! The command line: what was asked, validated, nothing looked up.

use crate::clap_error::ParseExit;
use crate::deploy::error::Error;
use crate::runner::app::Root;
use crate::world::World;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::{OsStr, OsString};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliArgs {
    /// The folder before `/etc` and `/var`, here and on every host.
    pub root: Root,
    /// The shell that reads the apps' files, here and on every host.
    pub shell: Option<String>,
    /// What is to be done.
    pub action: Subcommand,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subcommand {
    /// Show a text on standard output: help, version.
    Show(String),
    /// Put a tag on every host, or the old one back.
    Deploy(Deploy),
    /// Tell how an app is, or all of them.
    Status {
        /// The app.
        app: Option<String>,
        /// As JSON.
        json: bool,
    },
    /// Tell what was pushed when.
    History {
        /// The app.
        app: Option<String>,
    },
    /// Tell what a push said.
    Log {
        /// The app.
        app: Option<String>,
        /// The push; the newest where none is named.
        push: Option<String>,
    },
    /// Copy the binary to hosts.
    Install {
        /// The hosts.
        hosts: Vec<String>,
    },
    /// Be the host's side.
    OnHost {
        /// The app.
        app: String,
    },
}

/// A push or a rollback.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deploy {
    /// The app.
    pub app: Option<String>,
    /// The tag.
    pub tag: Option<String>,
    /// Whether it is a rollback.
    pub back: bool,
    /// Print what would be done, and do nothing.
    pub dry_run: bool,
    /// Wait for another deployer.
    pub wait: bool,
    /// The images are on the hosts already.
    pub no_pull: bool,
}

/// The declaration: help, completions and man page come from it.
pub fn declaration() -> Command {
    Command::new("docker-deploy")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Puts a tag on every host of an app, or the old one back")
        .after_help(
            "APP and TAG, and HOSTS (or WEB_HOSTS), CELERY_HOSTS, BEAT_HOSTS, ROLES, REPOSITORY, SSH_USER, TASKS,\n\
             CHECK_URL, CHECK_HOST, SETTLE, PROXY_HOSTS and PATIENCE come from the environment, then from /etc/default/APP.\n\
             Exit codes: 0 done, 1 undone (all hosts as before), 3 some host is not as before, 2 usage,\n\
             125 nothing was tried",
        )
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("root")
                .long("root")
                .value_name("DIR")
                .global(true)
                .help("Look for /etc and /var below DIR, on every host (or DOCKER_RUNNER_ROOT)"),
        )
        .arg(
            Arg::new("shell")
                .long("shell")
                .value_name("SHELL")
                .global(true)
                .help("Let this shell source the apps' files, on every host (or DOCKER_RUNNER_SHELL)"),
        )
        .subcommand(deploy("push", "Put a tag on every host").arg(tag()).arg(dry_run()))
        .subcommand(deploy("plan", "Show what push would do").arg(tag()))
        .subcommand(deploy("rollback", "Put the last good tag, or TAG, back").arg(tag()).arg(dry_run()))
        .subcommand(status())
        .subcommand(Command::new("history").about("Show who pushed which tag when").arg(app()))
        .subcommand(
            Command::new("log")
                .about("Show what a push did and said; the newest where none is named")
                .arg(app())
                .arg(Arg::new("push").value_name("PUSH").help("The push, as history names it")),
        )
        .subcommand(
            Command::new("install")
                .about("Copy the binary and its links to hosts")
                .arg(Arg::new("hosts").value_name("HOST").num_args(1..).required(true)),
        )
        .subcommand(Command::new("on-host").hide(true).arg(app().required(true)))
}

fn deploy(name: &'static str, about: &'static str) -> Command {
    let wait = switch("wait").help("Wait where another deploy has the lock");
    let no_pull = switch("no-pull").help("Pull nothing: every host has the image already");
    Command::new(name).about(about).arg(app()).arg(wait).arg(no_pull)
}

fn status() -> Command {
    let format = Arg::new("format").long("format").value_name("FORMAT").value_parser(["table", "json"]);
    let about = "Show how the app is on its hosts, or all apps";
    Command::new("status").about(about).arg(app()).arg(format.help("How to show it"))
}

fn app() -> Arg {
    Arg::new("app").value_name("APP").help("The app")
}

fn tag() -> Arg {
    Arg::new("tag").value_name("TAG").help("The tag")
}

fn dry_run() -> Arg {
    switch("dry-run").short('n').help("Show what would be done, and do nothing")
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// Reads the arguments after the name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<CliArgs, Error> {
    let words = [OsString::from("docker-deploy")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return instead(world, &error),
    };
    let root = Root::from_option(world, matches.get_one::<String>("root").map(OsStr::new));
    let (name, given) = matches.subcommand().ok_or_else(|| usage("no command".into()))?;
    let shell = matches.get_one("shell").cloned();
    Ok(CliArgs { root, shell, action: action(name, given) })
}

fn action(name: &str, given: &ArgMatches) -> Subcommand {
    let text = |name: &str| given.try_get_one::<String>(name).ok().flatten().cloned();
    let flag = |name: &str| given.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
    match name {
        "status" => Subcommand::Status { app: text("app"), json: text("format").as_deref() == Some("json") },
        "history" => Subcommand::History { app: text("app") },
        "log" => Subcommand::Log { app: text("app"), push: text("push") },
        "install" => {
            Subcommand::Install { hosts: given.get_many("hosts").into_iter().flatten().cloned().collect() }
        }
        "on-host" => Subcommand::OnHost { app: text("app").unwrap_or_default() },
        name => Subcommand::Deploy(Deploy {
            app: text("app"),
            tag: text("tag"),
            back: name == "rollback",
            dry_run: name == "plan" || flag("dry-run"),
            wait: flag("wait"),
            no_pull: flag("no-pull"),
        }),
    }
}

fn instead(world: &World, error: &clap::Error) -> Result<CliArgs, Error> {
    if let ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand = error.kind() {
        return Err(usage("no command: push, plan, rollback, status, history, log or install".into()));
    }
    match ParseExit::from_clap(error) {
        ParseExit::Show(text) => {
            Ok(CliArgs { root: Root::from_option(world, None), shell: None, action: Subcommand::Show(text) })
        }
        ParseExit::Wrong(text) => Err(usage(text)),
    }
}

fn usage(text: String) -> Error {
    Error::Usage { text }
}

#[cfg(test)]
mod tests {
    use super::{Deploy, Subcommand, declaration, parse};
    use crate::deploy::error::Error;
    use crate::world::World;

    fn asked(line: &str) -> Result<Subcommand, Error> {
        let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        parse(&World::default(), &words).map(|asked| asked.action)
    }

    #[test]
    fn the_declaration_is_sound() {
        declaration().debug_assert();
    }

    #[test]
    fn the_commands() {
        let deploy = Deploy { app: Some("a".into()), tag: Some("b1".into()), ..Deploy::default() };
        assert_eq!(asked("push a b1").unwrap(), Subcommand::Deploy(deploy.clone()));
        let dry = Subcommand::Deploy(Deploy { dry_run: true, ..deploy });
        assert_eq!(asked("plan a b1").unwrap(), dry);
        assert_eq!(asked("push --dry-run a b1").unwrap(), dry);
        let back = Deploy { app: Some("a".into()), back: true, ..Deploy::default() };
        assert_eq!(asked("rollback a").unwrap(), Subcommand::Deploy(back));
        assert_eq!(asked("status --format json").unwrap(), Subcommand::Status { app: None, json: true });
        assert!(matches!(asked(""), Err(Error::Usage { .. })));
        assert!(matches!(asked("pusch a"), Err(Error::Usage { .. })));
        assert!(matches!(asked("--version"), Ok(Subcommand::Show(_))));
    }
}
