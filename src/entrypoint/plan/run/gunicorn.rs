//! gunicorn.
//!
//! Its command line beats GUNICORN_CMD_ARGS, that beats the config file, and
//! that beats PORT and WEB_CONCURRENCY. What is a default of ours goes to the
//! lowest place where it works, so that the caller can overrule it anywhere.

use super::Serving;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::web::{Gunicorn, SHARED_MEMORY};
use crate::entrypoint::plan::{PlanInput, Planned};
use std::ffi::OsString;

/// `gunicorn [-c APP/gunicorn_conf.py] APP.wsgi:application ARG…`. It takes its
/// default address from PORT itself: `0.0.0.0:PORT`.
pub(super) fn plan(serving: &Serving<'_>, mut environment: Environment) -> Result<Planned, Error> {
    let seen = &serving.web.gunicorn;
    environment.set("PORT", serving.port);
    environment.set("WEB_CONCURRENCY", &serving.workers);
    add_options(seen, &mut environment);
    give_socket_a_place(serving.given, &mut environment);
    let config = seen.config.iter().flat_map(|file| ["-c".into(), file.clone().into()]);
    let words = config.chain([OsString::from(serving.application("wsgi")?)]).collect();
    Ok(serving.given.launch("gunicorn", words, environment))
}

/// Our options before the caller's own: of several of a kind the last counts.
/// Here they would beat the config file, so that what it sets is left to it.
fn add_options(seen: &Gunicorn, environment: &mut Environment) {
    let access_log = (!seen.sets_access_log).then(|| "--access-logfile=-".to_owned());
    let in_memory = seen.has_shared_memory && !seen.sets_worker_tmp_dir;
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
fn give_socket_a_place(given: PlanInput<'_>, environment: &mut Environment) {
    let user = &given.facts.user;
    let needs_one = user.is_known && !user.has_home; // an unknown user has been given a home
    if let Some(temporary) = user.temporary.as_ref().filter(|_| needs_one) {
        environment.set_default("XDG_RUNTIME_DIR", temporary);
    }
}
