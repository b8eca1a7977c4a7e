//! Detects secrets by the name of a variable, or by a password in its value.

use crate::url::credentials;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Parts of the names of secrets.
const NAMES: [&str; 9] =
    ["SECRET", "PASSWORD", "PASSWD", "TOKEN", "CREDENTIAL", "PRIVATE", "API_KEY", "ACCESS_KEY", "DSN"];

/// Whether a variable is a secret: by its name, or by a password in a URL of its value
/// (`amqp://user:pass@host`).
pub fn is_secret(name: &str, value: &[u8]) -> bool {
    let upper = name.to_ascii_uppercase();
    let named = NAMES.iter().any(|part| upper.contains(part)) || upper.ends_with("_KEY");
    !value.is_empty() && (named || has_password(value, upper.ends_with("_PROXY")))
}

/// Whether a variable that docker itself reads may hold a secret.
pub fn may_be_secret(name: &OsStr, value: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name == "DOCKER_AUTH_CONFIG" || name.ends_with("_HEADERS") || is_secret(&name, value.as_bytes())
}

/// Searches before the first slash only, because an `@` is common in a path. The address
/// of a proxy may have no scheme.
fn has_password(value: &[u8], is_proxy: bool) -> bool {
    let text = String::from_utf8_lossy(value);
    let bare = Some(&*text).filter(|text| is_proxy && !text.contains("://"));
    let authorities =
        credentials::addresses(&text).chain(bare).filter_map(|address| address.split('/').next());
    authorities.flat_map(credentials::passwords).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn detects_secrets_by_name_or_url() {
        for (name, value) in [
            ("SECRET_KEY", "x"),
            ("DB_PASSWORD", "x"),
            ("BROKER_URL", "amqp://user:pass@rabbit:5672//antisocial"),
            ("SENTRY_DSN", "x"),
            ("STRIPE_KEY", "x"),
            ("HTTPS_PROXY", "user:pass@proxy:3128"),
            ("CACHES", "redis://one;redis://:pass@two"),
            ("URL", "http://user:a?b@host"),
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
