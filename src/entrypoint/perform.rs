//! The end of the pipeline: a process in our place, or its line on standard
//! output.

use super::error::Error;
use super::exec_error::ExecError;
use super::gunicorn;
use super::init::Init;
use super::plan::{Launch, Origin};
use crate::command::{Command, MASK};
use crate::report;
use crate::shell::quote;
use crate::sys::exec::{self, ExecImage};
use crate::sys::init::{self, Options};
use crate::sys::lookup::{self, Lookup};
use crate::world::{World, variable};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Puts the process in our place, or stays as its init until it ends; returns
/// only where it could not be started.
pub(super) fn launch(launch: &Launch, program: &Path, init: Option<Init>) -> Error {
    let image = exec_image(&launch.command, program);
    match init {
        None => launch_error(exec::replace(&image), &image),
        Some(init) => run_as_init(init, &image),
    }
}

/// A command as the kernel is to have it, its program found.
pub(super) fn exec_image<'a>(command: &'a Command, file: &'a Path) -> ExecImage<'a> {
    let (environment, folder) = (&command.environment, command.folder.as_deref());
    ExecImage { file, arguments: command.argv(), environment, folder }
}

/// Stays as the init of the process.
fn run_as_init(init: Init, image: &ExecImage<'_>) -> Error {
    let options = Options { whole_group: init.whole_group, drain: init.drain, interrupt: init.interrupt };
    match init::run(image, options) {
        init::Error::Start(errno) => Error::Start(errno),
        init::Error::Exec(error) => launch_error(error, image),
    }
}

fn launch_error(error: exec::Error, image: &ExecImage<'_>) -> Error {
    let file = image.file.to_owned();
    match error {
        exec::Error::Folder(errno) => {
            Error::Folder { folder: image.folder.unwrap_or(Path::new("")).to_owned(), errno }
        }
        exec::Error::Nul => Error::NotExecutable { file, reason: ExecError::Nul },
        exec::Error::Exec(errno) => {
            Error::NotExecutable { reason: ExecError::from_errno(errno, &file), file }
        }
    }
}

/// The world as we found it, and as files have completed it: what came from a
/// file may be a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaunchWorlds<'a> {
    /// As we were started.
    pub(super) started: &'a World,
    /// With the variables from files.
    pub(super) completed: &'a World,
}

/// Prints the line that does the same in a shell, standing anywhere, with all
/// that changes in the environment.
pub(super) fn print_shell_line(
    launch: &Launch,
    program: PathBuf,
    worlds: LaunchWorlds<'_>,
) -> Result<u8, Error> {
    let command = launch.equivalent.as_ref().unwrap_or(&launch.command);
    let mut line = OsString::new();
    if let Some(folder) = &command.folder {
        line.push("cd ");
        line.push(quote::word(folder.as_os_str()));
        line.push(" && ");
    }
    let changes = env_changes(command, worlds);
    if !changes.is_empty() {
        line.push("env ");
    }
    for change in changes {
        line.push(change);
        line.push(" ");
    }
    line.push(Command { program: program.into(), ..command.clone() }.shell_line());
    line.push("\n");
    Ok(if report::print_bytes(line.as_bytes()) { 0 } else { 1 })
}

/// What env(1) has to be told: the variables that the process does not have
/// and we were started with, then those that it has and we had not, or not so.
fn env_changes(command: &Command, worlds: LaunchWorlds<'_>) -> Vec<OsString> {
    let theirs = &command.environment;
    let gone =
        worlds.started.environment.iter().filter(|(name, _)| !theirs.iter().any(|(other, _)| other == name));
    let gone = gone.map(|(name, _)| concat("-u ", &quote::word(name), OsStr::new("")));
    let has = |world: &World, name: &OsStr, value: &OsStr| {
        name.to_str().and_then(|name| world.variable(name)) == Some(value)
    };
    let new = theirs.iter().filter(|(name, value)| !has(worlds.started, name, value));
    let new = new.map(|(name, value)| {
        let is_from_file = has(worlds.completed, name, value);
        let value = if is_from_file { MASK.into() } else { quote::word(&redacted_value(name, value)) };
        concat("", &concat("", &quote::word(name), OsStr::new("=")), &value)
    });
    gone.chain(new).collect()
}

fn concat(first: &str, second: &OsStr, third: &OsStr) -> OsString {
    [OsStr::new(first), second, third].into_iter().collect()
}

/// A value of ours as it may be shown. None of our variables holds a secret,
/// but gunicorn's options may set the app's variables.
fn redacted_value(name: &OsStr, value: &OsStr) -> OsString {
    if name == "GUNICORN_CMD_ARGS" { gunicorn::redacted(value) } else { value.to_owned() }
}

/// The file of the program, on the PATH that the process will have.
pub(super) fn locate(launch: &Launch, world: &World) -> Result<PathBuf, Error> {
    let command = &launch.command;
    let path = variable(&command.environment, "PATH");
    let folder = command.folder.as_deref().unwrap_or(&world.folder);
    match lookup::find(&command.program, path, folder) {
        Lookup::Program(file) => Ok(file),
        Lookup::NotExecutable(file) => {
            Err(Error::NotExecutable { reason: ExecError::permission_denied(&file), file })
        }
        Lookup::NotFound => Err(match launch.origin {
            Origin::Entrypoint => Error::NoProgram { program: command.program.clone() },
            Origin::Caller => Error::Unknown { process: command.program.clone() },
        }),
    }
}
