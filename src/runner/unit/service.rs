//! The content of a unit, for every service manager.

use super::{env_value, number_option};
use crate::duration;
use crate::process::{self, DEFAULT_GRACE, Lifetime};
use crate::runner::app::{Root, is_app_name};
use crate::runner::cli::UnitArgs;
use crate::runner::config;
use crate::runner::docker_opts::DockerOpts;
use crate::runner::error::Error;
use crate::runner::system::System;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};

/// The seconds that the service manager waits longer than docker.
const MARGIN: u32 = 15;

/// The content of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The name of the unit and of the container: APP, APP-worker, APP-beat.
    pub name: String,
    /// APP or APP@INSTANCE, and the process.
    pub description: String,
    /// The command that starts it: docker-runner and its arguments.
    pub start: Vec<OsString>,
    /// The path of docker.
    pub docker: String,
    /// `--name` and `--rm`, then the options of the user.
    pub extra: OsString,
    /// The units after which it starts.
    pub after: Vec<String>,
    /// The seconds that docker lets it take to end.
    pub grace: u32,
    /// The seconds that the service manager lets it take to end.
    pub timeout: u32,
}

impl Service {
    pub fn new(host: &dyn System, root: &Root, args: &UnitArgs, opts: &DockerOpts) -> Result<Self, Error> {
        let (process, name) = (process(args)?, unit_name(args)?);
        let after = args.after.iter().map(|unit| checked_unit(unit)).collect::<Result<_, _>>()?;
        let grace = number_option(opts, "stop-timeout").unwrap_or_else(|| stop_grace(process));
        let drain = env_value(opts, "ENTRYPOINT_DRAIN").and_then(seconds).unwrap_or(0);
        let grace = grace.saturating_add(drain);
        Ok(Self {
            description: format!("{} {process}", args.name),
            start: start_command(host, root, args, process),
            docker: program_path(host, "docker", "/usr/bin/docker"),
            extra: extra(args, &name),
            name,
            after,
            grace,
            timeout: grace.saturating_add(MARGIN),
        })
    }

    /// The shell command that waits until the container is healthy, for two minutes at most
    /// and no longer than its client lives (systemd sets MAINPID, systemd.exec(5)). An image
    /// without the health check (exit code 125 to 127, of docker-entrypoint or docker exec)
    /// is healthy if its container still runs one second later. The second look is needed
    /// because a container that is about to end gives 126 too, and its client lives until the
    /// container is removed.
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

fn process(args: &UnitArgs) -> Result<&str, Error> {
    let process = args.process.to_str().filter(|process| is_app_name(process));
    let process = process.ok_or_else(|| Error::NoProcess { process: args.process.clone() })?;
    match process::entry(process).map(|entry| (entry.name, entry.lifetime)) {
        Some((process, Lifetime::Ends)) => Err(Error::Ends { process }),
        Some((_, Lifetime::Service { .. } | Lifetime::Development)) | None => Ok(process),
    }
}

/// The name of the unit and of its container.
pub(super) fn unit_name(args: &UnitArgs) -> Result<String, Error> {
    Ok(match process(args)? {
        "run" => args.name.dashed(),
        other => format!("{}-{other}", args.name.dashed()),
    })
}

/// The EXTRA of the unit.
pub(super) fn extra(args: &UnitArgs, name: &str) -> OsString {
    let mut extra = OsString::from(format!("--name {name} --rm"));
    if let Some(more) = &args.extra {
        extra.push(" ");
        extra.push(more);
    }
    extra
}

fn stop_grace(process: &str) -> u32 {
    match process::entry(process).map(|entry| entry.lifetime) {
        Some(Lifetime::Service { stop_grace }) => stop_grace,
        Some(Lifetime::Development | Lifetime::Ends) | None => DEFAULT_GRACE,
    }
}

/// Parses a duration as the entrypoint does, rounded up.
fn seconds(text: &str) -> Option<u32> {
    u32::try_from(duration::parse(text)?.as_millis().div_ceil(1000)).ok()
}

fn start_command(host: &dyn System, root: &Root, args: &UnitArgs, process: &str) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        vec![program_path(host, "docker-runner", "/usr/local/bin/docker-runner").into()];
    words.extend(config::forwarded_options(root, args.shell.as_deref()));
    words.extend([args.name.to_string().into(), process.into()]);
    words
}

/// The path of a program on this host. Old service managers need an absolute path.
fn program_path(host: &dyn System, name: &str, default: &str) -> String {
    let found = host.find(OsStr::new(name)).and_then(|path| path.into_os_string().into_string().ok());
    found.unwrap_or_else(|| default.to_owned())
}

/// Refuses blanks and quotes, because the name is written into a line with other names.
fn checked_unit(unit: &OsStr) -> Result<String, Error> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b":_.@-\\".contains(&byte);
    let name = unit.to_str().filter(|name| !name.is_empty() && name.bytes().all(is_plain));
    name.map(str::to_owned).ok_or_else(|| Error::NoUnit { unit: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn rounds_a_drain_up_to_seconds() {
        assert_eq!(["5s", "5", "2m", "1500ms"].map(seconds), [Some(5), Some(5), Some(120), Some(2)]);
        assert_eq!(["soon", "", "s", "99999999h"].map(seconds), [None; 4]);
    }
}
