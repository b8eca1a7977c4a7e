//! uvicorn, waitress and Django's own server.

use super::Serving;
use crate::entrypoint::args::has_option;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::plan::{PlanInput, Planned, django};
use std::ffi::OsString;

/// How long uvicorn completes open requests after SIGTERM, in seconds, as gunicorn
/// does. By default it waits without limit.
const GRACE: &str = "30";

/// `uvicorn APP.asgi:application ARG…`. uvicorn reads its options from the command
/// line, else from `UVICORN_NAME` (from 0.16 on).
pub(super) fn uvicorn(serving: &Serving<'_>, mut environment: Environment) -> Result<Planned, Error> {
    environment.set_default("UVICORN_HOST", "0.0.0.0");
    environment.set_default("UVICORN_PORT", serving.port);
    environment.set_default("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", GRACE);
    environment.set("WEB_CONCURRENCY", &serving.workers);
    let words = vec![serving.application("asgi")?.into()];
    Ok(serving.input.launch("uvicorn", words, environment))
}

/// `waitress-serve --port=PORT ARG… APP.wsgi:application`. The application comes last
/// (getopt(3)). The last `--port` wins, and `--port` is an error beside `--listen`.
/// waitress has threads and no workers.
pub(super) fn waitress(serving: &Serving<'_>, environment: Environment) -> Result<Planned, Error> {
    let mut words: Vec<OsString> = Vec::new();
    if !has_option(serving.input.arguments, &["--listen", "--unix-socket", "--sockets"]) {
        words.push(format!("--port={}", serving.port).into());
    }
    words.extend(serving.input.arguments.iter().cloned());
    words.push(serving.application("wsgi")?.into());
    let without_arguments = PlanInput { arguments: &[], ..serving.input };
    Ok(without_arguments.launch("waitress-serve", words, environment))
}

/// `PY manage.py runserver 0.0.0.0:PORT ARG…`. runserver takes one address.
pub(in crate::entrypoint::plan) fn runserver(
    input: PlanInput<'_>,
    port: &str,
    environment: Environment,
) -> Result<Planned, Error> {
    let address = runserver_address(input.arguments, port);
    let words: Vec<&str> = ["runserver"].into_iter().chain(address.as_deref()).collect();
    django::plan(&words, input, environment)
}

/// Our address for `runserver`, unless ARGs contain one.
fn runserver_address(arguments: &[OsString], port: &str) -> Option<String> {
    let host = if has_option(arguments, &["-6", "--ipv6"]) { "[::]" } else { "0.0.0.0" };
    (!names_address(arguments)).then(|| format!("{host}:{port}"))
}

/// Whether an argument is neither an option nor the value of an option.
fn names_address(arguments: &[OsString]) -> bool {
    const WITH_VALUE: [&str; 4] = ["--settings", "--pythonpath", "-v", "--verbosity"];
    let mut is_value = false;
    arguments.iter().any(|word| {
        let was_value = is_value;
        is_value = WITH_VALUE.iter().any(|option| word == option);
        !was_value && !word.as_encoded_bytes().starts_with(b"-")
    })
}
