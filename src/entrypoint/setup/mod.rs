//! Our own Python: one program that works in the database through Django's own
//! connection, under the lock of that database.

mod program;

use super::duration;
use super::environment::Environment;
use crate::command::{Argument, Command};
use std::ffi::OsString;
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
