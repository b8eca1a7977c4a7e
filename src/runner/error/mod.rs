//! What can go wrong on a host.

mod words;

pub use words::origin;

use super::app::NoName;
use super::host::Unheard;
use super::tag::Fault;
use super::trust::Distrust;
use crate::report::{self, Excerpt};
use crate::shell;
use crate::shell::scope::Place;
use crate::sys;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use words::{meant, paths, unsaid};

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
    #[error("{} {error}", report::name(path))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: sys::files::Error,
    },
    /// A config file that a stranger could have written.
    #[error("cannot trust {}, which decides what runs as root: {distrust}", report::name(path))]
    Distrusted {
        /// The file.
        path: PathBuf,
        /// Why.
        distrust: Distrust,
    },
    /// A config file is refused by the language.
    #[error(transparent)]
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
    #[error("--shell {} is no shell that docker-runner understands: give a POSIX shell", report::name(shell))]
    StrangeShell {
        /// The shell.
        shell: OsString,
    },
    /// A file failed in the shell of `--shell`.
    #[error(
        "{} failed in {}{}: its last command has to succeed, and it must not exit",
        report::name(path), report::name(shell), code.map_or_else(String::new, |code| format!(" with {code}"))
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
    #[error("{}: APP is no app's name: letters, digits, '_', '.' and '-'", origin(place))]
    AppInFile {
        /// Where it was set.
        place: Option<Place>,
    },
    /// A TAG file is more or less than a tag.
    #[error("{}{fault}", report::name(path))]
    TagFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Nothing says which image.
    #[error("cannot run {app}: no IMAGE, {}{}", unsaid(looked, *read), meant(nearest.as_deref()))]
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
    /// IMAGE is no image's name.
    #[error("{}: IMAGE {} is no image's name", origin(place), report::name(value))]
    BadImage {
        /// Where it was set.
        place: Option<Place>,
        /// What it was set to.
        value: String,
    },
    /// A string was expected.
    #[error("{}: {name} is an array: write it as one string", origin(place))]
    Array {
        /// The variable.
        name: &'static str,
        /// Where it was set.
        place: Option<Place>,
    },
    /// Nothing says which tag.
    #[error(
        "cannot run {app}: no tag, {} is not there and IMAGE has none: write TAG=… into it, or give --tag",
        paths(looked)
    )]
    NoTag {
        /// The app.
        app: String,
        /// The files that should have said it.
        looked: Vec<PathBuf>,
    },
    /// TAG is no tag.
    #[error("{}: TAG is no tag of an image: letters, digits, '_', '.' and '-', at most 128", origin(place))]
    BadTag {
        /// Where it was set.
        place: Option<Place>,
    },
    /// `--tag` is no tag.
    #[error(
        "--tag {} is no tag of an image: letters, digits, '_', '.' and '-', at most 128",
        report::name(tag)
    )]
    BadTagOption {
        /// What was given.
        tag: OsString,
    },
    /// IMAGE has a tag or digest, and there is a TAG too.
    #[error("{}: IMAGE already has a {has}, and {} says another: keep one of them", origin(image), tag)]
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
        "{}: {name} holds a word that is neither an option nor an option's value: docker would run it as the image; \
         a value with blanks wants an array, {name}=(-e \"A=b c\")",
        origin(place)
    )]
    Positional {
        /// OPTS or EXTRA.
        name: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// An option at the end has no value.
    #[error(
        "{}: {option} at the end of {name} has no value: docker would take the image for it",
        origin(place)
    )]
    Starved {
        /// OPTS or EXTRA.
        name: &'static str,
        /// The option.
        option: String,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A file sets EXTRA, which a unit needs for itself.
    #[error(
        "{}: EXTRA is set here, and would hide the unit's own with its --name: move it into OPTS",
        origin(place)
    )]
    ExtraInFile {
        /// Where it was set.
        place: Option<Place>,
    },
    /// An option that does not go with a service manager.
    #[error(
        "{}: --{option} does not go with a service unit, which does the same: take it out",
        origin(place)
    )]
    NotInAUnit {
        /// The option.
        option: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A process that can't be part of a unit's name.
    #[error("{} is no name of a process: run, worker, beat or another", report::name(process))]
    NoProcess {
        /// What was given.
        process: OsString,
    },
    /// `--after` is no unit.
    #[error("--after {} is no name of a unit: one such as postgresql.service", report::name(unit))]
    NoUnit {
        /// What was given.
        unit: OsString,
    },
    /// `-e` without a name.
    #[error("{}: {name} has an -e without a variable's name", origin(place))]
    NoVariable {
        /// OPTS or EXTRA.
        name: &'static str,
        /// Where it was written.
        place: Option<Place>,
    },
    /// A value that can only go through docker's environment, under a name
    /// that means something to docker itself.
    #[error(
        "{}: cannot hand over {name}: a value with a newline, a trailing CR or of 64 KiB goes through docker's own \
         environment, where {name} would change docker itself: give the app another name for it",
        origin(place)
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

impl Error {
    /// The exit code: 125 as `docker run` has it for its own failures, 126 and
    /// 127 as a shell has them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoDocker => 127,
            Self::NotExecutable { .. } => 126,
            _ => 125,
        }
    }

    /// The file at fault, and the line where there is one (0: the file alone).
    pub fn at(&self) -> Option<(&Path, usize)> {
        match self {
            Self::File { path, .. } | Self::Distrusted { path, .. } | Self::Sourced { path, .. } => {
                Some((path, 0))
            }
            Self::TagFile { path, fault } => Some((path, fault.line())),
            Self::Shell(error) => Some((&error.place.file, error.place.line)),
            Self::NoImage { looked, .. } | Self::NoTag { looked, .. } => {
                looked.last().map(|path| (path.as_path(), 0))
            }
            Self::AppInFile { place }
            | Self::BadImage { place, .. }
            | Self::Array { place, .. }
            | Self::BadTag { place }
            | Self::TwoTags { image: place, .. }
            | Self::Positional { place, .. }
            | Self::Starved { place, .. }
            | Self::NoVariable { place, .. }
            | Self::DockersOwn { place, .. }
            | Self::ExtraInFile { place }
            | Self::NotInAUnit { place, .. } => place.as_ref().map(|place| (&*place.file, place.line)),
            _ => None,
        }
    }

    /// The line of a file that is at fault.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Self::Shell(error) => error.excerpt(),
            _ => None,
        }
    }
}
