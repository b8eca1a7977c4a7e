//! Secrets of an app, and text without them.

use super::machine::Machine;
use crate::command::MASK;
use crate::runner::app::{Name, Root};
use crate::runner::config::{self, Configuration, Wanted};
use crate::runner::{docker_opts, opts_parser};
use crate::url_secrets;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The shortest value that counts as a secret: shorter ones (`1`, `true`,
/// `/app`) stand in every text.
const SHORTEST: usize = 6;

/// The same of a URL's password, which is surely one.
const SHORTEST_PASSWORD: usize = 4;

/// Variables of the file that are no secrets, beside those that end in `HOSTS`.
const OPEN: [&str; 13] = [
    "IMAGE",
    "TAG",
    "APP",
    "INSTANCE",
    "OPTS",
    "EXTRA",
    "REPOSITORY",
    "SSH_USER",
    "ROLES",
    "TASKS",
    "CHECK_URL",
    "CHECK_HOST",
    "SETTLE",
];

/// What the app's files say, as docker-runner reads them on this host.
pub fn configuration(machine: &dyn Machine, root: &Root, app: &Name) -> Configuration {
    let world = machine.world();
    config::read(&world, machine.as_host(), root, &Wanted::plain(&world, app))
}

/// The values that `-e` and `--env-file` give to the app's containers and that
/// its file exports, and the passwords of URLs among them; the longest first.
pub fn secrets(machine: &dyn Machine, root: &Root, app: &Name) -> Vec<String> {
    let configuration = configuration(machine, root, app);
    let words = docker_opts::of(&configuration);
    let bytes = docker_opts::bytes(&words);
    let mut secrets = Vec::new();
    for given in &opts_parser::parse(&bytes).given {
        let value = given.value_in(&bytes);
        if given.is("env") {
            add_setting(&mut secrets, value);
        } else if given.is("env-file") {
            let file = machine.read(Path::new(OsStr::from_bytes(value))).ok().flatten();
            let text = file.map(|content| content.bytes).unwrap_or_default();
            text.split(|byte| *byte == b'\n').for_each(|line| add_setting(&mut secrets, line));
        }
    }
    for (name, variable) in &configuration.scope.variables {
        let open = OPEN.contains(&name.as_str()) || name.ends_with("HOSTS");
        if let Some(text) =
            variable.string_value().filter(|_| variable.exported && variable.place.is_some() && !open)
        {
            add(&mut secrets, &text.bytes);
        }
    }
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.dedup();
    secrets
}

/// The value of `NAME=VALUE`.
fn add_setting(secrets: &mut Vec<String>, text: &[u8]) {
    if let (_, Some(value)) = opts_parser::setting(text) {
        add(secrets, value);
    }
}

/// What of a value is not to be seen: each of its lines, for output comes line
/// by line, and the passwords of its URLs, as they stand and decoded.
fn add(secrets: &mut Vec<String>, value: &[u8]) {
    let value = String::from_utf8_lossy(value);
    for line in value.split('\n').map(str::trim).filter(|line| line.len() >= SHORTEST) {
        secrets.push(line.to_owned());
    }
    for password in url_secrets::addresses(&value).flat_map(url_secrets::passwords) {
        let readings = [password.to_owned(), url_secrets::decoded(password)];
        // What is too short as it stands is so decoded.
        secrets.extend(readings.into_iter().take_while(|reading| reading.len() >= SHORTEST_PASSWORD));
    }
}

/// The text with every secret masked.
pub fn masked(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
}

#[cfg(test)]
mod tests {
    use super::{add, masked};

    fn sorted(value: &str) -> Vec<String> {
        let mut secrets = Vec::new();
        add(&mut secrets, value.as_bytes());
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    #[test]
    fn a_password_is_masked_by_itself_too() {
        let secrets = sorted("amqp://user:word@rabbit:5672//a");
        assert_eq!(masked("cannot log in with word", &secrets), "cannot log in with ***");
        assert_eq!(sorted("true"), Vec::<String>::new());
    }

    #[test]
    fn a_letter_is_no_password() {
        assert_eq!(sorted("redis://:a@r/0"), ["redis://:a@r/0"]);
        assert_eq!(masked("about %61b", &sorted("redis://:%61b@r/0")), "about ***");
    }

    #[test]
    fn as_it_stands_and_decoded() {
        let secrets = sorted("postgres://u:pass%20w%C3%B6rd%@h/db;postgres://u:word/2@h/db");
        let told = masked("'pass%20w%C3%B6rd%' is 'pass w\u{f6}rd%', not word/2", &secrets);
        assert_eq!(told, "'***' is '***', not ***");
        assert_eq!(masked("'p@ssw'", &sorted("mysql://u:p@ssw@h/db?a=b@c")), "'***'");
    }

    #[test]
    fn each_line_of_a_key() {
        let secrets = sorted("-----BEGIN KEY-----\n  MIIEowIBAAKCAQEA\n-----END KEY-----\n");
        assert_eq!(masked("  MIIEowIBAAKCAQEA", &secrets), "  ***");
        assert_eq!(masked("'-----BEGIN KEY-----\\nMIIEowIBAAKCAQEA\\n'", &secrets), "'***\\n***\\n'");
    }
}
