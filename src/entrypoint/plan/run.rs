//! The web server: gunicorn.
//!
//! Its command line beats GUNICORN_CMD_ARGS, that beats the config file, and
//! that beats PORT and WEB_CONCURRENCY. What is a default of ours goes to the
//! lowest place where it works, so that the caller can overrule it anywhere.

use super::{Given, Planned};
use crate::entrypoint::concurrency;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::Own;
use crate::entrypoint::facts::web::{SHARED_MEMORY, Web};
use std::ffi::OsString;

/// Where the site listens, on every address.
const DEFAULT_PORT: &str = "8000";

/// `gunicorn [-c APP/gunicorn_conf.py] APP.wsgi:application ARG…`.
pub(super) fn plan(given: Given<'_>, mut environment: Environment) -> Result<Planned, Error> {
    let package = given.facts.app.package()?;
    let unseen = Web::default();
    let web = if let Own::Web(web) = &given.facts.own { web } else { &unseen };
    let (workers, note) = concurrency::workers(given.settings.web_concurrency.as_deref(), web.limits);
    environment.set("PORT", port(given)?);
    environment.set("WEB_CONCURRENCY", workers.to_string());
    add_options(web, &mut environment);
    give_socket_a_place(given, &mut environment);
    let config = web.config.iter().flat_map(|file| ["-c".into(), file.clone().into()]);
    let application = OsString::from(format!("{}:application", package.module("wsgi")));
    let words = config.chain([application]).collect();
    let mut planned = given.launch("gunicorn", words, environment);
    planned.notes.extend(note);
    Ok(planned)
}

/// PORT, which gunicorn itself takes its default address from: `0.0.0.0:PORT`.
pub(super) fn port(given: Given<'_>) -> Result<&str, Error> {
    let value = given.settings.port.as_deref().unwrap_or(DEFAULT_PORT);
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u16>() {
        Ok(1..) if is_number => Ok(value),
        _ => Err(Error::Port { value: value.to_owned() }),
    }
}

/// Our options before the caller's own: of several of a kind the last counts.
/// Here they would beat the config file, so that what it sets is left to it.
fn add_options(web: &Web, environment: &mut Environment) {
    let access_log = (!web.sets_access_log).then(|| "--access-logfile=-".to_owned());
    let in_memory = web.has_shared_memory && !web.sets_worker_tmp_dir;
    let heartbeat = in_memory.then(|| format!("--worker-tmp-dir={SHARED_MEMORY}"));
    let ours: Vec<String> = access_log.into_iter().chain(heartbeat).collect();
    if ours.is_empty() {
        return;
    }
    let mut options = OsString::from(ours.join(" "));
    if let Some(theirs) = environment.get("GUNICORN_CMD_ARGS").filter(|theirs| !theirs.is_empty()) {
        options.push(" ");
        options.push(theirs);
    }
    environment.set("GUNICORN_CMD_ARGS", options);
}

/// gunicorn 25.1 and later make a control socket in `$XDG_RUNTIME_DIR`, else
/// below the home folder, and log an error where they can't. Its option to go
/// without is unknown to older ones; the variable is not in their way.
fn give_socket_a_place(given: Given<'_>, environment: &mut Environment) {
    let user = &given.facts.user;
    let needs_one = user.is_known && !user.has_home; // an unknown user has been given a home
    if let Some(temporary) = user.temporary.as_ref().filter(|_| needs_one) {
        environment.set_default("XDG_RUNTIME_DIR", temporary);
    }
}
