//! How an error is told: where, what, and the mend.

use super::Error;
use super::words::origin;
use crate::report::{self, Excerpt};
use crate::runner::image;
use crate::runner::permissions::Distrust;
use crate::runner::tag::Fault;
use crate::shell::scope::Place;
use crate::sys::files;
use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;

/// What stands in the way of files that are none.
const NO_FILE: &str = "put a regular file in its place, as small as such files are";

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

    /// All of it on one line: where, what, and the mend.
    pub fn render(&self) -> String {
        match self.help() {
            Some(mend) => format!("{}: {mend}", self.placed()),
            None => self.placed(),
        }
    }

    /// The same for whoever shows the line at fault as well ([`Self::excerpt`]):
    /// below that stands the mend.
    pub fn told_above_excerpt(&self) -> String {
        if self.excerpt().is_some() { self.placed() } else { self.render() }
    }

    /// Where and what.
    fn placed(&self) -> String {
        let mut text = match self {
            Self::Shell(error) => format!("{}: ", error.place),
            // Their text names the files.
            Self::NoImage { .. } | Self::NoTag { .. } | Self::NoInstance { .. } => String::new(),
            _ => self.origin(),
        };
        text.push_str(&self.to_string());
        text
    }

    fn origin(&self) -> String {
        match (self.place(), self.at()) {
            (Some(place), _) => format!("{}: ", origin(place)),
            (None, Some((path, 0))) if matches!(self, Self::Distrusted { .. }) => {
                format!("{}: ", report::name(path))
            }
            // What follows says what the file is, or did.
            (None, Some((path, 0))) => format!("{} ", report::name(path)),
            (None, Some((path, line))) => format!("{}:{line}: ", report::name(path)),
            (None, None) => String::new(),
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
            Self::NoImage { looked, .. } | Self::NoTag { looked, .. } | Self::NoInstance { looked, .. } => {
                looked.last().map(|path| (path.as_path(), 0))
            }
            _ => self.place()?.as_ref().map(|place| (&*place.file, place.line)),
        }
    }

    /// Where a variable or a word was written, of errors that are about one;
    /// `Some(None)`: in the environment.
    fn place(&self) -> Option<&Option<Place>> {
        match self {
            Self::AppInFile { place }
            | Self::BadImage { place, .. }
            | Self::Array { place, .. }
            | Self::BadTag { place }
            | Self::ReadonlyTag { place }
            | Self::TwoTags { image: place, .. }
            | Self::Positional { place, .. }
            | Self::BackslashBlank { place, .. }
            | Self::Starved { place, .. }
            | Self::NoOption { place, .. }
            | Self::NoVariable { place, .. }
            | Self::DockersOwn { place, .. }
            | Self::ExtraInFile { place }
            | Self::NotInAUnit { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What to do about it; `None` where the text says so, or nobody knows.
    pub fn help(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::File { error, .. } => match error {
                files::Error::Dangling => "mend the link, or remove it",
                files::Error::Io(error) if error.kind() == ErrorKind::PermissionDenied => "run as root",
                files::Error::Io(_) => "put it back",
                files::Error::NotRegular | files::Error::TooLarge(_) => NO_FILE,
            },
            Self::Distrusted { distrust: Distrust::EveryoneWrites, .. } => "chmod go-w",
            Self::Distrusted { distrust: Distrust::Stranger { .. }, .. } => "chown root",
            Self::Shell(error) => return error.help(),
            Self::NoShell { .. } | Self::StrangeShell { .. } => "give a POSIX shell, such as /bin/bash",
            Self::Sourced { .. } => "the file must run to its end: remove exit, set -e or the syntax error",
            Self::AppInFile { .. } => "it is letters, digits, '_', '.' and '-'",
            Self::TagFile { fault: Fault::Empty | Fault::NotOnlyTag { .. }, .. } => {
                "write one line, export TAG=…"
            }
            Self::TagFile { fault: Fault::UnsetUnderAllexport { .. }, .. } => "write export TAG=…",
            Self::TagFile { fault: Fault::Twice { .. }, .. } | Self::TwoTags { .. } => "keep one of them",
            Self::TagFile { fault: Fault::NoTag { .. }, .. }
            | Self::BadTag { .. }
            | Self::BadTagOption { .. } => image::TAG_RULE,
            Self::NoImage { nearest: Some(name), .. } | Self::NoInstance { nearest: Some(name), .. } => {
                return Some(format!("did you mean {name}?").into());
            }
            Self::NoImage { .. } => "write IMAGE=… into it",
            Self::NoInstance { .. } => "write one of them",
            Self::BadImage { lines: false, .. } => image::IMAGE_RULE,
            Self::BadImage { lines: true, .. } => {
                return Some(format!("{}; a quote may be missing", image::IMAGE_RULE).into());
            }
            Self::Array { .. } => "write it as one string",
            Self::NoTag { .. } => "write TAG=… into it, or give --tag",
            Self::ReadonlyTag { .. } => "take the readonly out",
            Self::Positional { name, .. } => {
                return Some(format!("a value with blanks wants an array, {name}=(-e \"A=b c\")").into());
            }
            Self::BackslashBlank { .. } => {
                "remove the blank, so that the backslash is the line's last character"
            }
            Self::Starved { .. } => "write its value, or take it out",
            Self::NoOption { meant: Some(name), .. } => {
                return Some(format!("did you mean --{name}?").into());
            }
            Self::NoOption { .. } => "take it out, or look it up in docker run --help",
            Self::ExtraInFile { .. } => "move it into OPTS",
            Self::NotInAUnit { .. } => "take it out",
            Self::NoVariable { .. } => "write -e NAME=VALUE or -e NAME",
            Self::DockersOwn { .. } => "give the app another name for it",
            _ => return None,
        }))
    }

    /// The line of a file that is at fault.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Self::Shell(error) => error.excerpt(),
            _ => None,
        }
    }
}
