//! The database, made ready for this code; and Django's development server,
//! which wants it so.

use super::run::{self, others};
use super::{Given, Launch, Origin, Plan, Planned, django};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::setup;

/// Our own program, in place of the `PY manage.py migrate --noinput ARG…` that
/// it does among other things.
pub(super) fn plan(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let by_hand = django::command(&["migrate", "--noinput"], given, environment)?;
    let command = setup::setup(&by_hand, given.arguments)?;
    let launch = Launch { command, origin: Origin::Ours, by_hand: Some(by_hand) };
    Ok(Planned { plan: Plan::Launch(launch), notes: Vec::new() })
}

/// `PY manage.py runserver 0.0.0.0:PORT ARG…`; without the address where ARGs
/// give one.
pub(super) fn dev(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let address = others::address(given.arguments, run::port(given)?);
    let words: Vec<&str> = ["runserver"].into_iter().chain(address.as_deref()).collect();
    let command = django::command(&words, given, environment)?;
    Ok(Planned { plan: Plan::Launch(command.into()), notes: Vec::new() })
}
