//! Replaces this process by docker.

use super::error::Error;
use super::plan::Launch;
use crate::command::{Argument, Command};
use crate::sys::exec::{self, ExecImage};
use crate::sys::lookup::{self, Lookup};
use crate::sys::memfd;
use crate::world::World;
use nix::errno::Errno;
use std::path::Path;

/// Replaces this process by docker, which is looked up on the caller's PATH. Returns
/// only if that fails.
pub fn exec_docker(world: &World, launch: Launch) -> Error {
    let Launch { mut command, file } = launch;
    let program = match lookup::find(&command.program, world.variable("PATH"), &world.folder) {
        Lookup::Program(program) => program,
        Lookup::NotExecutable(path) => return Error::NotExecutable { path },
        Lookup::NotFound => return Error::NoDocker,
    };
    if let Some(file) = file {
        let descriptor = match memfd::create_inherited(&file.text) {
            Ok(descriptor) => descriptor,
            Err(error) => return Error::NoMemory { error },
        };
        let option = ["--env-file".to_owned(), format!("/dev/fd/{descriptor}")];
        command.arguments.splice(file.before..file.before, option.map(Argument::plain));
    }
    let environment = &command.environment;
    let image = ExecImage { file: &program, arguments: command.argv(), environment, folder: None };
    exec_error(&program, &command, exec::replace(&image))
}

fn exec_error(file: &Path, command: &Command, error: exec::Error) -> Error {
    match error {
        exec::Error::Exec(Errno::E2BIG) => Error::TooBig { bytes: size(command) },
        error => Error::Exec { path: file.to_owned(), error },
    }
}

/// The number of bytes that the kernel counts: each string with its final NUL.
fn size(command: &Command) -> usize {
    let arguments = command.arguments.iter().map(|argument| argument.value.len() + 1);
    let environment = command.environment.iter().map(|(name, value)| name.len() + value.len() + 2);
    arguments.chain(environment).sum()
}

#[cfg(test)]
mod tests {
    use super::{Command, size};

    #[test]
    fn each_string_counts_with_its_nul() {
        let arguments = vec!["run".into(), "x:y".into()];
        let environment = vec![("A".into(), "bcd".into())];
        assert_eq!(
            size(&Command { program: "docker".into(), arguments, environment, folder: None }),
            4 + 4 + 6
        );
    }
}
