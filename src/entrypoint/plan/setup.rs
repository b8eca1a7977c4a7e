//! The database, made ready for this code; and Django's development server,
//! which wants it so.

use super::{Given, Launch, Origin, Plan, Planned, django, run};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::setup;
use std::ffi::OsString;

/// Our own program, in place of the `PY manage.py migrate --noinput ARG…` that
/// it does among other things.
pub(super) fn plan(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let by_hand = django::command(&["migrate", "--noinput"], given, environment)?;
    let command = setup::setup(&by_hand, given.arguments);
    let launch = Launch { command, origin: Origin::Ours, by_hand: Some(by_hand) };
    Ok(Planned { plan: Plan::Launch(launch), notes: Vec::new() })
}

/// `PY manage.py runserver 0.0.0.0:PORT ARG…`; without the address where ARGs
/// give one.
pub(super) fn dev(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let address = format!("0.0.0.0:{}", run::port(given)?);
    let words = match given.arguments.iter().any(is_address) {
        true => vec!["runserver"],
        false => vec!["runserver", &address],
    };
    let command = django::command(&words, given, environment)?;
    Ok(Planned { plan: Plan::Launch(command.into()), notes: Vec::new() })
}

/// `8001`, `localhost:8001`, `[::1]:8001`.
fn is_address(argument: &OsString) -> bool {
    let text = argument.to_str().filter(|text| !text.starts_with('-')).unwrap_or_default();
    let port = text.rsplit(':').next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}
