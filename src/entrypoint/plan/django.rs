//! The processes that are management commands.

use super::{LaunchPlan, PlanInput, Planned};
use crate::command::Command;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::ProcessFacts;
use crate::entrypoint::facts::python::Python;
use crate::entrypoint::notice::Note;
use std::ffi::OsString;

/// `PY manage.py WORD… ARG…`.
pub(super) fn plan(words: &[&str], given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let command = command(words, given, environment)?;
    Ok(Planned { plan: LaunchPlan::Launch(command.into()), notes: Vec::new() })
}

/// The same as a command.
pub(super) fn command(
    words: &[&str],
    given: PlanInput<'_>,
    environment: Environment,
) -> Result<Command, Error> {
    let app = &given.facts.app;
    if !app.has_manage {
        return Err(Error::NoManage { folder: app.folder.clone() });
    }
    let ours = std::iter::once("manage.py").chain(words.iter().copied()).map(OsString::from).collect();
    Ok(given.command(python(&given.facts.python), ours, environment))
}

/// `PY manage.py compress ARG…`, or nothing where django-compressor is not
/// installed: a deploy asks every app for it.
pub(super) fn compress(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    if given.facts.own == ProcessFacts::Compressor(false) {
        return Ok(Planned { plan: LaunchPlan::Nothing, notes: vec![Note::NoCompressor] });
    }
    plan(&["compress"], given, environment)
}

/// The virtualenv's Python, else the one on PATH.
pub(in crate::entrypoint) fn python(python: &Python) -> OsString {
    match python {
        Python::Virtualenv(folder) => folder.join("bin/python").into(),
        Python::System | Python::Broken(_) => "python3".into(),
    }
}
