//! One error or warning of `--check`.

use crate::report;
use crate::runner::colour::Paint;
use crate::runner::error::Error;
use crate::runner::warning::Warning;
use crate::shell::scope::Place;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Errors come first in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The app cannot run.
    Error,
    /// The app may not run as intended.
    Warning,
}

/// One error or warning: where it is, what it is, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// `None` for the environment.
    pub file: Option<PathBuf>,
    /// `None` for the file as a whole.
    pub line: Option<usize>,
    pub message: String,
    /// What to do; empty if it is not known.
    pub help: String,
}

/// A finding as `--format json` prints it. A field without a value is null.
#[derive(Debug, Serialize)]
pub struct FindingJson<'a> {
    file: Option<String>,
    line: Option<usize>,
    message: &'a str,
    help: Option<&'a str>,
}

impl Finding {
    pub fn at_place(severity: Severity, place: Option<&Place>, message: String, help: &str) -> Self {
        let location = place.map(|place| (&*place.file, place.line));
        Self::new(severity, location, message, help.to_owned())
    }

    fn new(severity: Severity, location: Option<(&Path, usize)>, message: String, help: String) -> Self {
        let file = location.map(|(file, _)| file.to_owned());
        let line = location.map(|(_, line)| line).filter(|line| *line > 0);
        Self { severity, file, line, message, help }
    }

    pub fn from_error(error: &Error) -> Self {
        let help = error.help().unwrap_or_default().into_owned();
        Self::new(Severity::Error, error.location(), error.to_string(), help)
    }

    pub fn from_warning(warning: &Warning) -> Self {
        Self::new(Severity::Warning, warning.location(), warning.to_string(), warning.help().into_owned())
    }

    /// The finding as `--format json` prints it.
    pub fn json(&self) -> FindingJson<'_> {
        FindingJson {
            file: self.file.as_ref().map(report::printable),
            line: self.line,
            message: &self.message,
            help: Some(&*self.help).filter(|help| !help.is_empty()),
        }
    }

    /// One line in the format of a compiler: `FILE:LINE: error: MESSAGE: HELP`.
    pub fn render(&self, paint: Paint) -> String {
        let file = self.file.as_ref().map_or_else(|| "the environment".to_owned(), report::printable);
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        let severity = match self.severity {
            Severity::Error => paint.red("error"),
            Severity::Warning => paint.yellow("warning"),
        };
        let help = if self.help.is_empty() { String::new() } else { format!(": {}", self.help) };
        format!("{file}{line}: {severity}: {}{help}\n", self.message)
    }
}
