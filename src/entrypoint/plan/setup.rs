//! The database, made ready for this code; and Django's development server,
//! which wants it so.

use super::run::{self, others};
use super::{Launch, LaunchPlan, Origin, PlanInput, Planned, django};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::setup;

/// Our own program, in place of the `PY manage.py migrate --noinput ARG…` that
/// it does among other things.
pub(super) fn plan(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let by_hand = django::command(&["migrate", "--noinput"], given, environment)?;
    let command = setup::setup(&by_hand, given.arguments)?;
    let launch = Launch { command, origin: Origin::Ours, by_hand: Some(by_hand) };
    Ok(Planned { plan: LaunchPlan::Launch(launch), notes: Vec::new() })
}

/// Django's development server, on PORT.
pub(super) fn dev(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    others::runserver(given, run::port(given)?, environment)
}
