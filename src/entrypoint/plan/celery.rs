//! Celery's processes. `-A` comes before the command: Celery 5 accepts no other
//! order, and 3.1 accepts both.

use super::{PlanInput, Planned};
use crate::entrypoint::args::has_option;
use crate::entrypoint::concurrency;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::ProcessFacts;
use crate::entrypoint::facts::beat::SCHEDULE_FILE;
use crate::sys::cgroup::Limits;
use std::ffi::OsString;

/// Options of `worker` that set the number of processes or select a pool without
/// processes, and the variables from which Celery 5 reads them.
const CONCURRENCY: [&str; 5] = ["-c", "--concurrency", "--autoscale", "-P", "--pool"];
const CONCURRENCY_VARIABLES: [&str; 3] =
    ["CELERY_WORKER_CONCURRENCY", "CELERY_WORKER_AUTOSCALE", "CELERY_WORKER_POOL"];

/// `celery -A APP worker -l info [-c N] ARG…`. Celery counts the CPUs of the machine.
/// In a container that may use fewer, `-c` sets the number.
pub(super) fn worker(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words = words(input, "worker")?;
    let mut notices = Vec::new();
    if let Some(limits) = limits(input).filter(|_| !sets_concurrency(input.arguments, &environment)) {
        let (processes, notice) = concurrency::processes(limits);
        words.extend(["-c".into(), processes.to_string().into()]);
        notices.push(notice);
    }
    Ok(Planned { notices, ..input.launch("celery", words, environment) })
}

/// The limits of the container, if the number of processes depends on them.
fn limits(input: PlanInput<'_>) -> Option<Limits> {
    match &input.facts.own {
        ProcessFacts::Worker(worker) if !worker.has_concurrency_setting => worker.limits,
        ProcessFacts::Worker(_)
        | ProcessFacts::Nothing
        | ProcessFacts::Web(_)
        | ProcessFacts::Beat(_)
        | ProcessFacts::Compressor(_) => None,
    }
}

fn sets_concurrency(arguments: &[OsString], environment: &Environment) -> bool {
    let is_set = |name: &&str| environment.get(name).is_some_and(|value| !value.is_empty());
    has_option(arguments, &CONCURRENCY) || CONCURRENCY_VARIABLES.iter().any(is_set)
}

/// `celery -A APP beat -l info -s FILE ARG…`. Without `-s`, beat writes its schedule
/// file to the app folder, which may be read-only. The last `-s` wins. A database
/// scheduler ignores it.
pub(super) fn beat(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words = words(input, "beat")?;
    let has_own_file = matches!(&input.facts.own, ProcessFacts::Beat(beat) if beat.has_schedule_setting);
    let temporary = input.facts.user.temporary_folder.as_ref();
    if let Some(folder) =
        temporary.filter(|_| !has_own_file && !has_option(input.arguments, &["-s", "--schedule"]))
    {
        words.extend(["-s".into(), folder.join(SCHEDULE_FILE).into()]);
    }
    Ok(input.launch("celery", words, environment))
}

/// `celery -A APP inspect ARG…`.
pub(super) fn inspect(input: PlanInput<'_>, environment: Environment) -> Result<Planned, Error> {
    let words = ["-A", input.facts.app.package()?.name(), "inspect"].map(OsString::from);
    Ok(input.launch("celery", words.into(), environment))
}

fn words(input: PlanInput<'_>, command: &str) -> Result<Vec<OsString>, Error> {
    let package = input.facts.app.package()?.name();
    Ok(["-A", package, command, "-l", "info"].map(OsString::from).into())
}
