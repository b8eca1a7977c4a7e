//! What can go wrong on a host.

use super::app::NoName;
use super::host::Unheard;
use super::trust::Distrust;
use crate::report::{self, Excerpt};
use crate::shell;
use crate::shell::scope::Place;
use crate::sys;
use std::ffi::OsString;
use std::path::PathBuf;

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
        fault: TagFault,
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

/// What is wrong with a TAG file. Nothing of its content is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagFault {
    /// It holds no assignment.
    #[error(" holds no tag: write one line, export TAG=…")]
    Empty,
    /// It holds something else.
    #[error(":{line}: a TAG file holds one assignment of TAG, export TAG=…, and nothing else")]
    NotOnlyTag {
        /// The line.
        line: usize,
    },
    /// TAG is assigned twice.
    #[error(":{line}: TAG is assigned a second time: keep one of them")]
    Twice {
        /// The line of the second one.
        line: usize,
    },
    /// The value is no tag.
    #[error(":{line}: TAG is no tag of an image: letters, digits, '_', '.' and '-', at most 128")]
    NoTag {
        /// The line.
        line: usize,
    },
}

/// Where something was written: the file and the line. (Columns are known for
/// assignments, but not for each word of a value.)
pub fn origin(place: &Option<Place>) -> String {
    match place {
        // A file that a shell sourced: it does not tell the line.
        Some(place) if place.line == 0 => report::name(&*place.file),
        Some(place) => format!("{}:{}", report::name(&*place.file), place.line),
        None => "the environment".to_owned(),
    }
}

fn unsaid(looked: &[PathBuf], read: bool) -> String {
    if read {
        return format!("{} should say it", paths(looked));
    }
    match looked {
        [one] => format!("{} is not there", report::name(one)),
        _ => format!("neither {} is there", paths(looked)),
    }
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(report::name).collect::<Vec<_>>().join(" nor ")
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
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

    /// The line of a file that is at fault.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Self::Shell(error) => error.excerpt(),
            _ => None,
        }
    }
}
