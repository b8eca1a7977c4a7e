//! What a completion needs to know of the declaration.

use clap::{Arg, Command};
use docker_runner::entrypoint::PROCESSES;

/// The options of docker-runner.
pub(crate) struct Options(pub(crate) Vec<Opt>);

/// An option.
pub(crate) struct Opt {
    pub(crate) long: String,
    pub(crate) short: Option<char>,
    pub(crate) help: String,
    pub(crate) value: Value,
}

/// What follows an option.
pub(crate) enum Value {
    /// Nothing.
    None,
    /// One of these words.
    Choice(Vec<String>),
    /// A folder.
    Folder,
    /// A program.
    Program,
    /// Anything.
    Other,
}

impl Options {
    pub(crate) fn of(command: &Command) -> Self {
        let shown = command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set());
        Self(shown.map(Opt::of).collect())
    }

    /// The long names of those that a word follows, as a shell's pattern.
    pub(crate) fn with_value(&self) -> String {
        let taking = self.0.iter().filter(|option| !matches!(option.value, Value::None));
        taking.map(|option| format!("--{}", option.long)).collect::<Vec<_>>().join("|")
    }
}

impl Opt {
    fn of(arg: &Arg) -> Self {
        Self {
            long: arg.get_long().unwrap_or_default().to_owned(),
            short: arg.get_short(),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            value: Value::of(arg),
        }
    }

    /// `--long` and `-s`.
    pub(crate) fn names(&self) -> Vec<String> {
        let short = self.short.map(|letter| format!("-{letter}"));
        [format!("--{}", self.long)].into_iter().chain(short).collect()
    }
}

impl Value {
    fn of(arg: &Arg) -> Self {
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

/// The names of the processes, with their help.
pub(crate) fn processes() -> Vec<(&'static str, &'static str)> {
    PROCESSES.iter().map(|entry| (entry.name, entry.help)).collect()
}
