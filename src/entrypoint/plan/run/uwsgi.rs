//! uWSGI. Its own variables are the lowest place for what it is told.

use super::Serving;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::plan::Planned;
use crate::entrypoint::uwsgi::Said;
use std::ffi::OsString;

/// Whatever gives it an address, or makes it listen nowhere.
const ADDRESSES: [&str; 13] = [
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
/// Whatever names the application.
const APPLICATIONS: [&str; 7] = ["module", "w", "wsgi", "wsgi-file", "file", "mount", "paste"];
/// Whatever says where lines of the log go. Two places for one line can make
/// it log its own log.
const LOGS: [&str; 11] = [
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
    let theirs = environment.clone();
    let arguments = serving.given.arguments;
    let said = Said { arguments, environment: &theirs, files: serving.web.uwsgi_files.as_deref() };
    let address = format!("0.0.0.0:{}", serving.port);
    for (unless, variable, value) in [
        (&ADDRESSES[..], "UWSGI_HTTP_SOCKET", address.as_str()),
        (&["processes", "workers", "p"], "UWSGI_PROCESSES", &serving.workers),
        (&["master", "M"], "UWSGI_MASTER", "true"),
        // SIGTERM ends it; by itself it would load everything anew.
        (&["die-on-term"], "UWSGI_DIE_ON_TERM", "true"),
        // And requests that are being answered come to their end first.
        (&["hook-master-start"], "UWSGI_HOOK_MASTER_START", "unix_signal:15 gracefully_kill_them_all"),
        // Without the app it would serve errors for ever.
        (&["need-app"], "UWSGI_NEED_APP", "true"),
        (&LOGS, "UWSGI_REQ_LOGGER", "stdio"),
    ] {
        if !said.any(unless) {
            environment.set(variable, value);
        }
    }
    let mut words: Vec<OsString> = Vec::new();
    if !said.any(&APPLICATIONS) {
        words.extend(["--module".into(), serving.application("wsgi")?.into()]);
    }
    Ok(serving.given.launch("uwsgi", words, environment))
}
