//! The command line: parsed and validated, nothing looked up.

use crate::clap_error::ParseExit;
use crate::deploy::error::Error;
use crate::runner::app::Root;
use crate::world::World;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::{OsStr, OsString};

/// The parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliArgs {
    /// The directory that contains `etc` and `var`, here and on every host.
    pub root: Root,
    /// The shell that sources the apps' files, here and on every host.
    pub shell: Option<String>,
    pub subcommand: Subcommand,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subcommand {
    /// Print a text to standard output: the help or the version.
    Show(String),
    Push(RolloutArgs),
    Rollback(RolloutArgs),
    Status {
        app: Option<String>,
        json: bool,
    },
    History {
        app: Option<String>,
    },
    Log {
        app: Option<String>,
        /// The ID of a push; `None` means the newest.
        push: Option<String>,
    },
    Install {
        hosts: Vec<String>,
    },
    /// Run as the agent of an app on this host.
    OnHost {
        app: String,
    },
}

/// The arguments of a push, a rollback or a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolloutArgs {
    pub app: Option<String>,
    pub tag: Option<String>,
    /// Print the plan and change nothing.
    pub dry_run: bool,
    /// Wait while another deployer holds a lock.
    pub wait: bool,
    /// Do not pull: the images are on the hosts already.
    pub no_pull: bool,
}

/// A subcommand: its declaration and its parser.
struct Definition {
    name: &'static str,
    declare: fn(Command) -> Command,
    parse: fn(&ArgMatches) -> Subcommand,
}

/// All subcommands, in the order of the help.
const SUBCOMMANDS: [Definition; 8] = [
    Definition {
        name: "push",
        declare: |command| rollout(command).arg(dry_run()).about("Deploy a tag to every host of an app"),
        parse: |matches| {
            Subcommand::Push(RolloutArgs { dry_run: matches.get_flag("dry-run"), ..rollout_args(matches) })
        },
    },
    Definition {
        name: "plan",
        declare: |command| rollout(command).about("Show what push would do, without changing anything"),
        parse: |matches| Subcommand::Push(RolloutArgs { dry_run: true, ..rollout_args(matches) }),
    },
    Definition {
        name: "rollback",
        declare: |command| rollout(command).arg(dry_run()).about("Go back to the last good tag, or to TAG"),
        parse: |matches| {
            Subcommand::Rollback(RolloutArgs {
                dry_run: matches.get_flag("dry-run"),
                ..rollout_args(matches)
            })
        },
    },
    Definition {
        name: "status",
        declare: |command| {
            let format = Arg::new("format").long("format").value_name("FORMAT").help("The output format");
            command
                .arg(app())
                .arg(format.value_parser(["table", "json"]))
                .about("Show the state of an app, or of all apps, on their hosts")
        },
        parse: |matches| Subcommand::Status {
            app: string_arg(matches, "app"),
            json: string_arg(matches, "format").as_deref() == Some("json"),
        },
    },
    Definition {
        name: "history",
        declare: |command| command.arg(app()).about("Show who pushed which tag and when"),
        parse: |matches| Subcommand::History { app: string_arg(matches, "app") },
    },
    Definition {
        name: "log",
        declare: |command| {
            let push = Arg::new("push").value_name("PUSH");
            command
                .arg(app())
                .arg(push.help("The ID of a push, from docker-deploy history (default: the newest)"))
                .about("Show the steps and the output of a push")
        },
        parse: |matches| Subcommand::Log {
            app: string_arg(matches, "app"),
            push: string_arg(matches, "push"),
        },
    },
    Definition {
        name: "install",
        declare: |command| {
            let hosts = Arg::new("hosts").value_name("HOST").num_args(1..).required(true);
            command.arg(hosts.help("The hosts")).about("Install this binary on hosts, in /usr/local/bin")
        },
        parse: |matches| Subcommand::Install {
            hosts: matches.get_many("hosts").into_iter().flatten().cloned().collect(),
        },
    },
    Definition {
        name: "on-host",
        declare: |command| command.hide(true).arg(app().required(true)),
        parse: |matches| Subcommand::OnHost { app: string_arg(matches, "app").unwrap_or_default() },
    },
];

/// The declaration, from which help, completions and man page are made.
pub fn declaration() -> Command {
    Command::new("docker-deploy")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Deploys a tag to every host of an app, or rolls it back")
        .after_help(
            "These settings are read from the environment, then from /etc/default/APP:\n\
             APP, TAG (environment only), HOSTS or WEB_HOSTS, CELERY_HOSTS, BEAT_HOSTS, ROLES, REPOSITORY,\n\
             SSH_USER, TASKS, CHECK_URL, CHECK_HOST, SETTLE, PROXY_HOSTS, PATIENCE\n\n\
             Exit codes:\n  \
             0    the tag is on every host\n  \
             1    failed, and all hosts are restored\n  \
             2    invalid arguments or settings\n  \
             3    failed, and some host is not restored\n  \
             125  nothing was changed",
        )
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("root")
                .long("root")
                .value_name("DIR")
                .global(true)
                .help("Use DIR/etc and DIR/var, on every host [env: DOCKER_RUNNER_ROOT]"),
        )
        .arg(
            Arg::new("shell")
                .long("shell")
                .value_name("SHELL")
                .global(true)
                .help("Source the apps' files with this shell, on every host [env: DOCKER_RUNNER_SHELL]"),
        )
        .subcommands(SUBCOMMANDS.iter().map(|definition| (definition.declare)(Command::new(definition.name))))
}

