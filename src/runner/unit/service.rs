//! What a unit of either service manager says.

use super::{number, variable};
use crate::duration;
use crate::runner::app::{Root, is_name};
use crate::runner::cli::Unit;
use crate::runner::config;
use crate::runner::docker_opts::Word;
use crate::runner::error::Error;
use crate::runner::opts_parser::Parsed;
use crate::runner::system::System;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};

/// Seconds that a process may take to end before docker kills it: gunicorn
/// finishes requests for 30, a worker its tasks, beat writes its schedule.
const WEB_GRACE: u32 = 35;
const WORKER_GRACE: u32 = 60;
const BEAT_GRACE: u32 = 15;

/// Seconds that the service manager waits beyond that.
const MARGIN: u32 = 15;

/// The processes of docker-entrypoint that end by themselves.
pub const ENDING: [&str; 9] =
    ["migrate", "collectstatic", "compress", "shell", "test", "manage", "wheels", "healthcheck", "setup"];

/// What a unit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Of the unit and of the container: APP, APP-worker, APP-beat.
    pub name: String,
    /// APP or APP@INSTANCE, and the process, for people.
    pub description: String,
    /// What starts it: docker-runner and its arguments.
    pub start: Vec<OsString>,
    /// Where docker is.
    pub docker: String,
    /// EXTRA: name and removal, then the user's.
    pub extra: OsString,
    /// The units it starts after.
    pub after: Vec<String>,
    /// Seconds that docker lets it take to end.
    pub grace: u32,
    /// Seconds that the service manager lets it take: more.
    pub timeout: u32,
}

impl Service {
    /// From what was asked and what the options say.
    pub fn new(
        host: &dyn System,
        root: &Root,
        asked: &Unit,
        words: &[Word],
        parsed: &Parsed,
    ) -> Result<Self, Error> {
        let (process, name) = (process(asked)?, name(asked)?);
        let after = asked.after.iter().map(|unit| unit_name(unit)).collect::<Result<_, _>>()?;
        let grace = number(words, parsed, "stop-timeout").unwrap_or_else(|| grace(process))
            + variable(words, parsed, "ENTRYPOINT_DRAIN").and_then(seconds).unwrap_or(0);
        Ok(Self {
            description: format!("{} {process}", asked.name),
            start: start(host, root, asked, process),
            docker: program(host, "docker", "/usr/bin/docker"),
            extra: extra(asked, &name),
            name,
            after,
            grace,
            timeout: grace + MARGIN,
        })
    }

    /// What asks the container how it is, until it is well: two minutes at
    /// most, and no longer than its client lives (systemd tells MAINPID,
    /// systemd.exec(5)). An image that knows no answer (125 to 127, of
    /// docker-entrypoint or of docker exec) is well if it still runs a second
    /// later: a container that is about to end says 126 as well, and its client
    /// lives until it is removed.
    pub fn gate(&self) -> String {
        let docker = quote::word(OsStr::new(&self.docker)).to_string_lossy().into_owned();
        let name = &self.name;
        format!(
            "n=0; while [ $n -lt 120 ]; do \
             {docker} exec {name} docker-entrypoint healthcheck >/dev/null 2>&1 && exit 0 || code=$?; \
             sleep 1; [ -z \"$MAINPID\" ] || kill -0 \"$MAINPID\" 2>/dev/null || exit 1; \
             case $code in 125|126|127) \
             {docker} inspect -f '{{{{.State.Running}}}}' {name} 2>/dev/null | grep -q true; exit;; esac; \
             n=$((n+1)); done; exit 1"
        )
    }
}

fn process(asked: &Unit) -> Result<&str, Error> {
    let process = asked.process.to_str().filter(|process| is_name(process));
    let process = process.ok_or_else(|| Error::NoProcess { process: asked.process.clone() })?;
    match ENDING.iter().find(|ending| **ending == process) {
        Some(process) => Err(Error::Ends { process }),
        None => Ok(process),
    }
}

/// Of the unit and of its container.
pub(super) fn name(asked: &Unit) -> Result<String, Error> {
    Ok(match process(asked)? {
        "run" => asked.name.dashed(),
        other => format!("{}-{other}", asked.name.dashed()),
    })
}

/// The unit's EXTRA.
pub(super) fn extra(asked: &Unit, name: &str) -> OsString {
    let mut extra = OsString::from(format!("--name {name} --rm"));
    if let Some(more) = &asked.extra {
        extra.push(" ");
        extra.push(more);
    }
    extra
}

fn grace(process: &str) -> u32 {
    match process {
        "worker" => WORKER_GRACE,
        "beat" => BEAT_GRACE,
        _ => WEB_GRACE,
    }
}

/// As the entrypoint reads it; rounded up.
fn seconds(text: &str) -> Option<u32> {
    u32::try_from(duration::parse(text)?.as_millis().div_ceil(1000)).ok()
}

fn start(host: &dyn System, root: &Root, asked: &Unit, process: &str) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        vec![program(host, "docker-runner", "/usr/local/bin/docker-runner").into()];
    words.extend(config::options(root, asked.shell.as_deref()));
    words.extend([asked.name.to_string().into(), process.into()]);
    words
}

/// Where a program is on this host; old service managers want the whole path.
fn program(host: &dyn System, name: &str, otherwise: &str) -> String {
    let found = host.find(OsStr::new(name)).and_then(|path| path.into_os_string().into_string().ok());
    found.unwrap_or_else(|| otherwise.to_owned())
}

/// A unit's name goes into a line with others: no blanks, no quotes.
fn unit_name(unit: &OsStr) -> Result<String, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":_.@-\\".contains(&byte);
    let name = unit.to_str().filter(|name| !name.is_empty() && name.bytes().all(plain));
    name.map(str::to_owned).ok_or_else(|| Error::NoUnit { unit: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_drain_in_seconds() {
        assert_eq!(["5s", "5", "2m", "1500ms"].map(seconds), [Some(5), Some(5), Some(120), Some(2)]);
        assert_eq!(["soon", "", "s", "99999999h"].map(seconds), [None; 4]);
    }
}
