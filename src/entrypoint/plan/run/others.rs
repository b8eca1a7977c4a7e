//! The servers that take what they are told in one place: uvicorn, waitress and
//! Django's own.

use super::Serving;
use crate::entrypoint::args::says;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::plan::{PlanInput, Planned, django};
use std::ffi::OsString;

/// How long uvicorn waits for requests that are being answered, in seconds, as
/// gunicorn does; by itself it would wait for an endless one until it is killed.
const GRACE: &str = "30";

/// `uvicorn APP.asgi:application ARG…`. Its options are read from its command
/// line, else from `UVICORN_NAME` (from 0.16 on).
pub(super) fn uvicorn(serving: &Serving<'_>, mut environment: Environment) -> Result<Planned, Error> {
    environment.set_default("UVICORN_HOST", "0.0.0.0");
    environment.set_default("UVICORN_PORT", serving.port);
    environment.set_default("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", GRACE);
    environment.set("WEB_CONCURRENCY", &serving.workers);
    let words = vec![serving.application("asgi")?.into()];
    Ok(serving.given.launch("uvicorn", words, environment))
}

/// `waitress-serve --port=PORT ARG… APP.wsgi:application`: the application comes
/// last (getopt(3)). Of several ports the last counts, and none may stand
/// beside a whole address. It has threads and no workers.
pub(super) fn waitress(serving: &Serving<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words: Vec<OsString> = Vec::new();
    if !says(serving.given.arguments, &["--listen", "--unix-socket", "--sockets"]) {
        words.push(format!("--port={}", serving.port).into());
    }
    words.extend(serving.given.arguments.iter().cloned());
    words.push(serving.application("wsgi")?.into());
    let alone = PlanInput { arguments: &[], ..serving.given };
    Ok(alone.launch("waitress-serve", words, environment))
}

/// `PY manage.py runserver 0.0.0.0:PORT ARG…`. It takes one address.
pub(in crate::entrypoint::plan) fn runserver(
    given: PlanInput<'_>,
    port: &str,
    environment: Environment,
) -> Result<Planned, Error> {
    let address = address(given.arguments, port);
    let words: Vec<&str> = ["runserver"].into_iter().chain(address.as_deref()).collect();
    django::plan(&words, given, environment)
}

/// Our address for `runserver`, where ARGs give none.
fn address(arguments: &[OsString], port: &str) -> Option<String> {
    let host = if says(arguments, &["-6", "--ipv6"]) { "[::]" } else { "0.0.0.0" };
    (!names_address(arguments)).then(|| format!("{host}:{port}"))
}

/// Whether a word among the arguments is neither an option nor an option's value.
fn names_address(arguments: &[OsString]) -> bool {
    const WITH_VALUE: [&str; 4] = ["--settings", "--pythonpath", "-v", "--verbosity"];
    let mut is_value = false;
    arguments.iter().any(|word| {
        let was_value = is_value;
        is_value = WITH_VALUE.iter().any(|option| word == option);
        !was_value && !word.as_encoded_bytes().starts_with(b"-")
    })
}