/// The arguments that push, plan and rollback share.
fn rollout(command: Command) -> Command {
    command
        .arg(app())
        .arg(Arg::new("tag").value_name("TAG").help("The image tag"))
        .arg(switch("wait").help("Wait while another deployer holds the lock"))
        .arg(switch("no-pull").help("Do not pull: every host has the image already"))
}

fn app() -> Arg {
    Arg::new("app").value_name("APP").help("The name of the app")
}

fn dry_run() -> Arg {
    switch("dry-run").short('n').help("Show what would be done, without changing anything")
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

/// Parses the arguments after the program's name.
pub fn parse(world: &World, arguments: &[OsString]) -> Result<CliArgs, Error> {
    let argv = [OsString::from("docker-deploy")].into_iter().chain(arguments.iter().cloned());
    let matches = match declaration().try_get_matches_from(argv) {
        Ok(matches) => matches,
        Err(error) => return parse_exit(world, &error),
    };
    let root = Root::from_option(world, matches.get_one::<String>("root").map(OsStr::new));
    let shell = string_arg(&matches, "shell");
    let found = matches.subcommand().and_then(|(name, matches)| {
        let definition = SUBCOMMANDS.iter().find(|definition| definition.name == name)?;
        Some((definition.parse)(matches))
    });
    Ok(CliArgs { root, shell, subcommand: found.ok_or_else(no_subcommand)? })
}

fn rollout_args(matches: &ArgMatches) -> RolloutArgs {
    RolloutArgs {
        app: string_arg(matches, "app"),
        tag: string_arg(matches, "tag"),
        dry_run: false,
        wait: matches.get_flag("wait"),
        no_pull: matches.get_flag("no-pull"),
    }
}

fn string_arg(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

fn parse_exit(world: &World, error: &clap::Error) -> Result<CliArgs, Error> {
    if let ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand = error.kind() {
        return Err(no_subcommand());
    }
    match ParseExit::from_clap(error) {
        ParseExit::Show(text) => Ok(CliArgs {
            root: Root::from_option(world, None),
            shell: None,
            subcommand: Subcommand::Show(text),
        }),
        ParseExit::Wrong(text) => Err(Error::Usage { text }),
    }
}

fn no_subcommand() -> Error {
    let declaration = declaration();
    let visible = declaration.get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> = visible.map(Command::get_name).collect();
    Error::Usage { text: format!("no subcommand given: use one of {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::{RolloutArgs, SUBCOMMANDS, Subcommand, declaration, parse};
    use crate::deploy::error::Error;
    use crate::world::World;

    fn parsed(line: &str) -> Result<Subcommand, Error> {
        let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).map(Into::into).collect();
        parse(&World::default(), &words).map(|parsed| parsed.subcommand)
    }

    #[test]
    fn the_declaration_is_valid() {
        declaration().debug_assert();
    }

    /// A parser that reads an argument that is not declared panics.
    #[test]
    fn every_subcommand_is_parsed() {
        for definition in &SUBCOMMANDS {
            parsed(&format!("{} x", definition.name)).unwrap();
        }
    }

    #[test]
    fn subcommands() {
        let args = RolloutArgs { app: Some("a".into()), tag: Some("b1".into()), ..RolloutArgs::default() };
        assert_eq!(parsed("push a b1").unwrap(), Subcommand::Push(args.clone()));
        let dry_run = Subcommand::Push(RolloutArgs { dry_run: true, ..args });
        assert_eq!(parsed("plan a b1").unwrap(), dry_run);
        assert_eq!(parsed("push --dry-run a b1").unwrap(), dry_run);
        let args = RolloutArgs { app: Some("a".into()), ..RolloutArgs::default() };
        assert_eq!(parsed("rollback a").unwrap(), Subcommand::Rollback(args.clone()));
        let dry_run = Subcommand::Rollback(RolloutArgs { dry_run: true, ..args });
        assert_eq!(parsed("rollback --dry-run a").unwrap(), dry_run);
        assert_eq!(parsed("status --format json").unwrap(), Subcommand::Status { app: None, json: true });
        assert!(matches!(parsed(""), Err(Error::Usage { .. })));
        assert!(matches!(parsed("pusch a"), Err(Error::Usage { .. })));
        assert!(matches!(parsed("--version"), Ok(Subcommand::Show(_))));
    }
}
