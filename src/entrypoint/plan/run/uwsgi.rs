//! uWSGI. Its variables have the lowest priority, so our defaults go there.

use super::Serving;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::plan::Planned;
use crate::entrypoint::uwsgi::CallerOptions;
use std::ffi::OsString;

/// Options that set an address, or that make it listen nowhere.
const ADDRESS_OPTIONS: [&str; 13] = [
    "socket",
    "s",
    "uwsgi-socket",
    "http-socket",
    "http11-socket",
    "https-socket",
    "http",
    "https",
    "http2",
    "fastcgi-socket",
    "scgi-socket",
    "raw-socket",
    "emperor",
];
/// Options that name the application.
const APPLICATION_OPTIONS: [&str; 7] = ["module", "w", "wsgi", "wsgi-file", "file", "mount", "paste"];
/// Options that set the target of the log. With two targets, uWSGI can log its own
/// log.
const LOG_OPTIONS: [&str; 11] = [
    "req-logger",
    "logger-req",
    "logger",
    "logto",
    "logto2",
    "log-syslog",
    "rsyslog",
    "log-socket",
    "daemonize",
    "disable-logging",
    "L",
];

/// `uwsgi --module APP.wsgi:application ARG…`.
pub(super) fn plan(serving: &Serving<'_>, mut environment: Environment) -> Result<Planned, Error> {
    let caller_environment = environment.clone();
    let arguments = serving.input.arguments;
    let options = CallerOptions {
        arguments,
        environment: &caller_environment,
        files: serving.web.uwsgi_files.as_deref(),
    };
    let address = format!("0.0.0.0:{}", serving.port);
    for (unless, variable, value) in [
        (&ADDRESS_OPTIONS[..], "UWSGI_HTTP_SOCKET", address.as_str()),
        (&["processes", "workers", "p"], "UWSGI_PROCESSES", &serving.workers),
        (&["master", "M"], "UWSGI_MASTER", "true"),
        // By default SIGTERM makes uWSGI reload.
        (&["die-on-term"], "UWSGI_DIE_ON_TERM", "true"),
        // Open requests are completed first.
        (&["hook-master-start"], "UWSGI_HOOK_MASTER_START", "unix_signal:15 gracefully_kill_them_all"),
        // Without the app, uWSGI would serve errors.
        (&["need-app"], "UWSGI_NEED_APP", "true"),
        (&LOG_OPTIONS, "UWSGI_REQ_LOGGER", "stdio"),
    ] {
        if !options.set_any(unless) {
            environment.set(variable, value);
        }
    }
    let mut words: Vec<OsString> = Vec::new();
    if !options.set_any(&APPLICATION_OPTIONS) {
        words.extend(["--module".into(), serving.application("wsgi")?.into()]);
    }
    Ok(serving.input.launch("uwsgi", words, environment))
}
