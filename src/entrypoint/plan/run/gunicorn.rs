//! gunicorn.
//!
//! Its command line beats GUNICORN_CMD_ARGS, which beats the config file, which
//! beats PORT and WEB_CONCURRENCY. A default of ours goes to the lowest priority at
//! which it works, so that the caller can override it anywhere.

use super::Serving;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::web::{Gunicorn, SHARED_MEMORY};
use crate::entrypoint::plan::{PlanInput, Planned};
use std::ffi::OsString;

/// `gunicorn [-c APP/gunicorn_conf.py] APP.wsgi:application ARG…`. gunicorn itself
/// reads PORT for its default address `0.0.0.0:PORT`.
pub(super) fn plan(serving: &Serving<'_>, mut environment: Environment) -> Result<Planned, Error> {
    let facts = &serving.web.gunicorn;
    environment.set("PORT", serving.port);
    environment.set("WEB_CONCURRENCY", &serving.workers);
    add_options(facts, &mut environment);
    set_control_socket_folder(serving.input, &mut environment);
    let config = facts.config.iter().flat_map(|file| ["-c".into(), file.clone().into()]);
    let words = config.chain([OsString::from(serving.application("wsgi")?)]).collect();
    Ok(serving.input.launch("gunicorn", words, environment))
}

/// Puts our options before those of the caller: the last of a kind wins. They beat
/// the config file, so each is left out if that file sets it.
fn add_options(facts: &Gunicorn, environment: &mut Environment) {
    let access_log = (!facts.sets_access_log).then(|| "--access-logfile=-".to_owned());
    let in_memory = facts.has_shared_memory && !facts.sets_worker_tmp_dir;
    let heartbeat = in_memory.then(|| format!("--worker-tmp-dir={SHARED_MEMORY}"));
    let ours: Vec<String> = access_log.into_iter().chain(heartbeat).collect();
    if ours.is_empty() {
        return;
    }
    let mut options = OsString::from(ours.join(" "));
    if let Some(caller_options) =
        environment.get("GUNICORN_CMD_ARGS").filter(|caller_options| !caller_options.is_empty())
    {
        options.push(" ");
        options.push(caller_options);
    }
    environment.set("GUNICORN_CMD_ARGS", options);
}

/// gunicorn 25.1 and later create a control socket in `$XDG_RUNTIME_DIR`, else in the
/// home folder, and log an error if they can't. Older versions do not know the
/// option that turns it off, and ignore the variable.
fn set_control_socket_folder(input: PlanInput<'_>, environment: &mut Environment) {
    let user = &input.facts.user;
    // An unknown user has got a home folder already.
    let needs_folder = user.is_known && !user.has_home;
    if let Some(temporary) = user.temporary_folder.as_ref().filter(|_| needs_folder) {
        environment.set_default("XDG_RUNTIME_DIR", temporary);
    }
}
