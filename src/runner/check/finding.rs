//! One thing that is wrong, or may be: where, what, and the mend.

use crate::report;
use crate::runner::colour::Paint;
use crate::runner::error::Error;
use crate::runner::warning::Warning;
use crate::shell::scope::Place;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can't work.
    Error,
    /// It may not do what it seems to.
    Warning,
}

/// One thing that is wrong, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file; none where the environment is at fault.
    pub file: Option<PathBuf>,
    /// The line, where it is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
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
    /// Something at a place.
    pub fn at(severity: Severity, place: Option<&Place>, message: String, mend: &str) -> Self {
        let at = place.map(|place| (&*place.file, place.line));
        Self::new(severity, at, message, mend.to_owned())
    }

    fn new(severity: Severity, at: Option<(&Path, usize)>, message: String, mend: String) -> Self {
        let file = at.map(|(file, _)| file.to_owned());
        let line = at.map(|(_, line)| line).filter(|line| *line > 0);
        Self { severity, file, line, message, help: mend }
    }

    /// What stops a run.
    pub fn of_error(error: &Error) -> Self {
        let mend = error.help().unwrap_or_default().into_owned();
        Self::new(Severity::Error, error.at(), error.to_string(), mend)
    }

    /// What is told before a run.
    pub fn of_warning(warning: &Warning) -> Self {
        Self::new(Severity::Warning, warning.at(), warning.to_string(), warning.help().into_owned())
    }

    /// The finding as `--format json` prints it.
    pub fn json(&self) -> FindingJson<'_> {
        FindingJson {
            file: self.file.as_ref().map(report::name),
            line: self.line,
            message: &self.message,
            help: Some(&*self.help).filter(|help| !help.is_empty()),
        }
    }

    /// As a line, like a compiler's.
    pub fn line(&self, paint: Paint) -> String {
        let file = self.file.as_ref().map_or_else(|| "the environment".to_owned(), report::name);
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        let severity = match self.severity {
            Severity::Error => paint.red("error"),
            Severity::Warning => paint.yellow("warning"),
        };
        let mend = if self.help.is_empty() { String::new() } else { format!(": {}", self.help) };
        format!("{file}{line}: {severity}: {}{mend}\n", self.message)
    }
}
