//! The end of the pipeline: a process in our place, or its line on standard
//! output.

use super::error::{Error, Refusal};
use super::gunicorn;
use super::plan::{Launch, Origin};
use crate::command::Command;
use crate::report;
use crate::shell::quote;
use crate::sys::exec::{self, Image};
use crate::sys::files;
use crate::sys::lookup::{self, Found};
use crate::world::World;
use nix::errno::Errno;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Puts the process in our place; returns only where that failed.
pub(super) fn launch(launch: &Launch, world: &World) -> Error {
    let command = &launch.command;
    let file = match locate(launch, world) {
        Ok(file) => file,
        Err(error) => return error,
    };
    let arguments = command.arguments.iter().map(|argument| argument.value.as_os_str());
    let image = Image {
        file: &file,
        arguments: std::iter::once(command.program.as_os_str()).chain(arguments).collect(),
        environment: &command.environment,
        folder: command.folder.as_deref(),
    };
    match exec::replace(&image) {
        exec::Error::Folder(errno) => {
            Error::Folder { folder: command.folder.clone().unwrap_or_default(), errno }
        }
        exec::Error::Nul => Error::NotExecutable { file, why: Refusal::Nul },
        exec::Error::Exec(errno) => Error::NotExecutable { why: refusal(errno, &file), file },
    }
}

/// Prints the line that does the same in a shell, standing anywhere.
pub(super) fn show(launch: &Launch, world: &World) -> Result<u8, Error> {
    let program = locate(launch, world)?.into_os_string();
    let command = &launch.command;
    let mut line = OsString::new();
    if let Some(folder) = &command.folder {
        line.push("cd ");
        line.push(quote::word(folder.as_os_str()));
        line.push(" && ");
    }
    let changes = changes(command, world);
    if !changes.is_empty() {
        line.push("env ");
    }
    for (name, value) in changes {
        line.push(quote::word(name));
        line.push("=");
        line.push(quote::word(&shown(name, value)));
        line.push(" ");
    }
    line.push(Command { program, ..command.clone() }.line());
    line.push("\n");
    Ok(if report::print_bytes(line.as_bytes()) { 0 } else { 1 })
}

/// The variables that the process has and we have not, or not so.
fn changes<'a>(command: &'a Command, world: &World) -> Vec<(&'a OsStr, &'a OsStr)> {
    let variables = command.environment.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
    variables
        .filter(|(name, value)| name.to_str().and_then(|name| world.variable(name)) != Some(value))
        .collect()
}

/// A value as it may be shown. All that changes are variables of ours, and none
/// of them holds a secret, but gunicorn's options may set the app's variables.
fn shown(name: &OsStr, value: &OsStr) -> OsString {
    if name == "GUNICORN_CMD_ARGS" { gunicorn::masked(value) } else { value.to_owned() }
}

/// The file of the program, on the PATH that the process will have.
pub(super) fn locate(launch: &Launch, world: &World) -> Result<PathBuf, Error> {
    let command = &launch.command;
    let path =
        command.environment.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_os_str());
    let folder = command.folder.as_deref().unwrap_or(&world.folder);
    match lookup::find(&command.program, path, folder) {
        Found::Program(file) => Ok(file),
        Found::NotExecutable(file) => Err(Error::NotExecutable { file, why: Refusal::Permission }),
        Found::Nothing => Err(match launch.origin {
            Origin::Ours => Error::NoProgram { program: command.program.clone() },
            Origin::Elsewhere => Error::Unknown { process: command.program.clone() },
        }),
    }
}

/// What `execve(2)` means by it.
fn refusal(errno: Errno, file: &Path) -> Refusal {
    match errno {
        Errno::EACCES => Refusal::Permission,
        Errno::ENOEXEC => Refusal::Format,
        Errno::E2BIG => Refusal::TooLarge,
        Errno::ENOENT => match files::interpreter(file) {
            Some(interpreter) => Refusal::Interpreter { interpreter },
            None => Refusal::Loader,
        },
        other => Refusal::Other(other),
    }
}
