//! The declaration of the command line: help, completions and man page come
//! from it.

use crate::runner::unit::manager::ServiceManager;
use clap::builder::{OsStringValueParser, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgGroup, Command};

/// Options of which only one can be meant.
const MODES: [&str; 5] = ["dry-run", "explain", "check", "list", "unit"];

/// The command line.
pub fn declaration() -> Command {
    Command::new("docker-runner")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Turns an app's /etc/default file and TAG into the right docker run")
        .override_usage(
            "docker-runner [OPTION…] APP[@INSTANCE] [ARG…]\n       \
             docker-runner --check [APP] | --list | --unit MANAGER APP [PROCESS]",
        )
        .after_help(
            "Options come before APP; everything after APP goes to the container untouched.\n\
             Files: /etc/default/APP, /etc/default/APP@INSTANCE, /var/www/APP/TAG",
        )
        .disable_version_flag(true)
        .disable_help_flag(true)
        .args(options())
        .group(ArgGroup::new("mode").args(MODES))
        .group(ArgGroup::new("shown").args(["dry-run", "explain"]).multiple(true))
        .group(ArgGroup::new("tabled").args(["check", "list"]).multiple(true))
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

fn options() -> Vec<Arg> {
    vec![
        text("root", "DIR").help("Look for /etc and /var below DIR (or DOCKER_RUNNER_ROOT)"),
        text("tag", "TAG")
            .conflicts_with_all(["list", "unit"])
            .help("Run this tag, whatever the TAG file says"),
        text("shell", "SHELL").help("Let this shell source the files (or DOCKER_RUNNER_SHELL)"),
        switch("dry-run").short('n').help("Print the command, secrets masked, and run nothing"),
        switch("explain").help("Tell where each part of the command comes from, and run nothing"),
        switch("show-secrets").requires("shown").help("With --dry-run or --explain, on a terminal: no masks"),
        switch("check").help("Tell everything that is wrong with APP's set-up, or with every app's"),
        switch("list").help("Tell the apps of this host, their tags and containers"),
        choice("format", "FORMAT", ["text", "json"])
            .requires("tabled")
            .help("With --check or --list: text or json"),
        choice("unit", "MANAGER", ServiceManager::ALL.map(ServiceManager::name))
            .help("Print a service unit for APP's web process, or for worker or beat"),
        text("after", "UNIT")
            .action(ArgAction::Append)
            .requires("unit")
            .help("With --unit: start after this unit too; may be given several times"),
        text("extra", "OPTIONS")
            .allow_hyphen_values(true)
            .requires("unit")
            .help("With --unit: EXTRA, more options of docker run"),
        switch("complete").hide(true).help("For the shells' completion: the apps, one a line"),
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

fn choice(name: &'static str, value: &'static str, values: [&'static str; 2]) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(PossibleValuesParser::new(values))
}
