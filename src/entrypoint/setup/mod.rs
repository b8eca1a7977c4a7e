//! The Python program of `setup`, which works through Django's own database
//! connection, with a lock in that database.

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

/// The variable with the program: a list of processes would show an argument, and
/// a file would need a writable folder.
const VARIABLE: &str = "ENTRYPOINT_PROGRAM";

/// The Python code that runs the program and removes the variable.
const LOADER: &str = "import os; exec(os.environ.pop('ENTRYPOINT_PROGRAM'))";

/// The prefix of its messages.
const NAME: &str = "docker-entrypoint";

/// The management commands to run once in a new database.
const FIRST_RUN: &str = "ENTRYPOINT_FIRST_RUN";

/// Creates a missing database, migrates it with these arguments and does the first
/// run. Folder, environment and Python are those of `like`.
pub(super) fn setup(like: &Command, arguments: &[OsString]) -> Result<Command, Error> {
    let mut environment = Environment::new(&like.environment);
    environment.set(FIRST_RUN, encode(&first_run(environment.get(FIRST_RUN))?));
    Ok(program(like, environment, std::iter::once("setup".into()).chain(arguments.iter().cloned()).collect()))
}

/// The arguments that every management command accepts, which select the settings
/// and the modules.
pub(super) fn common_options(arguments: &[OsString]) -> Vec<OsString> {
    let mut is_value = false;
    let mut is_common = |word: &&OsString| {
        let is_option = !is_value && has_option(std::slice::from_ref(*word), &["--settings", "--pythonpath"]);
        let keep = is_value || is_option;
        is_value = is_option && !word.as_encoded_bytes().contains(&b'=');
        keep
    };
    arguments.iter().filter(|word| is_common(word)).cloned().collect()
}

/// Waits until every migration of the code is applied. After `left` it exits with
/// 124 and a message that names `limit`; `None` is no limit.
pub(super) fn wait_for_migrations(
    like: &Command,
    left: Option<Duration>,
    limit: Option<Duration>,
) -> Command {
    let left = left.map_or(0, |left| left.as_millis().max(1)).to_string();
    let words = vec!["wait".into(), left.into(), duration::show(limit.unwrap_or_default()).into()];
    program(like, Environment::new(&like.environment), words)
}

/// The commands in ENTRYPOINT_FIRST_RUN, separated by `;`, with quotes and
/// backslashes as in a shell.
pub(super) fn first_run(value: Option<&OsStr>) -> Result<Vec<Vec<OsString>>, Error> {
    let parted = shlex::split(value.unwrap_or_default(), Some(b';'));
    if parted.is_incomplete { Err(Error::FirstRun) } else { Ok(parted.lists) }
}

/// The names of commands, without arguments, which may contain a secret.
pub(super) fn command_names(commands: &[Vec<OsString>]) -> String {
    let names: Vec<String> =
        commands.iter().map(|words| display_value(&words[0].to_string_lossy())).collect();
    names.join("; ")
}

/// Commands as text for the program: before each one the number of its words.
fn encode(commands: &[Vec<OsString>]) -> OsString {
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
    let arguments = ["-c", LOADER, NAME].map(OsString::from).into_iter().chain(words);
    Command {
        program: like.program.clone(),
        arguments: arguments.map(Argument::plain).collect(),
        environment: environment.into_variables(),
        folder: like.folder.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{command_names, common_options, encode, first_run};
    use crate::entrypoint::error::Error;
    use std::ffi::OsString;

    fn commands(text: &str) -> Result<Vec<Vec<OsString>>, Error> {
        first_run(Some(text.as_ref()))
    }

    #[test]
    fn names_without_arguments() {
        let names = |text| command_names(&commands(text).unwrap());
        assert_eq!(names("initialize_site;loaddata demo ; x"), "initialize_site; loaddata; x");
        assert_eq!(names(r#"add "a;b \"; c" 'd\'; 'e' f\;g \'h; i"#), "add; e; i");
        assert_eq!(names("say a --title ''; '' b"), "say; \"\"");
        assert_eq!(names(" ; "), "");
    }

    #[test]
    fn an_unclosed_quote_is_refused() {
        let text =
            "cannot read ENTRYPOINT_FIRST_RUN: a quote is not closed, or the value ends with a backslash";
        assert_eq!(commands("say 's3cret").unwrap_err().to_string(), text);
    }

    #[test]
    fn commands_are_encoded_for_python() {
        let text = encode(&commands("say 'a;b' ''; 'it'\\''s'").unwrap());
        assert_eq!(text, "3 say 'a;b' '' 1 'it'\\''s' ");
    }

    #[test]
    fn arguments_of_every_management_command() {
        let common = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            common_options(&words).join(std::ffi::OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(common("--settings=a 8000 --pythonpath b --noreload"), "--settings=a --pythonpath b");
        assert_eq!(common("--settings --settings=a x --setting y"), "--settings --settings=a");
    }
}
