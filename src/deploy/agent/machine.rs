//! The machine that the agent works on, as a trait: a test can simulate a
//! machine that fails at any operation.

use super::host_command::HostCommand;
use crate::deploy::check_url::Check;
use crate::runner;
use std::path::Path;
use std::time::{Duration, Instant};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandEnd {
    /// With this exit code; 128+N for signal N.
    Code(i32),
    /// It was killed at its time limit.
    TimedOut,
    /// It was killed because the deployer cancelled the request.
    Cancelled,
    /// The program is not on PATH.
    NotFound,
}

/// The standard stream that a line was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// The machine that the agent works on. Paths are absolute.
pub trait Machine: runner::system::System {
    /// Replaces a file atomically: a reader sees the old or the new content, also
    /// after a crash. The owner and the permissions do not change.
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()>;
    /// Appends to a file, and syncs it.
    fn append(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()>;
    /// Opens a file to append without syncing; the next [`Machine::append`]
    /// syncs what was written before.
    fn appender(&mut self, path: &Path) -> std::io::Result<Box<dyn std::io::Write>>;
    /// Removes a file, and syncs its folder. A missing file is not an error.
    fn remove(&mut self, path: &Path) -> std::io::Result<()>;
    /// Renames a file, and syncs the folders.
    fn rename(&mut self, from: &Path, to: &Path) -> std::io::Result<()>;
    /// Creates a folder and its parents if they do not exist.
    fn create_folder(&mut self, path: &Path) -> std::io::Result<()>;
    /// Fails unless files can be created in the folder or, if it does not exist,
    /// the folder can be created.
    fn check_writable(&mut self, folder: &Path) -> std::io::Result<()>;
    /// Whether a file or folder exists.
    fn exists(&self, path: &Path) -> bool;
    /// Takes a lock that ends with this process (`flock(2)`); `false` if
    /// another process holds it.
    fn lock(&mut self, path: &Path) -> std::io::Result<bool>;
    /// Whether another process holds that lock.
    fn is_locked(&self, path: &Path) -> bool;
    /// Runs a command to its end or to the time limit. `on_line` gets each line of
    /// output at once.
    fn run(
        &mut self,
        command: &HostCommand,
        limit: Duration,
        on_line: &mut dyn FnMut(Stream, &str),
    ) -> CommandEnd;
    /// Requests CHECK_URL and returns the status of the response, or the error.
    fn http_status(&mut self, check: &Check) -> Result<u16, String>;
    /// Seconds of Unix time, for people only: the clock may be set back or forward at any time.
    fn now(&self) -> u64;
    /// The monotonic time, for deadlines.
    fn instant(&self) -> Instant;
    /// Waits; `false` if the request was cancelled.
    fn pause(&mut self, time: Duration) -> bool;
    /// Free bytes of the file system that holds the path.
    fn free_bytes(&self, path: &Path) -> Option<u64>;
    /// The host's own names and addresses.
    fn host_names(&self) -> Vec<String>;
    /// Whether the agent runs as root.
    fn is_root(&self) -> bool;
    /// The program and the first arguments that start docker-runner.
    fn docker_runner(&self) -> Vec<String>;
    /// The machine as docker-runner sees it.
    fn as_system(&self) -> &dyn runner::system::System;
    /// The environment that config files start from.
    fn world(&self) -> crate::world::World;
}
