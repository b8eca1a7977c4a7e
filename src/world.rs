//! The surroundings of the process: read once, at the start, and passed down.
#![allow(clippy::disallowed_methods, reason = "this is the one place that reads the process's surroundings")]

use crate::command::Environment;
use crate::sys;
use nix::libc;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The surroundings of the process. A test makes one by hand.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// `argv`, beginning with the name of the program.
    pub arguments: Vec<OsString>,
    /// In its original order; names and values may be any bytes.
    pub environment: Environment,
    /// The current directory; empty if it is not known.
    pub folder: PathBuf,
    /// The current directory as a shell sets PWD (POSIX sh, Environment Variables): PWD
    /// of the environment, which may contain links, if it names the current directory.
    pub pwd: PathBuf,
    /// 1 if this is the first process of a container.
    pub pid: u32,
    /// The process id of the parent; 1 if a service manager started this process.
    pub parent: u32,
    pub uid: u32,
    pub euid: u32,
    /// Whether the process has changed to the user that its caller named. HOME then
    /// is the home directory of that user.
    pub user_given: bool,
    /// From `gethostname(2)`.
    pub hostname: OsString,
    pub terminal: Terminal,
}

/// Which of the standard streams are terminals (`isatty(3)`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    pub stdin: bool,
    pub stdout: bool,
}

impl World {
    /// Reads the surroundings that every applet needs; [`World::on_host`] reads the rest.
    pub fn from_process() -> Self {
        Self {
            arguments: std::env::args_os().collect(),
            environment: std::env::vars_os().collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            pid: std::process::id(),
            uid: sys::identity::uid(),
            euid: sys::identity::euid(),
            terminal: Terminal { stdin: sys::window::is_terminal(libc::STDIN_FILENO), stdout: false },
            ..Self::default()
        }
    }

    /// The same with what only the applets outside of containers need. A container's
    /// process should start as fast as it can.
    pub fn on_host(self) -> Self {
        let pwd = self.variable("PWD").map(PathBuf::from).filter(|pwd| is_current_directory(pwd));
        Self {
            pwd: pwd.unwrap_or_else(|| self.folder.clone()),
            parent: std::os::unix::process::parent_id(),
            hostname: sys::identity::hostname(),
            terminal: Terminal { stdout: sys::window::is_terminal(libc::STDOUT_FILENO), ..self.terminal },
            ..self
        }
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        variable(&self.environment, name)
    }

    /// The value of an environment variable that is not empty.
    pub fn non_empty(&self, name: &str) -> Option<&OsStr> {
        self.option_or(None, name)
    }

    /// The same surroundings with the variable replaced by an option of the command line,
    /// if that is given.
    pub fn with_variable(&self, name: &str, option: Option<&OsStr>) -> Self {
        let mut world = self.clone();
        if let Some(value) = option {
            world.environment.retain(|(key, _)| key != name);
            world.environment.push((name.into(), value.to_owned()));
        }
        world
    }

    /// The option of the command line if it is given, else the variable; `None` if that
    /// one is empty.
    pub fn option_or<'a>(&'a self, option: Option<&'a OsStr>, variable: &str) -> Option<&'a OsStr> {
        option.or_else(|| self.variable(variable)).filter(|value| !value.is_empty())
    }
}

/// The value of a variable in any environment; the first of several, as in
/// `getenv(3)`.
pub fn variable<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = environment.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_os_str())
}

/// Whether a path names the current directory, is absolute and has no `.` or `..`.
fn is_current_directory(path: &Path) -> bool {
    let dots = |part: &[u8]| part == b"." || part == b"..";
    let has_no_dots = !path.as_os_str().as_bytes().split(|byte| *byte == b'/').any(dots);
    let id = |path: &Path| path.metadata().ok().map(|folder| (folder.dev(), folder.ino()));
    path.is_absolute()
        && has_no_dots
        && id(path).is_some_and(|id_of_path| Some(id_of_path) == id(Path::new(".")))
}
