//! Celery's processes. The application comes before the command: Celery 5
//! refuses it after, and 3.1 takes both.

use super::{PlanInput, Planned};
use crate::entrypoint::args::says;
use crate::entrypoint::concurrency;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::ProcessFacts;
use crate::entrypoint::facts::beat::SCHEDULE;
use crate::sys::cgroup::Limits;
use std::ffi::OsString;

/// Options of `worker` that say how many processes it has, or that it has none;
/// and the variables that Celery 5 reads them from.
const CONCURRENCY: [&str; 5] = ["-c", "--concurrency", "--autoscale", "-P", "--pool"];
const CONCURRENCY_VARIABLES: [&str; 3] =
    ["CELERY_WORKER_CONCURRENCY", "CELERY_WORKER_AUTOSCALE", "CELERY_WORKER_POOL"];

/// `celery -A APP worker -l info [-c N] ARG…`. Celery counts the machine's CPUs,
/// so in a container that may use fewer we count for it.
pub(super) fn worker(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words = words(given, "worker")?;
    let mut notes = Vec::new();
    if let Some(limits) = limits(given).filter(|_| !says_concurrency(given.arguments, &environment)) {
        let (processes, note) = concurrency::processes(limits);
        words.extend(["-c".into(), processes.to_string().into()]);
        notes.push(note);
    }
    Ok(Planned { notes, ..given.launch("celery", words, environment) })
}

/// The container's limits, where the number goes by them.
fn limits(given: PlanInput<'_>) -> Option<Limits> {
    match &given.facts.own {
        ProcessFacts::Worker(worker) if !worker.has_concurrency_setting => worker.limits,
        _ => None,
    }
}

fn says_concurrency(arguments: &[OsString], environment: &Environment) -> bool {
    let is_set = |name: &&str| environment.get(name).is_some_and(|value| !value.is_empty());
    says(arguments, &CONCURRENCY) || CONCURRENCY_VARIABLES.iter().any(is_set)
}

/// `celery -A APP beat -l info -s FILE ARG…`: the schedule file would else be
/// written into the app folder, which is not for that. The last `-s` counts; a
/// database scheduler pays no heed to it.
pub(super) fn beat(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words = words(given, "beat")?;
    let is_placed = matches!(&given.facts.own, ProcessFacts::Beat(beat) if beat.has_schedule_setting);
    let temporary = given.facts.user.temporary.as_ref();
    if let Some(folder) = temporary.filter(|_| !is_placed && !says(given.arguments, &["-s", "--schedule"])) {
        words.extend(["-s".into(), folder.join(SCHEDULE).into()]);
    }
    Ok(given.launch("celery", words, environment))
}

/// `celery -A APP inspect ARG…`.
pub(super) fn inspect(given: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let words = ["-A", given.facts.app.package()?.name(), "inspect"].map(OsString::from);
    Ok(given.launch("celery", words.into(), environment))
}

fn words(given: PlanInput<'_>, command: &str) -> Result<Vec<OsString>, Error> {
    let package = given.facts.app.package()?.name();
    Ok(["-A", package, command, "-l", "info"].map(OsString::from).into())
}
