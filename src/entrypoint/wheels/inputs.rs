//! The inputs of a wheelhouse and their digest: with the same digest the result
//! is the same.

use super::pip::REQUIREMENTS;
use super::requirements::{self, Requirements};
use super::stamp::Platform;
use super::vendor::{self, Vendor, VendorPackage};
use super::{Error, WheelsJob};
use crate::sys::digest::Digest;
use crate::sys::files;
use crate::world::variable;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The largest requirements file, in bytes.
const LIMIT: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct Inputs {
    /// The private packages that no requirement names by path.
    pub(super) packages: Vec<VendorPackage>,
    /// Folders in `vendor` that are not packages.
    pub(super) not_packages: Vec<PathBuf>,
    /// Whether every requirement needs a hash.
    pub(super) has_hashes: bool,
    /// Whether nothing is required.
    pub(super) is_empty: bool,
    digest: Digest,
}

impl Inputs {
    /// Reads all inputs but Python.
    pub(super) fn collect(job: &WheelsJob) -> Result<Self, Error> {
        let file = job.app.join(REQUIREMENTS);
        if !files::is_file(&file) {
            return Err(Error::NoRequirements { file });
        }
        let mut reader = Reader::default();
        reader.read(&file)?;
        for path in &reader.found.paths {
            add_local(&mut reader.digest, &job.app.join(path))?;
        }
        let paths: Vec<PathBuf> = reader.found.paths.iter().map(|path| job.app.join(path)).collect();
        let Vendor { mut packages, not_packages } = vendor::scan(&job.app.join("vendor"))?;
        packages.retain(|package| !vendor::is_named_in(package, &paths));
        let mut digest = reader.digest;
        packages.iter().for_each(|package| digest.add(&package.digest));
        job.arguments.iter().for_each(|argument| digest.add(argument.as_bytes()));
        add_options(&mut digest, job);
        Ok(Self {
            is_empty: reader.found.is_empty && packages.is_empty() && job.arguments.is_empty(),
            has_hashes: reader.found.has_hashes || variable(&job.environment, "PIP_REQUIRE_HASHES").is_some(),
            packages,
            not_packages,
            digest,
        })
    }

    /// The digest of all inputs and this Python.
    pub(super) fn digest(&self, platform: &Platform, versions: &str) -> String {
        let mut digest = self.digest.clone();
        [&platform.release, &platform.abi, versions].iter().for_each(|part| digest.add(part));
        digest.finish()
    }
}

/// Reads requirements files, each once, even where they include each other.
#[derive(Debug)]
struct Reader {
    digest: Digest,
    seen: Vec<PathBuf>,
    found: Requirements,
}

impl Default for Reader {
    fn default() -> Self {
        let found = Requirements { is_empty: true, ..Requirements::default() };
        Self { digest: Digest::default(), seen: Vec::new(), found }
    }
}

impl Reader {
    fn read(&mut self, path: &Path) -> Result<(), Error> {
        if self.seen.iter().any(|seen| seen == path) {
            return Ok(());
        }
        self.seen.push(path.to_owned());
        let content = files::read_regular(path, LIMIT)
            .map_err(|error| Error::Read { path: path.to_owned(), error: std::io::Error::other(error) })?;
        // pip reports a missing file.
        let bytes = content.map(|content| content.bytes).unwrap_or_default();
        self.digest.add(path.as_os_str().as_bytes());
        self.digest.add(&bytes);
        let found = requirements::parse(&String::from_utf8_lossy(&bytes));
        self.found.has_hashes |= found.has_hashes;
        self.found.is_empty &= found.is_empty;
        self.found.paths.extend(found.paths);
        let folder = path.parent().unwrap_or(Path::new("/"));
        found.files.iter().try_for_each(|file| self.read(&folder.join(file)))
    }
}

/// Adds a local package that a requirement names.
fn add_local(digest: &mut Digest, path: &Path) -> Result<(), Error> {
    if files::is_folder(path) {
        return vendor::add_entries(digest, path, &vendor::walk(path)?);
    }
    if files::is_file(path) {
        digest.add(vendor::sha256(path)?);
    }
    Ok(())
}

/// Adds pip's variables and configuration files.
fn add_options(digest: &mut Digest, job: &WheelsJob) {
    let is_of_pip = |name: &OsStr| name.as_bytes().starts_with(b"PIP_");
    // The order of variables depends on the order of Docker's options.
    let mut variables: Vec<_> = job.environment.iter().filter(|(name, _)| is_of_pip(name)).collect();
    variables.sort_unstable();
    for (name, value) in variables {
        digest.add(name.as_bytes());
        digest.add(value.as_bytes());
    }
    let named = variable(&job.environment, "PIP_CONFIG_FILE").map(PathBuf::from);
    let own = variable(&job.environment, "VIRTUAL_ENV").map(|folder| Path::new(folder).join("pip.conf"));
    for file in named.into_iter().chain(own).chain(["/etc/pip.conf".into()]) {
        if let Ok(Some(content)) = files::read_regular(&file, LIMIT) {
            digest.add(&content.bytes);
        }
    }
}
