//! Secrets in files that everyone can read.

use super::finding::{Finding, Severity};
use crate::runner::config::Configuration;
use crate::runner::options;
use crate::runner::plan::{self, bytes};
use crate::shell::scope::{Place, Value};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Parts of names that say: a secret.
const NAMES: [&str; 9] =
    ["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "PRIVATE", "API_KEY", "ACCESS_KEY", "DSN"];

/// One finding for each file that everyone can read and that holds a secret:
/// at its first one.
pub fn findings(configuration: &Configuration) -> Vec<Finding> {
    let secrets = places(configuration);
    let open = configuration.files.iter().filter(|file| file.open);
    let found = open.filter_map(|file| {
        let own = secrets.iter().filter(|secret| *secret.place.file == *file.path);
        let first = own.min_by_key(|secret| secret.place.line)?;
        let message = format!("everyone can read this file, and {} is a secret", first.name);
        Some(Finding::at(Severity::Warning, Some(&first.place), message, "chmod o-r"))
    });
    found.collect()
}

struct Secret {
    name: String,
    place: Place,
}

fn places(configuration: &Configuration) -> Vec<Secret> {
    let words = plan::words(configuration);
    let raw = bytes(&words);
    let mut secrets = Vec::new();
    for given in options::parse(&raw).given.iter().filter(|given| given.is("env")) {
        let setting = given.value_in(&raw);
        let name = setting.split(|byte| *byte == b'=').next().unwrap_or_default();
        let value = setting.get(name.len() + 1..).unwrap_or_default();
        let at = given.value.map_or(given.word, |at| at.word);
        let place = words[at].text.place_at(words[at].text.bytes.len().saturating_sub(1));
        let name = String::from_utf8_lossy(name).into_owned();
        secrets.extend(
            place.filter(|_| is_secret(&name, value)).map(|place| Secret { name, place: place.clone() }),
        );
    }
    for (name, variable) in &configuration.scope.variables {
        let (Some(Value::Text(text)), Some(place)) = (&variable.value, &variable.place) else { continue };
        if name != "OPTS" && name != "EXTRA" && is_secret(name, &text.bytes) {
            secrets.push(Secret { name: name.clone(), place: place.clone() });
        }
    }
    secrets
}

/// Whether a variable that docker itself reads may hold a secret.
pub fn hides(name: &OsStr, value: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name == "DOCKER_AUTH_CONFIG" || name.ends_with("_HEADERS") || is_secret(&name, value.as_bytes())
}

/// By its name, or by a password in an address: `amqp://user:pass@host`.
fn is_secret(name: &str, value: &[u8]) -> bool {
    let upper = name.to_ascii_uppercase();
    let named = NAMES.iter().any(|part| upper.contains(part)) || upper.ends_with("_KEY");
    !value.is_empty() && (named || has_password(value, upper.ends_with("_PROXY")))
}

/// A proxy's address may go without its scheme.
fn has_password(value: &[u8], is_proxy: bool) -> bool {
    let text = String::from_utf8_lossy(value);
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None if is_proxy => &text,
        None => return false,
    };
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.split_once(':').is_some_and(|(_, password)| !password.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn by_name_or_by_address() {
        for (name, value) in [
            ("SECRET_KEY", "x"),
            ("DB_PASSWORD", "x"),
            ("BROKER_URL", "amqp://user:pass@rabbit:5672//antisocial"),
            ("SENTRY_DSN", "x"),
            ("STRIPE_KEY", "x"),
            ("HTTPS_PROXY", "user:pass@proxy:3128"),
        ] {
            assert!(is_secret(name, value.as_bytes()), "{name}");
        }
        for (name, value) in [
            ("SECRET_KEY", ""),
            ("BROKER_URL", "amqp://rabbit:5672//"),
            ("URL", "http://a/b:c@d"),
            ("KEYBOARD", "de"),
            ("FROM", "app:1@sha256:abc"),
            ("CONTACT", "mailto:me@example.org"),
        ] {
            assert!(!is_secret(name, value.as_bytes()), "{name}");
        }
    }
}
