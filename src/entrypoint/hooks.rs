//! Executables of the image that run before `run`, `worker` and `beat`.

use super::error::Error;
use super::plan::Launch;
use super::prestart::Next;
use crate::sys::child::{self, ChildEnd};
use crate::sys::exec::ExecImage;
use crate::sys::files;
use crate::sys::interrupt::Interrupt;
use crate::world::World;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Another folder for them, or `none`.
const HOOKS: &str = "ENTRYPOINT_HOOKS";
/// Their folder.
const FOLDER: &str = "/docker-entrypoint.d";

/// Why a hook stops the start.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It says so.
    #[error("{} failed with exit code {code}, so nothing was started", file.display())]
    Code {
        /// The hook.
        file: PathBuf,
        /// Its exit code.
        code: u8,
    },
    /// Their folder is named and not there.
    #[error("cannot find the folder {}, which ENTRYPOINT_HOOKS names: correct it, or say none to run no hooks", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// It can't be executed.
    #[error("cannot execute {}: {error}: give it a first line like #!/bin/sh, or take its x permission away", file.display())]
    Start {
        /// The hook.
        file: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

/// The executables there, sorted by the bytes of their names; hidden files
/// aside. A relative path is one in the app folder.
pub(super) fn look(app: &Path, world: &World) -> Result<Vec<PathBuf>, Failed> {
    let named = world.given(HOOKS);
    if named.is_some_and(|value| value == "none") {
        return Ok(Vec::new());
    }
    let folder = app.join(named.unwrap_or(OsStr::new(FOLDER)));
    if named.is_some() && !files::is_folder(&folder) {
        return Err(Failed::NoFolder { folder });
    }
    let names = files::list(&folder).into_iter().filter(|name| !name.as_encoded_bytes().starts_with(b"."));
    Ok(names.map(|name| folder.join(name)).filter(|file| files::executable(file)).collect())
}

/// Runs them one after the other, as the process would run: in its folder, with
/// its environment. The first argument is what we were asked for.
pub(super) fn run(
    hooks: &[PathBuf],
    process: &OsStr,
    launch: &Launch,
    tell: &dyn Fn(&str),
) -> Result<Next, Error> {
    if hooks.is_empty() {
        return Ok(Next::GoOn);
    }
    let interrupt = Interrupt::block().map_err(Error::Waiting)?;
    for file in hooks {
        tell(&format!("runs {}", file.display()));
        match one(&interrupt, file, process, launch)? {
            ChildEnd::Code(0) => {}
            ChildEnd::Code(code) => return Err(Failed::Code { file: file.clone(), code }.into()),
            end @ ChildEnd::Signal(signal) => {
                tell(&format!("{} was ended by signal {signal}, so nothing was started", file.display()));
                return Ok(Next::Stop(end.code()));
            }
        }
    }
    Ok(Next::GoOn)
}

fn one(interrupt: &Interrupt, file: &Path, process: &OsStr, launch: &Launch) -> Result<ChildEnd, Failed> {
    let command = &launch.command;
    let image = ExecImage {
        file,
        arguments: vec![file.as_os_str(), process],
        environment: &command.environment,
        folder: command.folder.as_deref(),
    };
    child::run(&image, false, interrupt).map_err(|error| Failed::Start { file: file.to_owned(), error })
}
