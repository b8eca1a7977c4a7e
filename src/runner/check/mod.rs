//! `--check`: all errors and warnings about the configuration of an app.

pub mod finding;
pub mod options;
pub mod secrets;
pub mod units;

use super::app::{AppName, Root};
use super::cli::{CheckArgs, Format};
use super::colour::Paint;
use super::config::{self, ConfigRequest, Configuration};
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    pub app: String,
    /// Errors first, then in the order of files and lines.
    pub findings: Vec<Finding>,
}

/// Checks one app, or every app.
pub fn check(world: &World, host: &dyn System, root: &Root, args: &CheckArgs) -> Vec<CheckReport> {
    let names = match &args.name {
        Some(name) => vec![name.clone()],
        None => {
            let apps = apps::all(host, root);
            apps.iter().filter_map(|app| AppName::parse(OsStr::new(app)).ok()).collect()
        }
    };
    let request = |name| ConfigRequest { name, tag: args.tag.clone(), shell: args.shell.clone() };
    names.into_iter().map(|name| check_app(world, host, root, &request(name))).collect()
}

fn check_app(world: &World, host: &dyn System, root: &Root, request: &ConfigRequest) -> CheckReport {
    let configuration = config::load(world, host, root, request);
    let mut findings: Vec<Finding> = configuration.problems.iter().map(Finding::from_error).collect();
    findings.extend(configuration.unknown_instance.as_ref().map(Finding::from_error));
    findings.extend(configuration.warnings.iter().map(Finding::from_warning));
    // If a file was not read, missing variables are no errors of their own.
    if !configuration.problems.iter().any(leaves_variables_unset) {
        findings.extend(image_finding(host, root, &configuration));
        let environment = initial_env::docker_environment(world, &configuration.scope);
        findings.extend(options::findings(host, &configuration, &environment));
        findings.extend(detach_findings(host, root, &configuration));
        findings.extend(secrets::findings(&configuration));
    }
    findings.sort_by_key(|finding| (finding.severity, finding.file.clone(), finding.line));
    CheckReport { app: request.name.to_string(), findings }
}

/// Whether variables may be missing because of the error.
fn leaves_variables_unset(error: &Error) -> bool {
    !matches!(
        error,
        Error::Distrusted { .. }
            | Error::TagFile { .. }
            | Error::ReadonlyTag { .. }
            | Error::AppInFile { .. }
    )
}

fn image_finding(host: &dyn System, root: &Root, configuration: &Configuration) -> Option<Finding> {
    let is_bad_tag = |error: &Error| matches!(error, Error::TagFile { .. } | Error::ReadonlyTag { .. });
    let has_bad_tag = configuration.problems.iter().any(is_bad_tag);
    let image = match plan::image_ref(configuration) {
        // The TAG file has its own finding.
        Err(Error::NoTag { .. }) if has_bad_tag => return None,
        Err(error) => {
            let error = apps::with_suggestion(error, host, root, &configuration.name);
            return Some(Finding::from_error(&error));
        }
        Ok(image) => image,
    };
    let reference = &image.reference;
    let arguments = ["image", "inspect", "--format", "{{.Id}}", reference].map(OsStr::new);
    let place = image.image.as_ref();
    match host.capture(OsStr::new("docker"), &arguments, Stderr::Dropped) {
        Ok(ended) if ended.code == Some(0) => None,
        Ok(_) if !engine_answers(host) => {
            let message = "cannot check whether the image is on this host: the docker engine does not answer"
                .to_owned();
            Some(Finding::at_place(Severity::Warning, place, message, "docker info shows the reason"))
        }
        Ok(_) => {
            let message = format!("{reference} is not on this host, so the next start has to pull it");
            Some(Finding::at_place(Severity::Warning, place, message, &format!("docker pull {reference}")))
        }
        Err(error) => {
            let message = format!("cannot check whether the image is on this host: docker {error}");
            Some(Finding::at_place(Severity::Error, place, message, "install docker, or correct PATH"))
        }
    }
}

fn engine_answers(host: &dyn System) -> bool {
    let arguments = ["version", "--format", "{{.Server.Version}}"].map(OsStr::new);
    let ended = host.capture(OsStr::new("docker"), &arguments, Stderr::Dropped);
    ended.is_ok_and(|ended| ended.code == Some(0))
}

fn detach_findings(host: &dyn System, root: &Root, configuration: &Configuration) -> Vec<Finding> {
    let Some(word) = options::detach_word(configuration) else { return Vec::new() };
    let units: Vec<PathBuf> = units::units_that_run(host, root, &configuration.name);
    let findings = units.iter().map(|unit| {
        let message = format!(
            "-d in {}, but {} runs this app and would take the end of the docker client for the end of the service",
            word.from,
            report::printable(unit)
        );
        Finding::at_place(Severity::Error, word.place().as_ref(), message, "remove -d")
    });
    findings.collect()
}

/// 1 if there is an error.
pub fn exit_code(reports: &[CheckReport]) -> u8 {
    let mut findings = reports.iter().flat_map(|report| &report.findings);
    u8::from(findings.any(|finding| finding.severity == Severity::Error))
}

/// The reports in the given format.
pub fn render(reports: &[CheckReport], format: Format, paint: Paint) -> String {
    match format {
        Format::Json => report::json_line(&reports.iter().map(CheckReport::json).collect::<Vec<_>>()),
        Format::Text => reports.iter().map(|report| report.render(paint)).collect(),
    }
}

/// An app as `--check --format json` prints it.
#[derive(Serialize)]
struct CheckReportJson<'a> {
    app: &'a str,
    errors: Vec<FindingJson<'a>>,
    warnings: Vec<FindingJson<'a>>,
}

impl CheckReport {
    fn json(&self) -> CheckReportJson<'_> {
        let findings = |severity| self.with_severity(severity).map(Finding::json).collect();
        CheckReportJson {
            app: &self.app,
            errors: findings(Severity::Error),
            warnings: findings(Severity::Warning),
        }
    }

    fn with_severity(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }

    fn render(&self, paint: Paint) -> String {
        let mut text: String = self.findings.iter().map(|finding| finding.render(paint)).collect();
        let (errors, warnings) =
            (self.with_severity(Severity::Error).count(), self.with_severity(Severity::Warning).count());
        let summary = match (errors, warnings) {
            (0, 0) => paint.green("no problems"),
            _ => format!("{}, {}", pluralize(errors, "error"), pluralize(warnings, "warning")),
        };
        text.push_str(&format!("{}: {summary}\n", paint.bold(&self.app)));
        text
    }
}

fn pluralize(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
