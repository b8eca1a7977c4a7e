//! `setup`, which creates and migrates the database, and `dev`.

use super::run::{self, others};
use super::{Launch, LaunchPlan, Origin, PlanInput, Planned, django};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::setup;

/// Our own Python program. It includes `PY manage.py migrate --noinput ARG…`.
pub(super) fn plan(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let equivalent = django::command(&["migrate", "--noinput"], input, environment)?;
    let command = setup::setup(&equivalent, input.arguments)?;
    let launch = Launch { command, origin: Origin::Entrypoint, equivalent: Some(equivalent) };
    Ok(Planned { plan: LaunchPlan::Launch(launch), notices: Vec::new() })
}

/// Django's development server, on PORT.
pub(super) fn dev(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    others::runserver(input, run::port(input)?, environment)
}
