//! The settings of the health check, from the environment.

use crate::duration;
use crate::entrypoint::env_var::{Name, Variables, display_value};
use crate::entrypoint::error::Error;
use crate::entrypoint::settings::DEFAULT_PORT;
use std::time::Duration;

/// The default of `ENTRYPOINT_HEALTH_TIMEOUT`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Without Python.
    Auto,
    /// Celery pings a worker.
    Ping,
    /// No check.
    Off,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HealthSettings {
    pub(super) mode: Mode,
    /// Path and query of the request.
    pub(super) path: String,
    /// The Host header: a host that Django allows.
    pub(super) host: String,
    /// Timeout of a response.
    pub(super) timeout: Duration,
    /// `PORT` where it is a number, else its default.
    pub(super) port: u16,
}

/// A setting that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HealthSettingsError {
    #[error("ENTRYPOINT_HEALTH={} is not valid: use auto, ping or none", display_value(value))]
    Mode { value: String },
    #[error("ENTRYPOINT_HEALTH_PATH={} is not a valid path: use one such as /health/", display_value(value))]
    Path { value: String },
    #[error(
        "ENTRYPOINT_HEALTH_HOST={} is not a valid host name: use one of Django's ALLOWED_HOSTS",
        display_value(value)
    )]
    Host { value: String },
    #[error("ENTRYPOINT_HEALTH_TIMEOUT={} is not a valid duration: use one such as 5s", display_value(value))]
    Timeout { value: String },
}

impl HealthSettings {
    pub(super) fn from_env(variables: &Variables) -> Result<Self, Error> {
        let mode = match variables.text(Name::EntrypointHealth)? {
            None | Some("auto") => Mode::Auto,
            Some("ping") => Mode::Ping,
            Some("none") => Mode::Off,
            Some(value) => return Err(HealthSettingsError::Mode { value: value.to_owned() }.into()),
        };
        let path = variables.text(Name::EntrypointHealthPath)?.unwrap_or("/");
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(HealthSettingsError::Path { value: path.to_owned() }.into());
        }
        let host = match variables.text(Name::EntrypointHealthHost)? {
            Some(host) if is_host(host) => host.to_owned(),
            Some(value) => return Err(HealthSettingsError::Host { value: value.to_owned() }.into()),
            // Django projects take their allowed hosts from one of these.
            None => [Name::AllowedHosts, Name::DjangoAllowedHosts]
                .into_iter()
                .find_map(|name| first_host(variables.valid_text(name)?))
                .unwrap_or_else(|| "localhost".to_owned()),
        };
        let timeout = match variables.text(Name::EntrypointHealthTimeout)? {
            None => DEFAULT_TIMEOUT,
            Some(value) => duration::parse(value)
                .filter(|span| !span.is_zero())
                .ok_or_else(|| HealthSettingsError::Timeout { value: value.to_owned() })?,
        };
        let number = |port: &str| port.parse().ok();
        let port = variables.valid_text(Name::Port).and_then(number);
        let port = port.or_else(|| number(DEFAULT_PORT)).unwrap_or_default();
        Ok(Self { mode, path: path.to_owned(), host, timeout, port })
    }
}

/// The first host of a list with commas or spaces, perhaps in Python's notation.
/// `.example.org` allows `example.org`, `*` allows any host.
fn first_host(list: &str) -> Option<String> {
    let entries = list.split([',', ' ', '[', ']', '(', ')', '\'', '"']).filter(|entry| !entry.is_empty());
    let hosts = entries.map(|entry| if entry == "*" { "localhost" } else { entry.trim_start_matches('.') });
    hosts.filter(|host| is_host(host)).map(str::to_owned).next()
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{HealthSettings, Mode, first_host};
    use crate::entrypoint::env_var::Variables;
    use crate::entrypoint::error::Error;
    use std::time::Duration;

    fn settings(variables: &[(&str, &str)]) -> Result<HealthSettings, Error> {
        let environment: Vec<_> = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        HealthSettings::from_env(&Variables::from_env(&environment)?)
    }

    #[test]
    fn the_host_is_one_that_django_allows() {
        for (list, host) in [
            ("example.org,www.example.org", Some("example.org")),
            (".example.org", Some("example.org")),
            ("*", Some("localhost")),
            ("['a.example', 'b']", Some("a.example")),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(first_host(list).as_deref(), host, "{list}");
        }
        let hosts = ("ALLOWED_HOSTS", "a");
        assert_eq!(settings(&[hosts]).unwrap().host, "a");
        assert_eq!(settings(&[hosts, ("ENTRYPOINT_HEALTH_HOST", "b:8443")]).unwrap().host, "b:8443");
        assert_eq!(settings(&[("DJANGO_ALLOWED_HOSTS", "c d")]).unwrap().host, "c");
        assert_eq!(settings(&[]).unwrap().host, "localhost");
    }

    #[test]
    fn all_settings() {
        let settings = settings(&[
            ("ENTRYPOINT_HEALTH", "ping"),
            ("ENTRYPOINT_HEALTH_PATH", "/up/?full=1"),
            ("ENTRYPOINT_HEALTH_TIMEOUT", "2s"),
            ("PORT", "9000"),
        ]);
        let settings = settings.unwrap();
        assert_eq!((settings.mode, settings.path.as_str()), (Mode::Ping, "/up/?full=1"));
        assert_eq!((settings.timeout, settings.port), (Duration::from_secs(2), 9000));
    }

    #[test]
    fn invalid_settings_are_refused() {
        for (name, value) in [
            ("ENTRYPOINT_HEALTH", "yes"),
            ("ENTRYPOINT_HEALTH_PATH", "health"),
            ("ENTRYPOINT_HEALTH_PATH", "/a\r\nX: y"),
            ("ENTRYPOINT_HEALTH_HOST", "a b"),
            ("ENTRYPOINT_HEALTH_TIMEOUT", "0"),
        ] {
            let error = settings(&[(name, value)]).unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
}
