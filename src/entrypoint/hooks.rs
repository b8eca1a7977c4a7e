//! Hooks: executables of the image that run before `run`, `worker` and `beat`.

use super::env_var::{Name, Variables};
use super::error::Error as EntrypointError;
use super::plan::Launch;
use super::prestart::Next;
use crate::sys::child::{self, ChildEnd};
use crate::sys::exec::ExecImage;
use crate::sys::files;
use crate::sys::interrupt::Interrupt;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const DEFAULT_FOLDER: &str = "/docker-entrypoint.d";

/// Why a hook stops the start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} failed with exit code {code}: the process was not started", file.display())]
    Code { file: PathBuf, code: u8 },
    /// ENTRYPOINT_HOOKS names a folder that does not exist.
    #[error("cannot find the folder {}, which ENTRYPOINT_HOOKS names: correct it, or set ENTRYPOINT_HOOKS=none to run no hooks", folder.display())]
    NoFolder { folder: PathBuf },
    #[error("cannot execute {}: {error}: add a first line like #!/bin/sh, or remove its x permission", file.display())]
    Start { file: PathBuf, error: std::io::Error },
}

/// The hooks, sorted by the bytes of their names, without hidden files. A relative
/// path starts in the app folder.
pub(super) fn list(app: &Path, variables: &Variables) -> Result<Vec<PathBuf>, Error> {
    let named = variables.bytes(Name::EntrypointHooks);
    if named.is_some_and(|value| value == "none") {
        return Ok(Vec::new());
    }
    let folder = app.join(named.unwrap_or(OsStr::new(DEFAULT_FOLDER)));
    if named.is_some() && !files::is_folder(&folder) {
        return Err(Error::NoFolder { folder });
    }
    let names =
        files::list_folder(&folder).into_iter().filter(|name| !name.as_encoded_bytes().starts_with(b"."));
    Ok(names.map(|name| folder.join(name)).filter(|file| files::can_execute(file)).collect())
}

/// Runs hooks one after the other, in the folder and with the environment of the
/// process. Their argument is the name of the process.
pub(super) fn run(
    hooks: &[PathBuf],
    process: &OsStr,
    launch: &Launch,
    notify: &dyn Fn(&str),
) -> Result<Next, EntrypointError> {
    if hooks.is_empty() {
        return Ok(Next::Continue);
    }
    let interrupt = Interrupt::block().map_err(EntrypointError::Waiting)?;
    for file in hooks {
        notify(&format!("running {}", file.display()));
        match run_hook(&interrupt, file, process, launch)? {
            ChildEnd::Code(0) => {}
            ChildEnd::Code(code) => return Err(Error::Code { file: file.clone(), code }.into()),
            end @ ChildEnd::Signal(signal) => {
                notify(&format!(
                    "{} was stopped by signal {signal}: the process was not started",
                    file.display()
                ));
                return Ok(Next::Stop(end.code()));
            }
        }
    }
    Ok(Next::Continue)
}

fn run_hook(interrupt: &Interrupt, file: &Path, process: &OsStr, launch: &Launch) -> Result<ChildEnd, Error> {
    let command = &launch.command;
    let image = ExecImage {
        file,
        arguments: vec![file.as_os_str(), process],
        environment: &command.environment,
        folder: command.folder.as_deref(),
    };
    child::run(&image, false, interrupt).map_err(|error| Error::Start { file: file.to_owned(), error })
}
