//! The declaration of the command line. Help, completions and man page are generated
//! from it.

use super::Format;
use crate::runner::unit::manager::ServiceManager;
use clap::builder::{EnumValueParser, OsStringValueParser};
use clap::{Arg, ArgAction, ArgGroup, Command, ValueEnum};

/// Options that exclude each other.
const MODES: [&str; 5] = ["dry-run", "explain", "check", "list", "unit"];

/// The command line of docker-runner.
pub fn declaration() -> Command {
    Command::new("docker-runner")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Run an app of this host in Docker")
        .override_usage(
            "docker-runner [OPTION…] APP[@INSTANCE] [ARG…]\n       \
             docker-runner --check [APP] | --list | --unit MANAGER APP [PROCESS]",
        )
        .after_help(
            "Options come before APP. Everything after APP goes to the container unchanged.\n\
             Files: /etc/default/APP, /etc/default/APP@INSTANCE, /var/www/APP/TAG",
        )
        .disable_version_flag(true)
        .disable_help_flag(true)
        .args(options())
        .group(ArgGroup::new("mode").args(MODES))
        .group(ArgGroup::new("printed").args(["dry-run", "explain"]).multiple(true))
        .group(ArgGroup::new("formatted").args(["check", "list"]).multiple(true))
        // One positional for APP and all that follows, so that APP ends the options.
        .arg(
            Arg::new("words")
                .value_name("APP [ARG…]")
                .num_args(0..)
                .trailing_var_arg(true)
                .value_parser(OsStringValueParser::new())
                .help("The app, and the arguments for its container (run, migrate, worker, manage …)"),
        )
}

fn options() -> Vec<Arg> {
    vec![
        text("root", "DIR").help("Use the folders etc and var in DIR (or DOCKER_RUNNER_ROOT)"),
        text("tag", "TAG")
            .conflicts_with_all(["list", "unit"])
            .help("Run this tag instead of the one in the TAG file"),
        text("shell", "SHELL").help("Let this shell source the settings files (or DOCKER_RUNNER_SHELL)"),
        switch("dry-run").short('n').help("Print the docker command with secrets masked, and run nothing"),
        switch("explain")
            .help("Print the file and line from which each part of the command comes, and run nothing"),
        switch("show-secrets")
            .requires("printed")
            .help("With --dry-run or --explain, on a terminal: show the secrets"),
        switch("check").help("Report all errors and warnings of APP, or of every app"),
        switch("list").help("List the apps on this host, with their tags and containers"),
        choice::<Format>("format", "FORMAT")
            .requires("formatted")
            .help("With --check or --list: the output format"),
        choice::<ServiceManager>("unit", "MANAGER")
            .help("Print a service unit for the web process of APP, or for worker or beat"),
        text("after", "UNIT")
            .action(ArgAction::Append)
            .requires("unit")
            .help("With --unit: start after this unit too; can be given several times"),
        text("extra", "OPTIONS")
            .allow_hyphen_values(true)
            .requires("unit")
            .help("With --unit: more options of docker run, for EXTRA"),
        switch("complete").hide(true).help("For shell completion: print the apps, one a line"),
        switch("help").short('h').action(ArgAction::Help).help("Print this help"),
        switch("version").short('V').action(ArgAction::Version).help("Print the version"),
    ]
}

fn switch(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(OsStringValueParser::new())
}

fn choice<T: ValueEnum + Clone + Send + Sync + 'static>(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(EnumValueParser::<T>::new())
}
