//! How an error is shown: the place, the message, the help.

use super::Error;
use super::words::origin;
use crate::report::{self, Excerpt};
use crate::runner::image;
use crate::runner::permissions::Distrust;
use crate::runner::tag::TagFileError;
use crate::shell::scope::Place;
use crate::sys::files;
use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;

impl Error {
    /// 125 as `docker run` has it for its own failures, 126 and 127 as in a shell.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoDocker => 127,
            Self::NotExecutable { .. } => 126,
            _ => 125,
        }
    }

    /// The place, the message and the help on one line.
    pub fn render(&self) -> String {
        match self.help() {
            Some(help) => format!("{}: {help}", self.render_without_help()),
            None => self.render_without_help(),
        }
    }

    /// Like [`Self::render`], but without the help if [`Self::excerpt`] shows it.
    pub fn render_above_excerpt(&self) -> String {
        if self.excerpt().is_some() { self.render_without_help() } else { self.render() }
    }

    fn render_without_help(&self) -> String {
        let mut text = match self {
            Self::Shell(error) => format!("{}: ", error.place),
            // These messages name the files.
            Self::NoImage { .. } | Self::NoTag { .. } | Self::NoInstance { .. } => String::new(),
            _ => self.location_prefix(),
        };
        text.push_str(&self.to_string());
        text
    }

    fn location_prefix(&self) -> String {
        match (self.place(), self.location()) {
            (Some(place), _) => format!("{}: ", origin(place)),
            (None, Some((path, 0))) if matches!(self, Self::Distrusted { .. }) => {
                format!("{}: ", report::printable(path))
            }
            // The file is the subject of these messages.
            (None, Some((path, 0))) => format!("{} ", report::printable(path)),
            (None, Some((path, line))) => format!("{}:{line}: ", report::printable(path)),
            (None, None) => String::new(),
        }
    }

    /// The file with the error, and the line in it; line 0 is the file as a whole.
    pub fn location(&self) -> Option<(&Path, usize)> {
        match self {
            Self::File { path, .. } | Self::Distrusted { path, .. } | Self::Sourced { path, .. } => {
                Some((path, 0))
            }
            Self::TagFile { path, error } => Some((path, error.line())),
            Self::Shell(error) => Some((&error.place.file, error.place.line)),
            Self::NoImage { searched, .. }
            | Self::NoTag { searched, .. }
            | Self::NoInstance { searched, .. } => searched.last().map(|path| (path.as_path(), 0)),
            _ => self.place()?.as_ref().map(|place| (&*place.file, place.line)),
        }
    }

    /// The place of the variable or word that the error is about; `Some(None)`: in the
    /// environment.
    fn place(&self) -> Option<&Option<Place>> {
        self.place_and_help().0
    }

    /// What to do about it; `None` if the message says so, or if it is not known.
    pub fn help(&self) -> Option<Cow<'static, str>> {
        self.place_and_help().1
    }

    fn place_and_help(&self) -> (Option<&Option<Place>>, Option<Cow<'static, str>>) {
        let (place, help): (_, Cow<'static, str>) = match self {
            Self::AppInFile { place } => (Some(place), "use letters, digits, '_', '.' and '-'".into()),
            Self::BadImage { place, lines: false } => (Some(place), image::IMAGE_RULE.into()),
            Self::BadImage { place, lines: true } => {
                (Some(place), format!("{}; a closing quote may be missing", image::IMAGE_RULE).into())
            }
            Self::Array { place, .. } => (Some(place), "write it as one string".into()),
            Self::BadTag { place } => (Some(place), image::TAG_RULE.into()),
            Self::ReadonlyTag { place } => (Some(place), "remove the readonly".into()),
            Self::TwoTags { image: place, .. } => (Some(place), "keep one of them".into()),
            Self::Positional { place, name } => {
                (Some(place), format!("write a value with blanks in an array, {name}=(-e \"A=b c\")").into())
            }
            Self::BackslashBlank { place, .. } => {
                let help = "remove the blank, so that the backslash is the line's last character";
                (Some(place), help.into())
            }
            Self::WithoutValue { place, .. } => (Some(place), "add its value, or remove it".into()),
            Self::NoOption { place, nearest: Some(name), .. } => {
                (Some(place), format!("did you mean --{name}?").into())
            }
            Self::NoOption { place, nearest: None, .. } => {
                (Some(place), "remove it, or look it up in docker run --help".into())
            }
            Self::NoVariable { place, .. } => (Some(place), "write -e NAME=VALUE or -e NAME".into()),
            Self::DockersOwn { place, .. } => (Some(place), "use another variable name in the app".into()),
            Self::ExtraInFile { place } => (Some(place), "move it to OPTS".into()),
            Self::NotInAUnit { place, .. } => (Some(place), "remove it".into()),
            Self::Shell(error) => return (None, error.help()),
            Self::File { error, .. } => (None, file_help(error).into()),
            Self::Distrusted { distrust: Distrust::WorldWritable, .. } => (None, "chmod go-w".into()),
            Self::Distrusted { distrust: Distrust::ForeignOwner { .. }, .. } => (None, "chown root".into()),
            Self::NoShell { .. } | Self::StrangeShell { .. } => {
                (None, "use a POSIX shell, such as /bin/bash".into())
            }
            Self::Sourced { .. } => {
                let help = "the file must not exit, also not by set -e, and must have no syntax error";
                (None, help.into())
            }
            Self::TagFile { error, .. } => (None, tag_file_help(error).into()),
            Self::BadTagOption { .. } => (None, image::TAG_RULE.into()),
            Self::NoImage { nearest: Some(name), .. } | Self::NoInstance { nearest: Some(name), .. } => {
                (None, format!("did you mean {name}?").into())
            }
            Self::NoImage { file_exists: true, .. } => (None, "add IMAGE=…".into()),
            Self::NoImage { nearest: None, .. } => (None, "create a settings file with IMAGE=…".into()),
            Self::NoInstance { nearest: None, .. } => (None, "create one of them".into()),
            Self::NoTag { .. } => (None, "create a TAG file, or use --tag".into()),
            Self::Usage { .. }
            | Self::NoApp
            | Self::Superfluous { .. }
            | Self::SecretsInAFile
            | Self::Name(_)
            | Self::NameInExtra { .. }
            | Self::Ends { .. }
            | Self::NoProcess { .. }
            | Self::NoUnit { .. }
            | Self::NoMemory { .. }
            | Self::NoDocker
            | Self::NotExecutable { .. }
            | Self::TooBig { .. }
            | Self::Exec { .. } => return (None, None),
        };
        (place, Some(help))
    }

    /// The line of the file with the error.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        match self {
            Self::Shell(error) => error.excerpt(),
            _ => None,
        }
    }
}

fn file_help(error: &files::Error) -> &'static str {
    match error {
        files::Error::Dangling => "correct the link, or remove it",
        files::Error::Io(error) if error.kind() == ErrorKind::PermissionDenied => "run as root",
        files::Error::Io(_) => "restore the file",
        files::Error::NotRegular | files::Error::TooLarge(_) => {
            "replace it with a regular file of the usual size"
        }
    }
}

fn tag_file_help(error: &TagFileError) -> &'static str {
    match error {
        TagFileError::Empty | TagFileError::NotOnlyTag { .. } => "write one line, export TAG=…",
        TagFileError::UnsetUnderAllexport { .. } => "write export TAG=…",
        TagFileError::Twice { .. } => "keep one of them",
        TagFileError::InvalidTag { .. } => image::TAG_RULE,
    }
}

#[cfg(test)]
mod tests {
    use super::file_help;
    use crate::sys::files;
    use std::io::ErrorKind;

    #[test]
    fn only_a_missing_permission_needs_root() {
        let help = |kind: ErrorKind| file_help(&files::Error::Io(kind.into()));
        assert_eq!(help(ErrorKind::PermissionDenied), "run as root");
        assert_eq!(help(ErrorKind::InvalidData), "restore the file");
    }
}
