//! What can go wrong on a host. `Display` says what; where it is and the mend
//! stand beside it ([`Error::at`], [`Error::help`]), and [`Error::render`] is all three.

mod render;
mod words;

pub use words::{given, origin};

use super::app::NoName;
use super::permissions::Distrust;
use super::system::Unheard;
use super::tag::Fault;
use crate::report;
use crate::shell;
use crate::shell::scope::Place;
use crate::sys;
use std::ffi::OsString;
use std::path::PathBuf;
use words::{paths, unsaid};

/// What can go wrong on a host.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is none.
    #[error("{text} (docker-runner --help tells what there is)")]
    Usage {
        /// What is wrong with it.
        text: String,
    },
    /// No APP, where there has to be one.
    #[error("cannot run: no APP was given")]
    NoApp,
    /// More words than the option takes.
    #[error("unexpected argument '{}' after {usage}: options come before APP", report::name(word))]
    Superfluous {
        /// The first of them.
        word: OsString,
        /// What goes before.
        usage: &'static str,
    },
    /// `--show-secrets` into a file or pipe.
    #[error("--show-secrets shows them on a terminal only: standard output is none")]
    SecretsInAFile,
    /// APP is no name.
    #[error(transparent)]
    Name(#[from] NoName),
    /// A file is there, but can't be read.
    #[error("{error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: sys::files::Error,
    },
    /// A config file that a stranger could have written.
    #[error("cannot trust this file, which decides what runs as root: {distrust}")]
    Distrusted {
        /// The file.
        path: PathBuf,
        /// Why.
        distrust: Distrust,
    },
    /// A config file is refused by the language.
    #[error("{}", .0.kind)]
    Shell(#[from] Box<shell::Error>),
    /// The shell of `--shell` can't be used.
    #[error("--shell {} {error}", report::name(shell))]
    NoShell {
        /// The shell.
        shell: OsString,
        /// Why.
        error: Unheard,
    },
    /// The shell of `--shell` told nothing of the variables.
    #[error("--shell {} is no shell that docker-runner understands", report::name(shell))]
    StrangeShell {
        /// The shell.
        shell: OsString,
    },
    /// A file failed in the shell of `--shell`.
    #[error(
        "failed in {}{}",
        report::name(shell), code.map_or_else(String::new, |code| format!(" with {code}"))
    )]
    Sourced {
        /// The file.
        path: PathBuf,
        /// The shell.
        shell: OsString,
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
    },
    /// A file sets APP to what is no name.
    #[error("APP is no app's name")]
    AppInFile {
        /// Where it was set.
        place: Option<Place>,
    },
    /// A TAG file is more or less than a tag.
    #[error("{fault}")]
    TagFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Nothing says which image.
    #[error("cannot run {app}: no IMAGE, {}", unsaid(looked, *read))]
    NoImage {
        /// The app.
        app: String,
        /// The files that should have said it.
        looked: Vec<PathBuf>,
        /// Whether any of them was there.
        read: bool,
        /// The app that was probably meant.
        nearest: Option<String>,
    },
    /// IMAGE is no image's name; its value is not told, for it may hold what
    /// follows it in the file.
    #[error("IMAGE is no image's name")]
    BadImage {
        /// Where it was set.
        place: Option<Place>,
        /// Whether it goes over several lines.
        lines: bool,
    },
    /// A string was expected.
    #[error("{name} is an array")]
    Array {
        /// The variable.
        name: &'static str,
        /// Where it was set.
        place: Option<Place>,
    },
    /// An instance of which nothing is written: a slip of the finger would run
    /// the app itself.
    #[error("{name} runs as the app does: neither {} is there", paths(looked))]
    NoInstance {
        /// APP@INSTANCE.
        name: String,
        /// Its own files.
        looked: Vec<PathBuf>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// Nothing says which tag.
    #[error("cannot run {app}: no tag, {} is not there and IMAGE has none", paths(looked))]
    NoTag {
        /// The app.
        app: String,
        /// The files that should have said it.
        looked: Vec<PathBuf>,
    },
    /// TAG is no tag.
    #[error("TAG is no tag of an image")]
    BadTag {
        /// Where it was set.
        place: Option<Place>,
    },
    /// The TAG file can't set what a config file has made readonly.
    #[error("TAG is readonly here, so the TAG file can't set it")]
    ReadonlyTag {
        /// Where it was.
        place: Option<Place>,
    },
    /// `--tag` is no tag.
    #[error("--tag {} is no tag of an image", given(tag))]
    BadTagOption {
        /// What was given.
        tag: OsString,
    },
    /// IMAGE has a tag or digest, and there is a TAG too.
    #[error("IMAGE already has a {has}, and {tag} says another")]
    TwoTags {
        /// Where IMAGE was set.
        image: Option<Place>,
        /// What it has.
        has: &'static str,
        /// Who says TAG.
        tag: String,
    },
    /// A word that docker would take for the image.
    #[error(
        "{name} holds a word that is neither an option nor an option's value, and docker would run it as the image"
    )]
    Positional {
        /// OPTS or EXTRA.
        name: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A word that is a backslash: before a blank in double quotes it is literal.
    #[error("{name} contains a backslash before a blank, which does not continue the line")]
    BackslashBlank {
        /// OPTS or EXTRA.
        name: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// An option at the end has no value.
    #[error("{option} at the end of {name} has no value, and docker would take the image for it")]
    Starved {
        /// OPTS or EXTRA.
        name: &'static str,
        /// The option.
        option: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// An option that `docker run` does not have.
    #[error("docker run has no option {}", report::name(option))]
    NoOption {
        /// The option, without its value.
        option: String,
        /// The one that was probably meant.
        meant: Option<&'static str>,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A file sets or unsets EXTRA, so that the unit's own is lost.
    #[error("EXTRA is changed here, and the unit's own with its --name is lost")]
    ExtraInFile {
        /// Where it was set.
        place: Option<Place>,
    },
    /// An option that does not go with a service manager.
    #[error("--{option} does not go with a service unit, which does the same")]
    NotInAUnit {
        /// The option.
        option: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// `--extra` would give the container another name than the unit stops.
    #[error("--extra must not say --name: the unit's container is {name}")]
    NameInExtra {
        /// What it is called.
        name: String,
    },
    /// A process that a unit would start again and again.
    #[error("{process} ends by itself, and a unit would start it again: a unit is for run, worker or beat")]
    Ends {
        /// What was given.
        process: &'static str,
    },
    /// A process that can't be part of a unit's name.
    #[error("{} is no name of a process: run, worker, beat or another", given(process))]
    NoProcess {
        /// What was given.
        process: OsString,
    },
    /// `--after` is no unit.
    #[error("--after {} is no name of a unit: one such as postgresql.service", given(unit))]
    NoUnit {
        /// What was given.
        unit: OsString,
    },
    /// `-e` without a name.
    #[error("{name} has an -e without a variable's name")]
    NoVariable {
        /// OPTS or EXTRA.
        name: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A value that can only go through docker's environment, under a name
    /// that means something to docker itself.
    #[error(
        "cannot hand over {name}: a value with a newline, a trailing CR or of 64 KiB goes through docker's own \
         environment, where {name} would change docker itself"
    )]
    DockersOwn {
        /// The variable.
        name: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// No file in memory.
    #[error("cannot keep the secrets in memory: {error}")]
    NoMemory {
        /// Why.
        error: std::io::Error,
    },
    /// docker is not there.
    #[error("cannot find docker on PATH: install docker, or mend PATH")]
    NoDocker,
    /// docker is there, but can't be executed.
    #[error("cannot execute {}: it is not executable", report::name(path))]
    NotExecutable {
        /// The file.
        path: PathBuf,
    },
    /// Arguments and environment are more than the kernel takes (E2BIG, execve(2)).
    #[error(
        "cannot start docker: arguments and environment are {bytes} bytes, more than the kernel takes \
         (E2BIG; a single one may have 131071): shorten OPTS, EXTRA or what is exported"
    )]
    TooBig {
        /// Their size with all names and ends.
        bytes: usize,
    },
    /// docker was found, but not started.
    #[error("cannot start {}: {error}", report::name(path))]
    Exec {
        /// The file.
        path: PathBuf,
        /// Why.
        error: sys::exec::Error,
    },
}
