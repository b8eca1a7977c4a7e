//! `--check`: everything that is wrong with an app's set-up, at once.

pub mod finding;
pub mod options;
pub mod secrets;
pub mod units;

use super::app::{Name, Root};
use super::cli::{Check, Format};
use super::colour::Paint;
use super::config::{self, Configuration, Wanted};
use super::error::Error;
use super::system::System;
use super::{apps, initial_env, plan};
use crate::report;
use crate::sys::child::Stderr;
use crate::world::World;
use finding::{Finding, FindingJson, Severity};
use serde::Serialize;
use std::ffi::OsStr;
use std::path::PathBuf;

/// What is wrong with one app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The app.
    pub app: String,
    /// Errors first, each kind in the order of the lines.
    pub findings: Vec<Finding>,
}

/// Checks one app, or every app.
pub fn check(world: &World, host: &dyn System, root: &Root, asked: &Check) -> Vec<Checked> {
    let names = match &asked.name {
        Some(name) => vec![name.clone()],
        None => {
            let apps = apps::names(host, root);
            apps.iter().filter_map(|app| Name::parse(OsStr::new(app)).ok()).collect()
        }
    };
    let wanted = |name| Wanted { name, tag: asked.tag.clone(), shell: asked.shell.clone() };
    names.into_iter().map(|name| one(world, host, root, &wanted(name))).collect()
}

fn one(world: &World, host: &dyn System, root: &Root, wanted: &Wanted) -> Checked {
    let configuration = config::read(world, host, root, wanted);
    let mut findings: Vec<Finding> = configuration.problems.iter().map(Finding::of_error).collect();
    findings.extend(configuration.stranger.as_ref().map(Finding::of_error));
    findings.extend(configuration.warnings.iter().map(Finding::of_warning));
    // A file that can't be read leaves holes that are no faults of their own.
    if !configuration.problems.iter().any(leaves_holes) {
        findings.extend(image(host, root, &configuration));
        let inherited = initial_env::environment(world, &configuration.scope);
        findings.extend(options::findings(host, &configuration, &inherited));
        findings.extend(detached(host, root, &configuration));
        findings.extend(secrets::findings(&configuration));
    }
    Checked { app: wanted.name.to_string(), findings: in_order(findings) }
}

/// Errors first, then by file and line. They are few: the sort of the standard
/// library would be five kilobytes of the binary.
fn in_order(findings: Vec<Finding>) -> Vec<Finding> {
    let key = |finding: &Finding| (finding.severity, finding.file.clone(), finding.line);
    let mut sorted: Vec<Finding> = Vec::new();
    for finding in findings {
        let at = sorted.iter().position(|other| key(other) > key(&finding)).unwrap_or(sorted.len());
        sorted.insert(at, finding);
    }
    sorted
}

fn leaves_holes(error: &Error) -> bool {
    !matches!(
        error,
        Error::Distrusted { .. }
            | Error::TagFile { .. }
            | Error::ReadonlyTag { .. }
            | Error::AppInFile { .. }
    )
}

fn image(host: &dyn System, root: &Root, configuration: &Configuration) -> Option<Finding> {
    let is_bad_tag = |error: &Error| matches!(error, Error::TagFile { .. } | Error::ReadonlyTag { .. });
    let bad_tag = configuration.problems.iter().any(is_bad_tag);
    let image = match plan::image(configuration) {
        // The TAG file was told of already.
        Err(Error::NoTag { .. }) if bad_tag => return None,
        Err(error) => {
            let error = apps::with_nearest(error, host, root, &configuration.name);
            return Some(Finding::of_error(&error));
        }
        Ok(image) => image,
    };
    let reference = &image.reference;
    let arguments = ["image", "inspect", "--format", "{{.Id}}", reference].map(OsStr::new);
    let place = image.image.as_ref();
    match host.listen(OsStr::new("docker"), &arguments, Stderr::Dropped) {
        Ok(ended) if ended.code == Some(0) => None,
        Ok(_) if !answers(host) => {
            let message =
                "cannot ask docker whether the image is here, the engine does not answer".to_owned();
            Some(Finding::at(Severity::Warning, place, message, "docker info tells why"))
        }
        Ok(_) => {
            let message = format!("{reference} is not on this host, so that the next start has to pull it");
            Some(Finding::at(Severity::Warning, place, message, &format!("docker pull {reference}")))
        }
        Err(error) => {
            let message = format!("cannot ask docker whether the image is here: docker {error}");
            Some(Finding::at(Severity::Error, place, message, "install docker, or mend PATH"))
        }
    }
}

fn answers(host: &dyn System) -> bool {
    let arguments = ["version", "--format", "{{.Server.Version}}"].map(OsStr::new);
    let ended = host.listen(OsStr::new("docker"), &arguments, Stderr::Dropped);
    ended.is_ok_and(|ended| ended.code == Some(0))
}

fn detached(host: &dyn System, root: &Root, configuration: &Configuration) -> Vec<Finding> {
    let Some(word) = options::detached(configuration) else { return Vec::new() };
    let units: Vec<PathBuf> = units::of(host, root, &configuration.name);
    let told = units.iter().map(|unit| {
        let message = format!(
            "-d in {}, but {} runs this app and would take the client's end for the service's",
            word.from,
            report::name(unit)
        );
        Finding::at(Severity::Error, word.place().as_ref(), message, "take -d out")
    });
    told.collect()
}

/// The exit code: 1 where something is an error.
pub fn exit_code(checked: &[Checked]) -> u8 {
    let errors = checked.iter().flat_map(|app| &app.findings).any(|one| one.severity == Severity::Error);
    u8::from(errors)
}

/// As a text: errors and warnings apart, and a line an app.
pub fn text(checked: &[Checked], format: Format, paint: Paint) -> String {
    match format {
        Format::Json => report::json_line(&checked.iter().map(Checked::json).collect::<Vec<_>>()),
        Format::Text => checked.iter().map(|app| app.text(paint)).collect(),
    }
}

/// An app as `--check --format json` prints it.
#[derive(Serialize)]
struct CheckedJson<'a> {
    app: &'a str,
    errors: Vec<FindingJson<'a>>,
    warnings: Vec<FindingJson<'a>>,
}

impl Checked {
    fn json(&self) -> CheckedJson<'_> {
        let findings = |severity| self.of(severity).map(Finding::json).collect();
        CheckedJson {
            app: &self.app,
            errors: findings(Severity::Error),
            warnings: findings(Severity::Warning),
        }
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }

    fn text(&self, paint: Paint) -> String {
        let mut text: String = self.findings.iter().map(|finding| finding.line(paint)).collect();
        let (errors, warnings) = (self.of(Severity::Error).count(), self.of(Severity::Warning).count());
        let summary = match (errors, warnings) {
            (0, 0) => paint.green("nothing wrong"),
            _ => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
        };
        text.push_str(&format!("{}: {summary}\n", paint.bold(&self.app)));
        text
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
