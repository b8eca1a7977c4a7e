//! The options and processes, for the completion scripts.

use clap::{Arg, Command};
use docker_runner::process::{Entry, Lifetime, PROCESSES};

pub(crate) struct Options(pub(crate) Vec<Opt>);

pub(crate) struct Opt {
    pub(crate) long: String,
    pub(crate) short: Option<char>,
    pub(crate) help: String,
    pub(crate) value: Value,
}

/// The value of an option.
pub(crate) enum Value {
    None,
    Choice(Vec<String>),
    Folder,
    Program,
    Other,
}

impl Options {
    pub(crate) fn from_command(command: &Command) -> Self {
        let shown = command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set());
        Self(shown.map(Opt::from_arg).collect())
    }

    /// The long names of the options with a value, as a pattern for a shell.
    pub(crate) fn with_value(&self) -> String {
        let taking = self.0.iter().filter(|option| !matches!(option.value, Value::None));
        taking.map(|option| format!("--{}", option.long)).collect::<Vec<_>>().join("|")
    }
}

impl Opt {
    fn from_arg(arg: &Arg) -> Self {
        Self {
            long: arg.get_long().unwrap_or_default().to_owned(),
            short: arg.get_short(),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            value: Value::from_arg(arg),
        }
    }

    /// `--long` and `-s`.
    pub(crate) fn names(&self) -> Vec<String> {
        let short = self.short.map(|letter| format!("-{letter}"));
        [format!("--{}", self.long)].into_iter().chain(short).collect()
    }
}

impl Value {
    fn from_arg(arg: &Arg) -> Self {
        if !arg.get_action().takes_values() {
            return Self::None;
        }
        let choice: Vec<String> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        match arg.get_long() {
            _ if !choice.is_empty() => Self::Choice(choice),
            Some("root") => Self::Folder,
            Some("shell") => Self::Program,
            _ => Self::Other,
        }
    }
}

/// The processes, in the order of the help.
pub(crate) fn processes() -> &'static [Entry] {
    &PROCESSES
}

/// Whether a service unit keeps the process running.
pub(crate) fn is_service(entry: &Entry) -> bool {
    matches!(entry.lifetime, Lifetime::Service { .. })
}
