//! Celery's processes. The application comes before the command: Celery 5
//! refuses it after, and 3.1 takes both.

use super::{Given, Planned};
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::Own;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// The name of beat's schedule file, Celery's own.
const SCHEDULE: &str = "celerybeat-schedule";

/// `celery -A APP worker -l info ARG…`.
pub(super) fn worker(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    Ok(given.launch("celery", words(given, "worker")?, environment))
}

/// `celery -A APP beat -l info -s FILE ARG…`: the schedule file would else be
/// written into the app folder, which is not for that. The last `-s` counts; a
/// database scheduler pays no heed to it.
pub(super) fn beat(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words = words(given, "beat")?;
    let is_placed = matches!(&given.facts.own, Own::Beat(beat) if beat.has_schedule_setting);
    let temporary = given.facts.user.temporary.as_ref();
    if let Some(folder) = temporary.filter(|_| !is_placed && !names_schedule(given.arguments)) {
        words.extend(["-s".into(), folder.join(SCHEDULE).into()]);
    }
    Ok(given.launch("celery", words, environment))
}

/// `celery -A APP inspect ARG…`.
pub(super) fn inspect(given: Given<'_>, environment: Environment) -> Result<Planned, Error> {
    let words = ["-A", given.facts.app.package()?.name(), "inspect"].map(OsString::from);
    Ok(given.launch("celery", words.into(), environment))
}

fn words(given: Given<'_>, command: &str) -> Result<Vec<OsString>, Error> {
    let package = given.facts.app.package()?.name();
    Ok(["-A", package, command, "-l", "info"].map(OsString::from).into())
}

/// `-s FILE`, `-sFILE`, `--schedule FILE`, `--schedule=FILE`.
fn names_schedule(arguments: &[OsString]) -> bool {
    arguments.iter().map(|argument| argument.as_bytes()).any(|argument| {
        argument.starts_with(b"-s") || argument == b"--schedule" || argument.starts_with(b"--schedule=")
    })
}
