//! Errors of the entrypoint, with their exit codes.

use super::VirtualenvError;
use super::env_var::display_value;
use super::exec_error::{self, ExecError};
use super::identity;
use super::wait;
use super::{env_file, health, hooks, process, secrets, wheels};
use crate::report;
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no process given: give one of {}, or any command ({name} --help describes each)", process::names().join(", "))]
    NoProcess {
        /// The name we were called by.
        name: &'static str,
    },
    /// An unknown option before PROCESS.
    #[error("{text}: options of {name} come before PROCESS, options of the process after it ({name} --help)")]
    Usage {
        /// The name we were called by.
        name: &'static str,
        text: String,
    },
    #[error("healthcheck takes no arguments: set ENTRYPOINT_HEALTH and ENTRYPOINT_HEALTH_PATH instead")]
    Arguments,
    #[error("cannot read {name}: its value is not UTF-8")]
    NotText { name: String },
    #[error("cannot read the environment: {error}")]
    Variables { error: envy::Error },
    /// APP or SETTINGS is not a valid Python name.
    #[error(
        "{variable}={} is not the name of a Python module: give one like {}",
        display_value(value),
        example(variable)
    )]
    Package { variable: &'static str, value: String },
    #[error("cannot find the app folder {}: put the project there, or name its folder in ENTRYPOINT_APP_DIR", folder.display())]
    NoFolder { folder: PathBuf },
    #[error("cannot find manage.py in {}: put the project there, or name its folder in ENTRYPOINT_APP_DIR", folder.display())]
    NoManage { folder: PathBuf },
    #[error("cannot find the package of the project: no folder in {} contains wsgi.py: set APP", folder.display())]
    NoPackage { folder: PathBuf },
    #[error("cannot choose the package of the project: {} contain wsgi.py in {}: set APP to one of them", names.join(" and "), folder.display())]
    AmbiguousPackage { folder: PathBuf, names: Vec<String> },
    #[error("PORT={} is not a port number: give a number from 1 to 65535", display_value(value))]
    Port { value: String },
    #[error(
        "ENTRYPOINT_SERVER={} is not a known server: use gunicorn, uvicorn, uwsgi, waitress or runserver",
        display_value(value)
    )]
    Server { value: String },
    #[error(transparent)]
    Identity(#[from] identity::Error),
    #[error("ENTRYPOINT_INIT={} must be auto, always or never", display_value(value))]
    Init { value: String },
    #[error("{name}={} must be 1 or 0", display_value(value))]
    Flag { name: String, value: String },
    #[error("ENTRYPOINT_DRAIN={} is not a duration: give one like 5s or 500ms", display_value(value))]
    Drain { value: String },
    #[error("ENTRYPOINT_DRAIN needs the init, which ENTRYPOINT_INIT=never turns off: unset one of them")]
    DrainWithoutInit,
    #[error("cannot start a process: {}", exec_error::describe_errno(*.0))]
    Start(nix::errno::Errno),
    #[error(transparent)]
    Virtualenv(#[from] VirtualenvError),
    #[error("cannot find {}, neither as a process nor on PATH: {}the processes are {}", report::printable(process), did_you_mean(process), process::names().join(", "))]
    Unknown { process: OsString },
    /// A process needs a program that is not installed.
    #[error(
        "cannot find {}: add it to the requirements of the image, or put its folder on PATH",
        report::printable(program)
    )]
    NoProgram { program: OsString },
    #[error("cannot execute {}: {reason}", file.display())]
    NotExecutable { file: PathBuf, reason: ExecError },
    #[error(transparent)]
    EnvFile(#[from] env_file::Error),
    #[error(transparent)]
    Secret(#[from] secrets::Error),
    #[error(transparent)]
    Health(#[from] health::HealthSettingsError),
    /// A hook stops the start.
    #[error(transparent)]
    Hook(#[from] hooks::Error),
    #[error(transparent)]
    Wait(#[from] wait::Error),
    #[error("cannot wait for what the app needs: {0}")]
    Waiting(#[source] std::io::Error),
    #[error("cannot read ENTRYPOINT_FIRST_RUN: a quote is not closed, or the value ends with a backslash")]
    FirstRun,
    #[error("ENTRYPOINT_INSTALL={} must be auto or never", display_value(value))]
    Install { value: String },
    #[error(transparent)]
    Wheels(#[from] wheels::Error),
    #[error("cannot enter the app folder {}: {}", folder.display(), errno.desc())]
    Folder { folder: PathBuf, errno: nix::errno::Errno },
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
            Self::NotText { .. }
            | Self::Variables { .. }
            | Self::Package { .. }
            | Self::NoFolder { .. }
            | Self::NoManage { .. }
            | Self::NoPackage { .. }
            | Self::AmbiguousPackage { .. }
            | Self::Port { .. }
            | Self::Server { .. }
            | Self::Identity(_)
            | Self::Init { .. }
            | Self::Flag { .. }
            | Self::Drain { .. }
            | Self::DrainWithoutInit
            | Self::Start(_)
            | Self::Virtualenv(_)
            | Self::EnvFile(_)
            | Self::Secret(_)
            | Self::Health(_)
            | Self::Hook(_)
            | Self::Wait(_)
            | Self::Waiting(_)
            | Self::FirstRun
            | Self::Install { .. }
            | Self::Folder { .. } => 125,
        }
    }
}

fn example(variable: &str) -> &'static str {
    if variable == "SETTINGS" { "settings_docker or settings.production" } else { "bookmarks" }
}

fn did_you_mean(process: &OsString) -> String {
    process::suggestion(process).map(|name| format!("did you mean {name}? ")).unwrap_or_default()
}
