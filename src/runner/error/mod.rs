//! The errors of docker-runner. `Display` is the message alone. [`Error::location`] and
//! [`Error::help`] are the place and the advice; [`Error::render`] joins all three.

mod render;
mod words;

pub use words::origin;

use super::app::InvalidName;
use super::permissions::Distrust;
use super::system::RunError;
use super::tag::TagFileError;
use crate::report::{self, argument};
use crate::shell;
use crate::shell::scope::Place;
use crate::sys;
use std::ffi::OsString;
use std::path::PathBuf;
use words::{do_not_exist, do_not_set};

/// An error of docker-runner.
///
/// `place` is where a variable was set or a word was written; `None`: in the environment.
/// `searched` are the paths at which a file was expected. `nearest` is for "did you mean".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// clap refuses the command line.
    #[error("{text} (see docker-runner --help)")]
    Usage { text: String },
    #[error("cannot run: no APP given")]
    NoApp,
    /// More words than the option takes. `usage` is the part of the command line before them.
    #[error("unexpected argument '{}' after {usage}: put options before APP", report::printable(word))]
    Superfluous { word: OsString, usage: &'static str },
    #[error("--show-secrets works on a terminal only: standard output is not a terminal")]
    SecretsInAFile,
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error("{error}")]
    File { path: PathBuf, error: sys::files::Error },
    /// Somebody other than root and the caller could have written the settings file.
    #[error("cannot trust this file, which decides what runs as root: {distrust}")]
    Distrusted { path: PathBuf, distrust: Distrust },
    /// The settings file has a syntax error, or contains something that is not evaluated.
    #[error("{}", .0.kind)]
    Shell(#[from] Box<shell::Error>),
    #[error("--shell {} {error}", report::printable(shell))]
    NoShell { shell: OsString, error: RunError },
    /// The shell of `--shell` reported no variables.
    #[error("--shell {} does not work as a POSIX shell", report::printable(shell))]
    StrangeShell { shell: OsString },
    /// A file failed in the shell of `--shell`. `code` is `None` if a signal ended the shell.
    #[error(
        "failed in {}{}",
        report::printable(shell), code.map_or_else(String::new, |code| format!(" with exit code {code}"))
    )]
    Sourced { path: PathBuf, shell: OsString, code: Option<i32> },
    /// A settings file sets APP to an invalid name, or unsets it.
    #[error("APP is not a valid app name")]
    AppInFile { place: Option<Place> },
    #[error("{error}")]
    TagFile { path: PathBuf, error: TagFileError },
    /// If `file_exists`, `searched` are the files that exist.
    #[error(
        "cannot run {app}: {}",
        if *file_exists { do_not_set(searched, "IMAGE") } else { do_not_exist(searched) }
    )]
    NoImage { app: String, searched: Vec<PathBuf>, file_exists: bool, nearest: Option<String> },
    /// The message does not show the value, because it may contain the lines after IMAGE.
    #[error("IMAGE is not a valid image name")]
    BadImage {
        place: Option<Place>,
        /// Whether the value has several lines.
        lines: bool,
    },
    /// `name` must be a string.
    #[error("{name} is an array")]
    Array { name: &'static str, place: Option<Place> },
    /// Nothing is configured for the instance. With a misspelt name, the app itself would
    /// run a second time.
    #[error("{name} has the settings and the tag of the app: {}", do_not_exist(searched))]
    NoInstance { name: String, searched: Vec<PathBuf>, nearest: Option<String> },
    #[error("cannot run {app}: {}, and IMAGE has no tag", do_not_exist(searched))]
    NoTag { app: String, searched: Vec<PathBuf> },
    #[error("TAG is not a valid Docker tag")]
    BadTag { place: Option<Place> },
    #[error("TAG is readonly here, so the TAG file cannot set it")]
    ReadonlyTag { place: Option<Place> },
    #[error("--tag {} is not a valid Docker tag", argument(tag))]
    BadTagOption { tag: OsString },
    /// `has` is `tag` or `digest`. `tag` is where TAG comes from.
    #[error("IMAGE already has a {has}, and {tag} gives another")]
    TwoTags { image: Option<Place>, has: &'static str, tag: String },
    /// `name` is OPTS or EXTRA, as in the following variants.
    #[error(
        "{name} contains a word that is neither an option nor the value of an option, and docker would run it as \
         the image"
    )]
    Positional { name: &'static str, place: Option<Place> },
    /// A word that is a backslash: in double quotes it stays if a blank follows it.
    #[error("{name} contains a backslash before a blank, which does not continue the line")]
    BackslashBlank { name: &'static str, place: Option<Place> },
    #[error("{option} at the end of {name} has no value, and docker would take the image as its value")]
    WithoutValue { name: &'static str, option: String, place: Option<Place> },
    /// `option` is without its value.
    #[error("docker run has no option {}", report::printable(option))]
    NoOption { option: String, nearest: Option<&'static str>, place: Option<Place> },
    /// A settings file sets or unsets EXTRA, so that the EXTRA of the unit is lost.
    #[error("EXTRA is changed here, so the EXTRA of the unit with its --name is lost")]
    ExtraInFile { place: Option<Place> },
    #[error("--{option} cannot be used in a service unit: the service manager does the same")]
    NotInAUnit { option: &'static str, place: Option<Place> },
    /// The container would have another name than the one that the unit stops.
    #[error("--extra must not set --name: the container of the unit is called {name}")]
    NameInExtra { name: String },
    /// A unit would start the process again and again.
    #[error("{process} ends by itself, and a unit would start it again: use run, worker or beat")]
    Ends { process: &'static str },
    /// The name cannot be part of the name of a unit.
    #[error("{} is not a valid process name: use run, worker, beat or another process", argument(process))]
    NoProcess { process: OsString },
    #[error("--after {} is not a valid unit name: use one such as postgresql.service", argument(unit))]
    NoUnit { unit: OsString },
    #[error("{name} has an -e without a variable name")]
    NoVariable { name: &'static str, place: Option<Place> },
    /// The value can only go through docker's environment, where docker itself reads the
    /// variable.
    #[error(
        "cannot pass {name} to the container: a value with a newline, with a CR at its end or of 64 KiB goes \
         through docker's own environment, where {name} would change docker itself"
    )]
    DockersOwn { name: String, place: Option<Place> },
    #[error("cannot keep the secrets in memory: {error}")]
    NoMemory { error: std::io::Error },
    #[error("cannot find docker on PATH: install docker, or correct PATH")]
    NoDocker,
    #[error("cannot execute {}: it is not executable", report::printable(path))]
    NotExecutable { path: PathBuf },
    /// E2BIG, execve(2). `bytes` is the size of arguments and environment.
    #[error(
        "cannot start docker: arguments and environment are {bytes} bytes, more than the kernel accepts \
         (E2BIG; at most 131071 for one of them): shorten OPTS, EXTRA or the exported variables"
    )]
    TooBig { bytes: usize },
    #[error("cannot start {}: {error}", report::printable(path))]
    Exec { path: PathBuf, error: sys::exec::Error },
}
