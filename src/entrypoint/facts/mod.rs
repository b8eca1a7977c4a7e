//! What is there, looked at once: the only part of the pipeline before its end
//! that looks at files.

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

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// The app folder.
    pub(super) app: App,
    /// Where Python and its packages are.
    pub(super) python: Python,
    /// Whom we run as, and where that user may write.
    pub(super) user: User,
    /// What only this process wants to know.
    pub(super) own: ProcessFacts,
}

/// What only one process wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProcessFacts {
    /// Nothing more.
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

/// Looks at what the request needs to know.
pub(super) fn look(request: &Request, settings: &EntrypointSettings, world: &World) -> Facts {
    let app = App::look(settings);
    let python = Python::look(settings);
    let user = User::look(world);
    let own = match request.job {
        EntrypointJob::Process(Process::Run) => {
            ProcessFacts::Web(Web::look(&app, &python, settings, &request.arguments, world))
        }
        EntrypointJob::Process(Process::Worker) => ProcessFacts::Worker(Worker::look(&app)),
        EntrypointJob::Process(Process::Beat) => ProcessFacts::Beat(Beat::look(&app)),
        EntrypointJob::Process(Process::Compress) => {
            ProcessFacts::Compressor(python.has_package("compressor", &app.folder, world))
        }
        _ => ProcessFacts::Nothing,
    };
    Facts { app, python, user, own }
}

/// The folders where temporary files may be, the first choice first. `/dev/shm`
/// is a tmpfs in every container, with a read-only root too.
const TEMPORARY: [&str; 3] = ["/tmp", "/dev/shm", "/var/tmp"];

/// The first of them that we may write to.
pub(super) fn temporary() -> Option<PathBuf> {
    TEMPORARY.into_iter().map(PathBuf::from).find(|folder| files::writable_folder(folder))
}

/// The largest source file that is looked into, in bytes.
const SOURCE_LIMIT: u64 = 1 << 20;

/// A file of Python source; `None` where it is not there, can't be read or is
/// larger than any that a person wrote.
fn source_of(path: &Path) -> Option<Vec<u8>> {
    files::read(path, SOURCE_LIMIT).ok().flatten().map(|content| content.bytes)
}
