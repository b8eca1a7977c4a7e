//! pip's command lines.

use super::WheelsJob;
use crate::command::{Argument, Command};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The project's requirements, in the app folder.
pub(super) const REQUIREMENTS: &str = "requirements.txt";

/// Builds everything in one resolution: the requirements and the private packages,
/// with the wheels that may be reused.
pub(super) fn requirements(
    job: &WheelsJob,
    into: &Path,
    links: Option<&Path>,
    private: &PrivatePackages,
) -> Command {
    let mut words = words(["wheel", "--wheel-dir"]);
    words.push(into.into());
    if let Some(links) = links {
        words.extend(["--find-links".into(), links.into()]);
    }
    words.extend(["-r".into(), REQUIREMENTS.into()]);
    match private {
        PrivatePackages::Paths(paths) => words.extend(paths.iter().map(OsString::from)),
        PrivatePackages::File(file) => words.extend(["-r".into(), file.into()]),
    }
    words.extend(job.arguments.iter().cloned());
    command(job, words)
}

/// Installs the requirements, and private packages from their source folders.
pub(super) fn install(job: &WheelsJob, folders: &[&Path]) -> Command {
    let mut words = words(["install", "--quiet", "-r", REQUIREMENTS, "--find-links", "vendor"]);
    words.extend(folders.iter().map(OsString::from));
    command(job, words)
}

/// How private packages are passed to pip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrivatePackages {
    Paths(Vec<PathBuf>),
    /// A requirements file with hashes.
    File(PathBuf),
}

/// Builds one private package.
pub(super) fn package(job: &WheelsJob, into: &Path, package: &Path) -> Command {
    let mut words = words(["wheel", "--no-deps", "--wheel-dir"]);
    words.extend([into.into(), package.into()]);
    command(job, words)
}

/// Chooses the wheel of a project in a folder that fits this Python.
pub(super) fn choice(job: &WheelsJob, into: &Path, folder: &Path, project: &str) -> Command {
    let mut words =
        words(["download", "--quiet", "--no-deps", "--no-index", "--only-binary=:all:", "--find-links"]);
    words.extend([folder.into(), "--dest".into(), into.into(), project.into()]);
    command(job, words)
}

/// Prints Python's ABI on one line, its version and pip's on another.
pub(super) fn probe(job: &WheelsJob) -> Command {
    let code = "import sys, sysconfig, pip\n\
                print(sysconfig.get_config_var('SOABI') or sys.implementation.cache_tag)\n\
                print(sys.version.split()[0], pip.__version__)";
    let mut command = command(job, Vec::new());
    command.arguments = ["-c", code].map(Argument::plain).into();
    command
}

fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.map(OsString::from).into()
}

fn command(job: &WheelsJob, words: Vec<OsString>) -> Command {
    let pip = ["-m", "pip"].map(OsString::from);
    Command {
        program: job.python.clone(),
        arguments: pip.into_iter().chain(words).map(Argument::plain).collect(),
        environment: job.environment.clone(),
        folder: Some(job.app.clone()),
    }
}
