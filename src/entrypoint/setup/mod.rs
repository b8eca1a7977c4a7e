//! Our own Python: one program that works in the database through Django's own
//! connection, under the lock of that database.

mod program;

use super::args::has_option;
use super::env_var::display_value;
use super::environment::Environment;
use super::error::Error;
use super::shlex;
use crate::command::{Argument, Command};
use crate::duration;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// The variable that it comes in: a list of processes shows arguments, and a
/// file would need a place.
const VARIABLE: &str = "ENTRYPOINT_PROGRAM";

/// What Python is told to do: take it from there, and leave nothing behind.
const READ: &str = "import os; exec(os.environ.pop('ENTRYPOINT_PROGRAM'))";

/// What its messages begin with.
const NAME: &str = "docker-entrypoint";

/// Whether each of them is one transaction with the note that it is done.
pub(super) const ATOMIC: &str = "ENTRYPOINT_FIRST_RUN_ATOMIC";

/// The management commands of a new database.
pub(super) const FIRST_RUN: &str = "ENTRYPOINT_FIRST_RUN";

/// Makes the database where it is missing, migrates it with these arguments, and
/// does its first run. Folder, environment and Python are those of `like`.
pub(super) fn setup(like: &Command, arguments: &[OsString]) -> Result<Command, Error> {
    let mut environment = Environment::new(&like.environment);
    environment.set(FIRST_RUN, counted(&first_run(environment.get(FIRST_RUN))?));
    Ok(program(like, environment, std::iter::once("setup".into()).chain(arguments.iter().cloned()).collect()))
}

/// Of a management command's arguments those that hold for any of them, and for
/// the settings and the modules that it finds.
pub(super) fn common(arguments: &[OsString]) -> Vec<OsString> {
    let mut is_value = false;
    let mut is_common = |word: &&OsString| {
        let is_option = !is_value && has_option(std::slice::from_ref(*word), &["--settings", "--pythonpath"]);
        let is_ours = is_value || is_option;
        is_value = is_option && !word.as_encoded_bytes().contains(&b'=');
        is_ours
    };
    arguments.iter().filter(|word| is_common(word)).cloned().collect()
}

/// Waits until every migration of the code is applied; after `left` (for ever
/// where there is no limit) it ends with 124 and tells of `limit`.
pub(super) fn wait(like: &Command, left: Option<Duration>, limit: Option<Duration>) -> Command {
    let left = left.map_or(0, |left| left.as_millis().max(1)).to_string();
    let words = vec!["wait".into(), left.into(), duration::show(limit.unwrap_or_default()).into()];
    program(like, Environment::new(&like.environment), words)
}

/// The commands in ENTRYPOINT_FIRST_RUN, with `;` between them. Quotes and
/// backslashes are a shell's.
pub(super) fn first_run(value: Option<&OsStr>) -> Result<Vec<Vec<OsString>>, Error> {
    let parted = shlex::split(value.unwrap_or_default(), Some(b';'));
    if parted.is_incomplete { Err(Error::FirstRun) } else { Ok(parted.lists) }
}

/// Their names: their arguments may hold a secret.
pub(super) fn names(commands: &[Vec<OsString>]) -> String {
    let names: Vec<String> =
        commands.iter().map(|words| display_value(&words[0].to_string_lossy())).collect();
    names.join("; ")
}

/// Written so that Python reads the same: before each the number of its words.
fn counted(commands: &[Vec<OsString>]) -> OsString {
    let mut text = OsString::new();
    for words in commands {
        text.push(words.len().to_string());
        for word in words {
            text.push(" ");
            text.push(quote::word(word));
        }
        text.push(" ");
    }
    text
}

fn program(like: &Command, mut environment: Environment, words: Vec<OsString>) -> Command {
    environment.set(VARIABLE, program::text());
    let arguments = ["-c", READ, NAME].map(OsString::from).into_iter().chain(words);
    Command {
        program: like.program.clone(),
        arguments: arguments.map(Argument::plain).collect(),
        environment: environment.into_variables(),
        folder: like.folder.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{common, counted, first_run, names};
    use crate::entrypoint::error::Error;
    use std::ffi::OsString;

    fn commands(text: &str) -> Result<Vec<Vec<OsString>>, Error> {
        first_run(Some(text.as_ref()))
    }

    #[test]
    fn names_without_arguments() {
        let of = |text| names(&commands(text).unwrap());
        assert_eq!(of("initialize_site;loaddata demo ; x"), "initialize_site; loaddata; x");
        assert_eq!(of(r#"add "a;b \"; c" 'd\'; 'e' f\;g \'h; i"#), "add; e; i");
        assert_eq!(of("say a --title ''; '' b"), "say; \"\"");
        assert_eq!(of(" ; "), "");
    }

    #[test]
    fn what_has_no_end_is_refused() {
        let text =
            "cannot read ENTRYPOINT_FIRST_RUN: a quote is not closed, or the value ends with a backslash";
        assert_eq!(commands("say 's3cret").unwrap_err().to_string(), text);
    }

    #[test]
    fn written_for_python() {
        let text = counted(&commands("say 'a;b' ''; 'it'\\''s'").unwrap());
        assert_eq!(text, "3 say 'a;b' '' 1 'it'\\''s' ");
    }

    #[test]
    fn what_holds_for_any_management_command() {
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            common(&words).join(std::ffi::OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(of("--settings=a 8000 --pythonpath b --noreload"), "--settings=a --pythonpath b");
        assert_eq!(of("--settings --settings=a x --setting y"), "--settings --settings=a");
    }
}
