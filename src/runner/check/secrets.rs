//! Secrets in files that everyone can read.

use super::finding::{Finding, Severity};
use crate::runner::config::Configuration;
use crate::runner::secret::is_secret;
use crate::shell::scope::{Place, Value};

/// One finding for each world-readable file with a secret, at its first secret.
pub fn findings(configuration: &Configuration) -> Vec<Finding> {
    let secrets = secrets(configuration);
    let world_readable = configuration.files.iter().filter(|file| file.world_readable);
    let found = world_readable.filter_map(|file| {
        let in_file = secrets.iter().filter(|secret| *secret.place.file == *file.path);
        let first = in_file.min_by_key(|secret| secret.place.line)?;
        let message = format!("everyone can read this file, and {} is a secret", first.name);
        Some(Finding::at_place(Severity::Warning, Some(&first.place), message, "chmod o-r"))
    });
    found.collect()
}

struct Secret {
    name: String,
    place: Place,
}

fn secrets(configuration: &Configuration) -> Vec<Secret> {
    let opts = &configuration.opts;
    let mut secrets = Vec::new();
    for setting in opts.env_settings() {
        let word = setting.option.value.map_or(setting.option.word, |at| at.word);
        let text = &opts.words()[word].text;
        let place = text.place_at(text.bytes.len().saturating_sub(1));
        let name = String::from_utf8_lossy(setting.name).into_owned();
        secrets.extend(
            place
                .filter(|_| is_secret(&name, setting.value.unwrap_or_default()))
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

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::runner::app::AppName;
    use crate::runner::config::{Configuration, SearchedFile};
    use crate::runner::docker_opts::DockerOpts;
    use crate::shell::evaluate;
    use crate::shell::scope::Scope;
    use std::path::Path;

    /// The messages about a world-readable file.
    fn messages(text: &str) -> Vec<String> {
        let path = Path::new("/etc/default/a");
        let scope = evaluate(path, text.as_bytes(), &Scope::default(), &|_| None).unwrap().scope;
        let configuration = Configuration {
            name: AppName::parse("a".as_ref()).unwrap(),
            opts: DockerOpts::from_scope(&scope),
            scope,
            files: vec![SearchedFile { path: path.into(), exists: true, world_readable: true }],
            tag_files: Vec::new(),
            tag_option: None,
            problems: Vec::new(),
            warnings: Vec::new(),
            unknown_instance: None,
        };
        findings(&configuration).into_iter().map(|finding| finding.message).collect()
    }

    /// A password in OPTS belongs to one of its options.
    #[test]
    fn opts_and_extra_themselves_are_no_secrets() {
        let message = |name: &str| vec![format!("everyone can read this file, and {name} is a secret")];
        assert_eq!(messages("DB_PASSWORD=x"), message("DB_PASSWORD"));
        assert_eq!(messages("MAIL=smtp://ann:hunter2@host"), message("MAIL"));
        for name in ["OPTS", "EXTRA"] {
            assert_eq!(messages(&format!("{name}='--label a=smtp://ann:hunter2@host'")), [""; 0], "{name}");
            let options = format!("{name}='--rm\n-e MAIL=smtp://ann:hunter2@host'");
            assert_eq!(messages(&options), message("MAIL"), "{name}");
        }
    }
}
