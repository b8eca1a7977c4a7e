//! The last step: executes the process, or prints its shell line for `--dry-run`.

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

/// Replaces the entrypoint by the process, or stays as its init until it ends. Returns only
/// if the process could not be started.
pub(super) fn launch(launch: &Launch, program: &Path, init: Option<Init>) -> Error {
    let image = exec_image(&launch.command, program);
    match init {
        None => launch_error(exec::replace(&image), &image),
        Some(init) => run_as_init(init, &image),
    }
}

/// The arguments of `execve(2)` for a command whose program is at `file`.
pub(super) fn exec_image<'a>(command: &'a Command, file: &'a Path) -> ExecImage<'a> {
    let (environment, folder) = (&command.environment, command.folder.as_deref());
    ExecImage { file, arguments: command.argv(), environment, folder }
}

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

/// The world at the start, and with the variables from files. A value from a file may be a
/// secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaunchWorlds<'a> {
    pub(super) started: &'a World,
    pub(super) completed: &'a World,
}

/// Prints a shell line that starts the same process from any folder, with all changes of
/// the environment.
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

/// The arguments of env(1): removed variables first, then new and changed ones, compared
/// with the environment at the start.
fn env_changes(command: &Command, worlds: LaunchWorlds<'_>) -> Vec<OsString> {
    let process_env = &command.environment;
    let removed = worlds
        .started
        .environment
        .iter()
        .filter(|(name, _)| !process_env.iter().any(|(other, _)| other == name));
    let removed = removed.map(|(name, _)| concat("-u ", &quote::word(name), OsStr::new("")));
    let has = |world: &World, name: &OsStr, value: &OsStr| {
        name.to_str().and_then(|name| world.variable(name)) == Some(value)
    };
    let changed = process_env.iter().filter(|(name, value)| !has(worlds.started, name, value));
    let changed = changed.map(|(name, value)| {
        let is_from_file = has(worlds.completed, name, value);
        let value = if is_from_file { MASK.into() } else { quote::word(&redacted_value(name, value)) };
        concat("", &concat("", &quote::word(name), OsStr::new("=")), &value)
    });
    removed.chain(changed).collect()
}

fn concat(first: &str, second: &OsStr, third: &OsStr) -> OsString {
    [OsStr::new(first), second, third].into_iter().collect()
}

/// The value of a variable that the entrypoint sets, as it may be shown. None of them is a
/// secret, but the options of gunicorn may set variables of the app.
fn redacted_value(name: &OsStr, value: &OsStr) -> OsString {
    if name == "GUNICORN_CMD_ARGS" { gunicorn::redacted(value) } else { value.to_owned() }
}

/// The path of the program, looked up on the PATH of the process.
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
