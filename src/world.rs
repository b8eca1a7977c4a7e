//! What the world says: read once, at the start, and handed down.
#![allow(clippy::disallowed_methods, reason = "this is the one place that reads the process's surroundings")]

use crate::sys;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The process's surroundings. A test makes one by hand.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// `argv`, the program's own name first.
    pub arguments: Vec<OsString>,
    /// The environment, in its own order; names and values may be any bytes.
    pub environment: Vec<(OsString, OsString)>,
    /// The current folder; empty where it can't be told.
    pub folder: PathBuf,
    /// The same as a shell has it in PWD (POSIX sh, Environment Variables): what the
    /// environment says, where that is right, for it may go over a link.
    pub pwd: PathBuf,
    /// Our process id; 1 where we are a container's first process.
    pub pid: u32,
    /// Our parent's process id; 1 where a service manager started us.
    pub parent: u32,
    /// The real user id.
    pub uid: u32,
    /// The effective user id.
    pub euid: u32,
    /// Whether the caller has said who we are to be, and we have become that: then
    /// our HOME is the one that goes with it.
    pub user_given: bool,
    /// The host's name, as `gethostname(2)` gives it.
    pub hostname: OsString,
    /// Which of the standard streams are terminals.
    pub terminal: Terminal,
}

/// Which of the standard streams are terminals (`isatty(3)`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
}

impl World {
    /// Reads the surroundings of this process.
    pub fn read() -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        let said = std::env::var_os("PWD").map(PathBuf::from);
        Self {
            arguments: std::env::args_os().collect(),
            environment: std::env::vars_os().collect(),
            pwd: said.filter(|said| is_here(said)).unwrap_or_else(|| folder.clone()),
            folder,
            pid: std::process::id(),
            parent: std::os::unix::process::parent_id(),
            uid: sys::identity::uid(),
            euid: sys::identity::euid(),
            user_given: false,
            hostname: sys::identity::hostname(),
            terminal: Terminal::read(),
        }
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        variable(&self.environment, name)
    }

    /// A variable that says something; an empty one counts as none.
    pub fn given(&self, name: &str) -> Option<&OsStr> {
        self.option_or(None, name)
    }

    /// The same surroundings, but for a variable that an option of the command
    /// line says instead.
    pub fn with(&self, name: &str, option: Option<&OsStr>) -> Self {
        let mut world = self.clone();
        if let Some(value) = option {
            world.environment.retain(|(key, _)| key != name);
            world.environment.push((name.into(), value.to_owned()));
        }
        world
    }

    /// What an option of the command line says, else a variable; an empty one
    /// says nothing.
    pub fn option_or<'a>(&'a self, option: Option<&'a OsStr>, variable: &str) -> Option<&'a OsStr> {
        option.or_else(|| self.variable(variable)).filter(|said| !said.is_empty())
    }
}

/// The value of a variable in any environment; of several with one name the
/// first, as `getenv(3)` does.
pub fn variable<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = environment.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_os_str())
}

/// Whether a path is absolute, without `.` and `..`, and the current folder.
fn is_here(path: &Path) -> bool {
    let dots = |part: &[u8]| part == b"." || part == b"..";
    let plain = !path.as_os_str().as_bytes().split(|byte| *byte == b'/').any(dots);
    let id = |path: &Path| path.metadata().ok().map(|folder| (folder.dev(), folder.ino()));
    path.is_absolute() && plain && id(path).is_some_and(|here| Some(here) == id(Path::new(".")))
}

impl Terminal {
    fn read() -> Self {
        use std::io::IsTerminal;
        Self { stdin: std::io::stdin().is_terminal(), stdout: std::io::stdout().is_terminal() }
    }
}
