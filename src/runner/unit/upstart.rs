//! A job for upstart (init(5) of Ubuntu 14.04).

use super::service::Service;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};

/// The text of the job file. Upstart runs its scripts with `sh -e`.
pub fn render(service: &Service) -> String {
    let Service { name, description, grace, timeout, .. } = service;
    let started: Vec<String> = ["docker".to_owned()]
        .into_iter()
        .chain(service.after.iter().map(|unit| unit.trim_end_matches(".service").to_owned()))
        .map(|job| format!("started {job}"))
        .collect();
    let start: Vec<String> = service.start.iter().map(word).collect();
    let docker = word(OsString::from(&service.docker));
    let remove = format!(
        "    {docker} stop -t {grace} {name} >/dev/null 2>&1 || true\n    \
         {docker} rm -f {name} >/dev/null 2>&1 || true\n"
    );
    format!(
        "# /etc/init/{name}.conf\n\
         description \"{description}\"\n\
         \n\
         start on ({started})\n\
         stop on (stopping docker or runlevel [!2345])\n\
         \n\
         respawn\n\
         respawn limit 10 300\n\
         # Longer than the process may take to end; the default of upstart is 5 seconds.\n\
         kill timeout {timeout}\n\
         \n\
         # Remove a container that a killed client left running.\n\
         pre-start script\n{remove}end script\n\
         \n\
         script\n    export EXTRA={extra}\n    exec {start}\nend script\n\
         \n\
         # The start is complete when the container is healthy.\n\
         post-start script\n    {gate}\nend script\n\
         \n\
         post-stop script\n{remove}end script\n",
        started = started.join(" and "),
        extra = word(&service.extra),
        start = start.join(" "),
        gate = service.gate(),
    )
}

fn word(word: impl AsRef<OsStr>) -> String {
    quote::word(word.as_ref()).to_string_lossy().into_owned()
}
