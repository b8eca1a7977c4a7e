//! Our own Python: one program that works in the database through Django's own
//! connection, under the lock of that database.

mod program;

use super::duration;
use super::environment::Environment;
use crate::command::{Argument, Command};
use crate::report;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// The variable that it comes in: a list of processes shows arguments, and a
/// file would need a place.
const VARIABLE: &str = "ENTRYPOINT_PROGRAM";

/// What Python is told to do: take it from there, and leave nothing behind.
const READ: &str = "import os; exec(os.environ.pop('ENTRYPOINT_PROGRAM'))";

/// What its messages begin with.
const NAME: &str = "docker-entrypoint";

/// The management commands of a new database.
pub(super) const FIRST_RUN: &str = "ENTRYPOINT_FIRST_RUN";

/// Makes the database where it is missing, migrates it with these arguments, and
/// does its first run. Folder, environment and Python are those of `like`.
pub(super) fn setup(like: &Command, arguments: &[OsString]) -> Command {
    program(like, std::iter::once("setup".into()).chain(arguments.iter().cloned()))
}

/// Waits until every migration of the code is applied; after `left` (for ever
/// where there is no limit) it ends with 124 and tells of `limit`.
pub(super) fn wait(like: &Command, left: Option<Duration>, limit: Option<Duration>) -> Command {
    let left = left.map_or(0, |left| left.as_millis().max(1)).to_string();
    program(like, ["wait".into(), left.into(), duration::show(limit.unwrap_or_default()).into()])
}

/// The names of the commands in ENTRYPOINT_FIRST_RUN, with `;` between them:
/// their arguments may hold a secret. Quotes and backslashes are a shell's.
pub(super) fn names(commands: &OsStr) -> String {
    let mut names = vec![Vec::new()];
    let (mut is_over, mut is_escaped, mut quote) = (false, false, None);
    for &byte in commands.as_bytes() {
        let is_bare = quote.is_none() && !is_escaped;
        let name = names.len() - 1;
        if is_bare && byte == b';' {
            names.push(Vec::new());
            is_over = false;
        } else if is_bare && byte.is_ascii_whitespace() {
            is_over |= !names[name].is_empty();
        } else if !is_escaped && byte == b'\\' && quote != Some(b'\'') {
            is_escaped = true;
            continue;
        } else if is_bare && matches!(byte, b'\'' | b'"') {
            quote = Some(byte);
        } else if !is_escaped && quote == Some(byte) {
            quote = None;
        } else if !is_over {
            names[name].push(byte);
        }
        is_escaped = false;
    }
    names.retain(|name| !name.is_empty());
    report::name(OsStr::from_bytes(&names.join(&b"; "[..])))
}

fn program(like: &Command, words: impl IntoIterator<Item = OsString>) -> Command {
    let mut environment = Environment::of(&like.environment);
    environment.set(VARIABLE, program::text());
    let arguments = ["-c", READ, NAME].map(OsString::from).into_iter().chain(words);
    Command {
        arguments: arguments.map(Argument::plain).collect(),
        environment: environment.into_variables(),
        ..like.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::names;
    use std::ffi::OsStr;

    #[test]
    fn names_without_arguments() {
        let of = |text| names(OsStr::new(text));
        assert_eq!(of("initialize_site;loaddata demo ; x"), "initialize_site; loaddata; x");
        assert_eq!(of(r#"add "a;b \"; c" 'd\'; 'e' f\;g \'h; i"#), "add; e; i");
        assert_eq!(of(" ; "), "");
    }
}
