//! What can go wrong in the container, and which exit code it is.

use super::Broken;
use super::env_var::shown;
use super::exec_error::{self, Refusal};
use super::identity;
use super::wait;
use super::{env_file, health, hooks, process, secrets, wheels};
use crate::report;
use std::ffi::OsString;
use std::path::PathBuf;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PROCESS was given.
    #[error("no process given: one of {}, or any command ({name} --help tells what each does)", process::names().join(", "))]
    NoProcess {
        /// The name we were called by.
        name: &'static str,
    },
    /// An option before PROCESS that is none of ours.
    #[error("{text}: options of ours come before PROCESS, its own after it ({name} --help)")]
    Usage {
        /// The name we were called by.
        name: &'static str,
        /// What is wrong with it.
        text: String,
    },
    /// `healthcheck` was given arguments.
    #[error("healthcheck takes no arguments: ENTRYPOINT_HEALTH_PATH and its like say what is asked")]
    Arguments,
    /// A variable of ours is not text.
    #[error("cannot read {name}: its value is not UTF-8")]
    NotText {
        /// The variable.
        name: &'static str,
    },
    /// The variables can't be read.
    #[error("cannot read the environment: {error}")]
    Variables {
        /// Why.
        error: envy::Error,
    },
    /// APP or SETTINGS is no Python name.
    #[error(
        "{variable}={} is not the name of a Python module: give one like {}",
        shown(value),
        example(variable)
    )]
    Package {
        /// Which of them.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// The app folder is not there.
    #[error("cannot find the app folder {}: put the project there, or name its folder in ENTRYPOINT_APP_DIR", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no manage.py.
    #[error("cannot find manage.py in {}: put the project there, or name its folder in ENTRYPOINT_APP_DIR", folder.display())]
    NoManage {
        /// The app folder.
        folder: PathBuf,
    },
    /// APP is not given and can't be told.
    #[error("cannot tell the project's package: no folder in {} holds wsgi.py: set APP", folder.display())]
    NoPackage {
        /// The app folder.
        folder: PathBuf,
    },
    /// APP is not given, and several folders could be it.
    #[error("cannot tell the project's package: {} hold wsgi.py in {}: set APP to one of them", names.join(" and "), folder.display())]
    AmbiguousPackage {
        /// The app folder.
        folder: PathBuf,
        /// The folders.
        names: Vec<String>,
    },
    /// PORT is no port.
    #[error("PORT={} is not a port: give a number from 1 to 65535", shown(value))]
    Port {
        /// What it says.
        value: String,
    },
    /// ENTRYPOINT_SERVER names another server.
    #[error("ENTRYPOINT_SERVER={} is none of gunicorn, uvicorn, uwsgi, waitress and runserver", shown(value))]
    Server {
        /// What it says.
        value: String,
    },
    /// We can't be whom ENTRYPOINT_USER names.
    #[error(transparent)]
    Identity(#[from] identity::Error),
    /// ENTRYPOINT_INIT says something else.
    #[error("ENTRYPOINT_INIT={} is none of auto, always and never", shown(value))]
    Init {
        /// What it says.
        value: String,
    },
    /// A variable that is 1 or 0 says something else.
    #[error("{name}={} is neither 1 nor 0", shown(value))]
    Flag {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// ENTRYPOINT_DRAIN is no span of time.
    #[error("ENTRYPOINT_DRAIN={} is not a span of time: give one like 5s or 500ms", shown(value))]
    Drain {
        /// What it says.
        value: String,
    },
    /// A drain is wanted, and an init is not.
    #[error("ENTRYPOINT_DRAIN needs the init that ENTRYPOINT_INIT=never turns off: unset one of them")]
    DrainWithoutInit,
    /// The kernel gives us no process to be the init of.
    #[error("cannot start a process: {}", exec_error::said(*.0))]
    Start(nix::errno::Errno),
    /// The virtualenv can't be used.
    #[error(transparent)]
    Virtualenv(#[from] Broken),
    /// There is no such process and no such command.
    #[error("cannot find {}, as a process or on PATH: {}there are {}", report::name(process), did_you_mean(process), process::names().join(", "))]
    Unknown {
        /// What was asked for.
        process: OsString,
    },
    /// A program that a process needs is not there.
    #[error(
        "cannot find {}: add it to the requirements of the image, or put its folder on PATH",
        report::name(program)
    )]
    NoProgram {
        /// The program.
        program: OsString,
    },
    /// A file that was found can't be executed.
    #[error("cannot execute {}: {why}", file.display())]
    NotExecutable {
        /// The file.
        file: PathBuf,
        /// Why not.
        why: Refusal,
    },
    /// The env file can't be used.
    #[error(transparent)]
    EnvFile(#[from] env_file::Error),
    /// A secret can't be had.
    #[error(transparent)]
    Secret(#[from] secrets::Error),
    /// How health is asked for can't be told.
    #[error(transparent)]
    Health(#[from] health::HealthSettingsError),
    /// A hook stops the start.
    #[error(transparent)]
    Hook(#[from] hooks::Failed),
    /// What to wait for can't be told.
    #[error(transparent)]
    Wait(#[from] wait::Error),
    /// The kernel gives us nothing to wait with.
    #[error("cannot wait for what the app needs: {0}")]
    Waiting(#[source] std::io::Error),
    /// ENTRYPOINT_FIRST_RUN can't be split into words.
    #[error("cannot read ENTRYPOINT_FIRST_RUN: a quote in it has no end, or a backslash nothing behind it")]
    FirstRun,
    /// ENTRYPOINT_INSTALL says something else.
    #[error("ENTRYPOINT_INSTALL={} is neither auto nor never", shown(value))]
    Install {
        /// What it says.
        value: String,
    },
    /// The wheelhouse can't be built.
    #[error(transparent)]
    Wheels(#[from] wheels::Error),
    /// The folder can't be entered.
    #[error("cannot enter the app folder {}: {}", folder.display(), errno.desc())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the kernel says.
        errno: nix::errno::Errno,
    },
}

impl Error {
    /// The exit code: 2 usage, 125 our own failure, 126 found but not
    /// executable, 127 not found.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoProcess { .. } | Self::Usage { .. } | Self::Arguments => 2,
            Self::Unknown { .. } | Self::NoProgram { .. } => 127,
            Self::NotExecutable { .. } => 126,
            Self::Wheels(error) => error.exit_code(),
            _ => 125,
        }
    }
}

fn example(variable: &str) -> &'static str {
    if variable == "SETTINGS" { "settings_docker or settings.production" } else { "bookmarks" }
}

fn did_you_mean(process: &OsString) -> String {
    process::meant(process).map(|name| format!("did you mean {name}? ")).unwrap_or_default()
}
