//! Processes that are management commands.

use super::{LaunchPlan, PlanInput, Planned};
use crate::command::Command;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::ProcessFacts;
use crate::entrypoint::facts::python::Python;
use crate::entrypoint::notice::Notice;
use std::ffi::OsString;

/// `PY manage.py WORD… ARG…`.
pub(super) fn plan(words: &[&str], input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let command = command(words, input, environment)?;
    Ok(Planned { plan: LaunchPlan::Launch(command.into()), notices: Vec::new() })
}

pub(super) fn command(
    words: &[&str],
    input: PlanInput<'_>,
    environment: Environment,
) -> Result<Command, Error> {
    let app = &input.facts.app;
    if !app.has_manage {
        return Err(Error::NoManage { folder: app.folder.clone() });
    }
    let ours = std::iter::once("manage.py").chain(words.iter().copied()).map(OsString::from).collect();
    Ok(input.command(python(&input.facts.python), ours, environment))
}

/// `PY manage.py compress ARG…`, or nothing if django-compressor is not installed:
/// a deploy runs `compress` for every app.
pub(super) fn compress(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    if input.facts.own == ProcessFacts::Compressor(false) {
        return Ok(Planned { plan: LaunchPlan::Nothing, notices: vec![Notice::NoCompressor] });
    }
    plan(&["compress"], input, environment)
}

/// The Python of the virtualenv, else the one on PATH.
pub(in crate::entrypoint) fn python(python: &Python) -> OsString {
    match python {
        Python::Virtualenv(folder) => folder.join("bin/python").into(),
        Python::System | Python::Broken(_) => "python3".into(),
    }
}
