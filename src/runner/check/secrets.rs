//! Secrets in files that everyone can read.

use super::finding::{Finding, Severity};
use crate::runner::config::Configuration;
use crate::runner::docker_opts::{self, bytes};
use crate::runner::opts_parser;
use crate::runner::secret::is_secret;
use crate::shell::scope::{Place, Value};

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
    let words = docker_opts::of(configuration);
    let raw = bytes(&words);
    let mut secrets = Vec::new();
    for given in opts_parser::parse(&raw).given.iter().filter(|given| given.is("env")) {
        let (name, value) = opts_parser::setting(given.value_in(&raw));
        let at = given.value.map_or(given.word, |at| at.word);
        let place = words[at].text.place_at(words[at].text.bytes.len().saturating_sub(1));
        let name = String::from_utf8_lossy(name).into_owned();
        secrets.extend(
            place
                .filter(|_| is_secret(&name, value.unwrap_or_default()))
                .map(|place| Secret { name, place: place.clone() }),
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
