//! What the host's side asks of its machine: a seam, so that a test can be
//! one and fail at any step.

use crate::deploy::check_url::Check;
use crate::runner;
use std::path::Path;
use std::time::Duration;

/// A command to run on the host, as a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// How long it may take.
    pub limit: Duration,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandEnd {
    /// With this exit code; 128+N for signal N.
    Code(i32),
    /// Not at all; it was killed at the limit.
    Slow,
    /// Not by itself: we were told to stop, and stopped it.
    Cancelled,
    /// It did not begin: there is no such program.
    Missing,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The machine under the host's side. Paths are whole.
pub trait Machine: runner::system::System {
    /// Puts a file in place whole: a reader sees the old or the new one, and
    /// after a crash there is the old or the new one. Owner and permissions
    /// of the old one stay.
    fn replace(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()>;
    /// Appends, and comes back when it is on the disk.
    fn append(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()>;
    /// Appends piece by piece, and waits for nothing: what comes before the
    /// next [`Machine::append`] is on the disk with it.
    fn appender(&mut self, path: &Path) -> std::io::Result<Box<dyn std::io::Write>>;
    /// Removes a file, and comes back when that is on the disk. One that is
    /// not there is no error.
    fn remove(&mut self, path: &Path) -> std::io::Result<()>;
    /// Renames a file, and comes back when that is on the disk.
    fn rename(&mut self, from: &Path, to: &Path) -> std::io::Result<()>;
    /// Makes a folder with those above it, where they are not there.
    fn folder(&mut self, path: &Path) -> std::io::Result<()>;
    /// Whether files can be made in a folder, or the folder itself.
    fn writable(&mut self, folder: &Path) -> std::io::Result<()>;
    /// Whether there is a file or folder.
    fn exists(&self, path: &Path) -> bool;
    /// Takes a lock that ends with this process (`flock(2)`); `false` where
    /// another has it.
    fn lock(&mut self, path: &Path) -> std::io::Result<bool>;
    /// Whether another process has that lock.
    fn locked(&self, path: &Path) -> bool;
    /// Runs a command to its end; its lines as they come.
    fn run(&mut self, call: &Call, heard: &mut dyn FnMut(Stream, &str)) -> CommandEnd;
    /// Asks CHECK_URL; the status, or what went wrong.
    fn ask(&mut self, check: &Check) -> Result<u16, String>;
    /// Seconds of Unix time.
    fn now(&self) -> u64;
    /// Waits; `false` where we were told to stop.
    fn pause(&mut self, time: Duration) -> bool;
    /// Free bytes of the file system at that path.
    fn free(&self, path: &Path) -> Option<u64>;
    /// The host's own names and addresses.
    fn names(&self) -> Vec<String>;
    /// Whether we are root.
    fn is_root(&self) -> bool;
    /// The words that start docker-runner.
    fn runner(&self) -> Vec<String>;
    /// The machine as docker-runner sees it.
    fn as_host(&self) -> &dyn runner::system::System;
    /// The surroundings that config files start from.
    fn world(&self) -> crate::world::World;
}
