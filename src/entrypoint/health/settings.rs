//! How health is asked for, from the environment.

use crate::duration;
use crate::entrypoint::env_var::{display_value, text_var};
use crate::entrypoint::error::Error;
use crate::entrypoint::settings::DEFAULT_PORT;
use crate::world::World;
use std::time::Duration;

const HEALTH: &str = "ENTRYPOINT_HEALTH";
const PATH: &str = "ENTRYPOINT_HEALTH_PATH";
const HOST: &str = "ENTRYPOINT_HEALTH_HOST";
const TIMEOUT: &str = "ENTRYPOINT_HEALTH_TIMEOUT";
/// Where a Django project's settings are told which hosts they allow.
const ALLOWED: [&str; 2] = ["ALLOWED_HOSTS", "DJANGO_ALLOWED_HOSTS"];

/// How long an answer may take where nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// What can be asked without Python.
    Auto,
    /// A worker is asked through Celery.
    Ping,
    /// Nothing.
    Off,
}

/// How health is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HealthSettings {
    /// What is asked.
    pub(super) mode: Mode,
    /// The request target, from its slash on.
    pub(super) path: String,
    /// A host that Django allows.
    pub(super) host: String,
    /// How long an answer may take.
    pub(super) patience: Duration,
    /// PORT, where it is one, else its default.
    pub(super) port: u16,
}

/// Why health can't be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// ENTRYPOINT_HEALTH says something else.
    #[error("ENTRYPOINT_HEALTH={} is none of auto, ping and none", display_value(value))]
    Mode {
        /// What it says.
        value: String,
    },
    /// ENTRYPOINT_HEALTH_PATH is no path.
    #[error(
        "ENTRYPOINT_HEALTH_PATH={} is not the path of a page: give one like /health/",
        display_value(value)
    )]
    Path {
        /// What it says.
        value: String,
    },
    /// ENTRYPOINT_HEALTH_HOST is no host.
    #[error(
        "ENTRYPOINT_HEALTH_HOST={} is not the name of a host: give one of Django's ALLOWED_HOSTS",
        display_value(value)
    )]
    Host {
        /// What it says.
        value: String,
    },
    /// ENTRYPOINT_HEALTH_TIMEOUT is no span of time.
    #[error("ENTRYPOINT_HEALTH_TIMEOUT={} is not a duration: give one like 5s", display_value(value))]
    Timeout {
        /// What it says.
        value: String,
    },
}

impl HealthSettings {
    /// Reads the environment.
    pub(super) fn read(world: &World) -> Result<Self, Error> {
        let mode = match text_var(HEALTH, world)? {
            None | Some("auto") => Mode::Auto,
            Some("ping") => Mode::Ping,
            Some("none") => Mode::Off,
            Some(value) => return Err(Unclear::Mode { value: value.to_owned() }.into()),
        };
        let path = text_var(PATH, world)?.unwrap_or("/");
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unclear::Path { value: path.to_owned() }.into());
        }
        let host = match text_var(HOST, world)? {
            Some(host) if is_host(host) => host.to_owned(),
            Some(value) => return Err(Unclear::Host { value: value.to_owned() }.into()),
            None => {
                ALLOWED.iter().find_map(|name| allowed(world.variable(name)?.to_str()?)).unwrap_or_else(local)
            }
        };
        let patience = match text_var(TIMEOUT, world)? {
            None => PATIENCE,
            Some(value) => duration::parse(value)
                .filter(|span| !span.is_zero())
                .ok_or_else(|| Unclear::Timeout { value: value.to_owned() })?,
        };
        let number = |port: &str| port.parse().ok();
        let port = world.variable("PORT").and_then(|port| number(port.to_str()?));
        let port = port.or_else(|| number(DEFAULT_PORT)).unwrap_or_default();
        Ok(Self { mode, path: path.to_owned(), host, patience, port })
    }
}

fn local() -> String {
    "localhost".to_owned()
}

/// A host of a list with commas or blanks, perhaps written as Python writes a
/// list. `.example.org` allows `example.org`, `*` allows any.
fn allowed(list: &str) -> Option<String> {
    let entries = list.split([',', ' ', '[', ']', '(', ')', '\'', '"']).filter(|entry| !entry.is_empty());
    let hosts = entries.map(|entry| if entry == "*" { "localhost" } else { entry.trim_start_matches('.') });
    hosts.filter(|host| is_host(host)).map(str::to_owned).next()
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{HealthSettings, Mode, allowed};
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::time::Duration;

    fn read(variables: &[(&str, &str)]) -> Result<HealthSettings, Error> {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        HealthSettings::read(&World { environment, ..World::default() })
    }

    #[test]
    fn a_host_that_django_allows() {
        for (list, host) in [
            ("example.org,www.example.org", Some("example.org")),
            (".example.org", Some("example.org")),
            ("*", Some("localhost")),
            ("['a.example', 'b']", Some("a.example")),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(allowed(list).as_deref(), host, "{list}");
        }
        let hosts = ("ALLOWED_HOSTS", "a");
        assert_eq!(read(&[hosts]).unwrap().host, "a");
        assert_eq!(read(&[hosts, ("ENTRYPOINT_HEALTH_HOST", "b:8443")]).unwrap().host, "b:8443");
        assert_eq!(read(&[("DJANGO_ALLOWED_HOSTS", "c d")]).unwrap().host, "c");
        assert_eq!(read(&[]).unwrap().host, "localhost");
    }

    #[test]
    fn what_is_said() {
        let settings = read(&[
            ("ENTRYPOINT_HEALTH", "ping"),
            ("ENTRYPOINT_HEALTH_PATH", "/up/?full=1"),
            ("ENTRYPOINT_HEALTH_TIMEOUT", "2s"),
            ("PORT", "9000"),
        ]);
        let settings = settings.unwrap();
        assert_eq!((settings.mode, settings.path.as_str()), (Mode::Ping, "/up/?full=1"));
        assert_eq!((settings.patience, settings.port), (Duration::from_secs(2), 9000));
    }

    #[test]
    fn what_is_unclear_is_refused() {
        for (name, value) in [
            ("ENTRYPOINT_HEALTH", "yes"),
            ("ENTRYPOINT_HEALTH_PATH", "health"),
            ("ENTRYPOINT_HEALTH_PATH", "/a\r\nX: y"),
            ("ENTRYPOINT_HEALTH_HOST", "a b"),
            ("ENTRYPOINT_HEALTH_TIMEOUT", "0"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
}
