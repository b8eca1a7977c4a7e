//! Secrets of an app, and text without them.

use super::machine::Machine;
use crate::command::MASK;
use crate::runner::app::{Name, Root};
use crate::runner::config::{self, Configuration, Wanted};
use crate::runner::{options, plan};

/// The shortest value that counts as a secret: shorter ones (`1`, `true`,
/// `/app`) stand in every text.
const SHORTEST: usize = 6;

/// Variables of the file that are no secrets.
const OPEN: [&str; 9] =
    ["IMAGE", "TAG", "APP", "INSTANCE", "HOSTS", "WEB_HOSTS", "CELERY_HOSTS", "BEAT_HOSTS", "REPOSITORY"];

/// What the app's files say, as docker-runner reads them on this host.
pub fn configuration(machine: &dyn Machine, root: &Root, app: &Name) -> Configuration {
    let world = machine.world();
    let shell = world.variable("DOCKER_RUNNER_SHELL").filter(|shell| !shell.is_empty()).map(Into::into);
    let wanted = Wanted { name: app.clone(), tag: None, shell };
    config::read(&world, machine.as_host(), root, &wanted)
}

/// The values that `-e` gives to the app's containers and that its file
/// exports, and the passwords of URLs among them; the longest first.
pub fn secrets(machine: &dyn Machine, root: &Root, app: &Name) -> Vec<String> {
    let configuration = configuration(machine, root, app);
    let words = plan::words(&configuration);
    let bytes = plan::bytes(&words);
    let parsed = options::parse(&bytes);
    let given = parsed.given.iter().filter(|given| given.is("env")).map(|given| given.value_in(&bytes));
    let mut values: Vec<Vec<u8>> =
        given.filter_map(|value| Some(value.splitn(2, |byte| *byte == b'=').nth(1)?.to_vec())).collect();
    for (name, variable) in &configuration.scope.variables {
        let ours = variable.exported && variable.place.is_some() && !OPEN.contains(&name.as_str());
        values.extend(variable.text().filter(|_| ours).map(|text| text.bytes.clone()));
    }
    let mut secrets: Vec<String> =
        values.iter().flat_map(|value| with_passwords(&String::from_utf8_lossy(value))).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

fn with_passwords(value: &str) -> Vec<String> {
    let password = value.split_once("://").and_then(|(_, rest)| {
        let (user, _) = rest.split_once('@')?;
        user.split_once(':').map(|(_, password)| password.to_owned())
    });
    let mut found: Vec<String> = password.into_iter().filter(|password| !password.is_empty()).collect();
    found.extend(Some(value.to_owned()).filter(|value| value.len() >= SHORTEST));
    found
}

/// The text with every secret masked.
pub fn masked(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use super::{masked, with_passwords};

    #[test]
    fn a_password_is_masked_by_itself_too() {
        let secrets = with_passwords("amqp://user:pw@rabbit:5672//a");
        assert_eq!(masked("cannot log in with pw", &secrets), "cannot log in with ***");
        assert_eq!(with_passwords("true"), Vec::<String>::new());
    }
}
