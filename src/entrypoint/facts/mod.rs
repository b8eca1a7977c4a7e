//! Facts about the container, gathered once. Only this part of the pipeline, and
//! its last step, read files.

pub(super) mod app;
pub(super) mod beat;
pub(super) mod python;
pub(super) mod source;
pub(super) mod user;
pub(super) mod web;
pub(super) mod worker;

use super::cli::{EntrypointJob, Request};
use super::process::Process;
use super::settings::EntrypointSettings;
use crate::sys::files;
use crate::world::World;
use app::App;
use beat::Beat;
use python::Python;
use std::path::{Path, PathBuf};
use user::User;
use web::Web;
use worker::Worker;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) app: App,
    pub(super) python: Python,
    pub(super) user: User,
    pub(super) own: ProcessFacts,
}

/// Facts that only one process needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProcessFacts {
    Nothing,
    /// For `run`.
    Web(Web),
    /// For `worker`.
    Worker(Worker),
    /// For `beat`.
    Beat(Beat),
    /// For `compress`: whether django-compressor is installed.
    Compressor(bool),
}

/// Gathers what the request needs.
pub(super) fn gather(request: &Request, settings: &EntrypointSettings, world: &World) -> Facts {
    let app = App::inspect(settings);
    let python = Python::inspect(settings);
    let user = User::inspect(world);
    let own = match request.job {
        EntrypointJob::Process(Process::Run) => {
            ProcessFacts::Web(Web::inspect(&app, &python, settings, &request.arguments, world))
        }
        EntrypointJob::Process(Process::Worker) => ProcessFacts::Worker(Worker::inspect(&app)),
        EntrypointJob::Process(Process::Beat) => ProcessFacts::Beat(Beat::inspect(&app)),
        EntrypointJob::Process(Process::Compress) => {
            ProcessFacts::Compressor(python.has_package("compressor", &app.folder, world))
        }
        EntrypointJob::Process(
            Process::Django(_)
            | Process::Wheels
            | Process::Healthcheck
            | Process::Inspect
            | Process::Setup
            | Process::Dev,
        )
        | EntrypointJob::Other(_) => ProcessFacts::Nothing,
    };
    Facts { app, python, user, own }
}

/// Folders for temporary files, in order of preference. `/dev/shm` is a tmpfs in
/// every container, even with a read-only root file system.
const TEMPORARY_FOLDERS: [&str; 3] = ["/tmp", "/dev/shm", "/var/tmp"];

/// The first temporary folder that is writable.
pub(super) fn temporary_folder() -> Option<PathBuf> {
    TEMPORARY_FOLDERS.into_iter().map(PathBuf::from).find(|folder| files::can_write_folder(folder))
}

/// The size limit of a source file, in bytes.
const SOURCE_LIMIT: u64 = 1 << 20;

/// A Python source file; `None` if it does not exist, can't be read or is larger
/// than [`SOURCE_LIMIT`].
fn read_source(path: &Path) -> Option<Vec<u8>> {
    files::read_regular(path, SOURCE_LIMIT).ok().flatten().map(|content| content.bytes)
}
