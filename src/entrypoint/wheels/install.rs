//! Installs the requirements into a virtualenv if they have changed: the first
//! step of `dev`.

use super::inputs::Inputs;
use super::pip::{self, REQUIREMENTS};
use super::stamp::Platform;
use super::vendor::Form;
use super::{Error, WheelsJob};
use crate::command::Command;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::facts::python::Python;
use crate::sys::{dir, files};
use std::path::{Path, PathBuf};

/// The digest of the installed requirements, in the virtualenv.
const STAMP: &str = ".docker-entrypoint-requirements";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entrypoint) enum Installation {
    /// They are installed, or there are none.
    Current,
    /// They have changed and cannot be installed.
    Impossible { reason: String },
    /// pip has to install them.
    Due {
        command: Command,
        /// The file to write the digest to afterwards.
        stamp: PathBuf,
        digest: String,
    },
}

/// Compares the requirements and the packages in `vendor` with the stamp. `like` is
/// a command with the folder, the environment and the Python to use.
pub(in crate::entrypoint) fn check_requirements(
    like: &Command,
    python: &Python,
    uid: u32,
) -> Result<Installation, Error> {
    let app = like.folder.clone().unwrap_or_default();
    if !files::is_file(&app.join(REQUIREMENTS)) {
        return Ok(Installation::Current);
    }
    let Python::Virtualenv(virtualenv) = python else {
        return Ok(Installation::Impossible { reason: "there is no virtualenv".to_owned() });
    };
    let job = job(like, app);
    let inputs = Inputs::collect(&job)?;
    let digest = inputs.digest(&Platform::default(), "");
    let stamp = virtualenv.join(STAMP);
    if files::read_regular(&stamp, 1 << 10)
        .ok()
        .flatten()
        .is_some_and(|content| content.bytes == digest.as_bytes())
    {
        return Ok(Installation::Current);
    }
    if !files::can_write_folder(virtualenv) {
        let reason = format!("uid {uid} cannot write to {}", virtualenv.display());
        return Ok(Installation::Impossible { reason });
    }
    // If one requirement has a hash all need one, and a folder has none.
    let folders = inputs.packages.iter().filter(|package| matches!(package.form, Form::Folder(_)));
    let folders = folders.filter(|_| !inputs.has_hashes).map(|package| package.path.as_path());
    let command = pip::install(&job, &folders.collect::<Vec<&Path>>());
    Ok(Installation::Due { command, stamp, digest })
}

fn job(like: &Command, app: PathBuf) -> WheelsJob {
    let mut environment = Environment::new(&like.environment);
    environment.set_default("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    environment.set_default("PIP_ROOT_USER_ACTION", "ignore");
    environment.set_default("PIP_USE_PEP517", "1");
    WheelsJob {
        python: like.program.clone(),
        app,
        wheelhouse: PathBuf::new(),
        arguments: Vec::new(),
        environment: environment.into_variables(),
        has_terminal: false,
    }
}

/// Records that these requirements are installed.
pub(in crate::entrypoint) fn write_stamp(stamp: &Path, digest: &str) -> Result<(), Error> {
    dir::write_atomic(stamp, digest.as_bytes())
        .map_err(|error| Error::Write { path: stamp.to_owned(), error })
}
