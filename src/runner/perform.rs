//! Where it happens: docker takes our place.

use super::error::Error;
use crate::command::Command;
use crate::sys::exec::{self, Image};
use crate::sys::lookup::{self, Found};
use crate::world::World;
use nix::errno::Errno;
use std::ffi::OsStr;
use std::path::Path;

/// Replaces us by docker, found on the caller's PATH; returns only where that
/// failed.
pub fn perform(world: &World, command: &Command) -> Error {
    let file = match lookup::find(&command.program, world.variable("PATH"), &world.folder) {
        Found::Program(file) => file,
        Found::NotExecutable(path) => return Error::NotExecutable { path },
        Found::Nothing => return Error::NoDocker,
    };
    let mut arguments: Vec<&OsStr> = vec![&command.program];
    arguments.extend(command.arguments.iter().map(|argument| argument.value.as_os_str()));
    let environment = &command.environment;
    failure(&file, command, exec::replace(&Image { file: &file, arguments, environment, folder: None }))
}

fn failure(file: &Path, command: &Command, error: exec::Error) -> Error {
    match error {
        exec::Error::Exec(Errno::E2BIG) => Error::TooBig { bytes: size(command) },
        error => Error::Exec { path: file.to_owned(), error },
    }
}

/// What the kernel counts: each string with its end.
fn size(command: &Command) -> usize {
    let arguments = command.arguments.iter().map(|argument| argument.value.len() + 1);
    let environment = command.environment.iter().map(|(name, value)| name.len() + value.len() + 2);
    arguments.chain(environment).sum()
}
