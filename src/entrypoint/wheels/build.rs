//! Builds the wheelhouse.

use super::inputs::Inputs;
use super::pip::{self, PrivatePackages};
use super::stamp::{Platform, Record};
use super::vendor::{self, Form, VendorPackage};
use super::wheelhouse::{self, CACHE, Change, Wheelhouse};
use super::{Error, WheelsJob};
use crate::command::Command;
use crate::report;
use crate::sys::child::{self, ChildEnd, Stream};
use crate::sys::dir::{self, Scratch};
use crate::sys::exec::ExecImage;
use crate::sys::files;
use crate::sys::interrupt::Interrupt;
use crate::sys::lock;
use crate::sys::lookup::{self, Lookup};
use crate::world::variable;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The temporary folder; in the wheelhouse, so that results can be moved.
const WORK: &str = ".new";

/// The pause between two attempts to lock the wheelhouse. A blocking flock(2) would
/// delay signals, which PID 1 has to handle itself.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Builds the wheelhouse and returns the exit code.
pub(in crate::entrypoint) fn build_wheelhouse(job: &WheelsJob, name: &str) -> Result<u8, Error> {
    let print = |text: String| report::eprint(&format!("{name}: {text}\n"));
    let inputs = Inputs::collect(job)?;
    for folder in &inputs.not_packages {
        print(format!("{} is not a package: it has neither pyproject.toml nor setup.py", folder.display()));
    }
    let builder = Builder { job, python: python(job)?, interrupt: block_signals(job)? };
    let (platform, versions) = builder.probe()?;
    let at = |error| Error::Write { path: job.wheelhouse.clone(), error };
    dir::create_all(&job.wheelhouse).map_err(at)?;
    let mut lock = lock::try_lock_folder(&job.wheelhouse).map_err(at)?;
    if lock.is_none() {
        print(format!("waiting for another build in {}", job.wheelhouse.display()));
    }
    while lock.is_none() {
        if let Some(signal) = builder.interrupt.pause(LOCK_PAUSE).map_err(at)? {
            return Err(Error::Ended { wheelhouse: job.wheelhouse.clone(), signal: signal.into() });
        }
        lock = lock::try_lock_folder(&job.wheelhouse).map_err(at)?;
    }
    let digest = inputs.digest(&platform, &versions);
    let current = Wheelhouse::open(&job.wheelhouse)?;
    if current.is_up_to_date(&platform, &digest) {
        print(format!("{} is up to date", job.wheelhouse.display()));
        return Ok(0);
    }
    if !current.fits(&platform) {
        dir::remove(&job.wheelhouse.join(CACHE)).map_err(at)?; // compiled against other libraries
    }
    let work = Scratch::create(job.wheelhouse.join(WORK)).map_err(at)?;
    let change = builder.build(&inputs, &current, &platform, digest, &work)?;
    let Change { wheels, new, removed } = change;
    print(format!("{}: {wheels} wheels, {new} new, {removed} removed", job.wheelhouse.display()));
    Ok(0)
}

/// The command that builds it by hand.
pub(in crate::entrypoint) fn build_command(job: &WheelsJob) -> Result<Command, Error> {
    let packages = Inputs::collect(job)?.packages.into_iter();
    let paths = packages
        .map(|package| package.path.strip_prefix(&job.app).map_or(package.path.clone(), Path::to_owned));
    let links = Some(job.wheelhouse.as_path());
    Ok(pip::requirements(
        job,
        &job.wheelhouse,
        links,
        &PrivatePackages::Paths(paths.map(|path| Path::new(".").join(path)).collect()),
    ))
}

fn python(job: &WheelsJob) -> Result<PathBuf, Error> {
    match lookup::find(&job.python, variable(&job.environment, "PATH"), &job.app) {
        Lookup::Program(file) => Ok(file),
        Lookup::NotExecutable(_) | Lookup::NotFound => Err(Error::NoPython { python: job.python.clone() }),
    }
}

fn block_signals(job: &WheelsJob) -> Result<Interrupt, Error> {
    Interrupt::block().map_err(|error| Error::Start { python: job.python.clone().into(), error })
}

struct Builder<'a> {
    job: &'a WheelsJob,
    python: PathBuf,
    interrupt: Interrupt,
}

impl Builder<'_> {
    /// The platform of the wheels, and the versions of Python and pip.
    fn probe(&self) -> Result<(Platform, String), Error> {
        let no_pip = || Error::NoPip { python: self.python.clone() };
        let command = pip::probe(self.job);
        let (end, output) =
            child::output(&self.image(&command), Stream::Null, Some(self.interrupt.mask_before()))
                .map_err(|error| self.cannot_start(error))?;
        let text = String::from_utf8(output).ok().filter(|_| end == ChildEnd::Code(0)).ok_or_else(no_pip)?;
        let (abi, versions) = text.trim().split_once('\n').ok_or_else(no_pip)?;
        Ok((Platform { release: release(), abi: abi.to_owned() }, versions.to_owned()))
    }

    /// Builds each private package alone, then everything in one resolution.
    fn build(
        &self,
        inputs: &Inputs,
        current: &Wheelhouse,
        platform: &Platform,
        digest: String,
        work: &Scratch,
    ) -> Result<Change, Error> {
        let at = |error| Error::Write { path: self.job.wheelhouse.clone(), error };
        let mut record = Record { inputs: digest, ..Record::default() };
        let mut private = Vec::new();
        for (index, group) in vendor::groups(&inputs.packages).iter().enumerate() {
            let into = work.create_folder(format!("vendor/{index}")).map_err(at)?;
            let wheel = self.private_wheel(group, current, platform, &into)?;
            let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
            record.vendor.extend(group.iter().map(|package| (package.digest.clone(), name.clone())));
            private.push(wheel);
        }
        let result = work.create_folder("wheels").map_err(at)?;
        if !inputs.is_empty {
            let links = self.links(current, platform, work)?;
            let private = if inputs.has_hashes && !private.is_empty() {
                PrivatePackages::File(write_hashed(&private, &work.create_folder("vendor").map_err(at)?)?)
            } else {
                PrivatePackages::Paths(private)
            };
            let command = pip::requirements(self.job, &result, links.as_deref(), &private);
            let wheelhouse = self.job.wheelhouse.clone();
            self.run(&command)?.map_err(|code| Error::Pip { wheelhouse, code })?;
        }
        current.replace_wheels(&result, platform, &record)
    }

    /// The wheel of a private package, which may have several files.
    fn private_wheel(
        &self,
        group: &[&VendorPackage],
        current: &Wheelhouse,
        platform: &Platform,
        into: &Path,
    ) -> Result<PathBuf, Error> {
        let chosen = if let [only] = group { only } else { &self.choose(group, into)? };
        if chosen.form == Form::Wheel {
            return Ok(chosen.path.clone());
        }
        match current.private_wheel(&chosen.digest).filter(|_| current.fits(platform)) {
            Some(wheel) => Ok(wheel),
            None => self.build_private(chosen, into),
        }
    }

    /// Builds a private package; a folder from a copy, since a build leaves files
    /// behind and the source may be mounted read-only.
    fn build_private(&self, package: &VendorPackage, into: &Path) -> Result<PathBuf, Error> {
        let source = match &package.form {
            Form::Wheel | Form::Sdist => package.path.clone(),
            Form::Folder(entries) => {
                let copy = into.join("source").join(package.path.file_name().unwrap_or_default());
                dir::copy(&package.path, entries, &copy)
                    .map_err(|error| Error::Read { path: package.path.clone(), error })?;
                copy
            }
        };
        let failed = |code| Error::Vendor {
            path: package.path.clone(),
            wheelhouse: self.job.wheelhouse.clone(),
            code,
        };
        self.run(&pip::package(self.job, into, &source))?.map_err(failed)?;
        wheelhouse::wheels(into)?.keys().next().map(|name| into.join(name)).ok_or_else(|| failed(1))
    }

    /// Of several files of one project the wheel that pip chooses, else the only
    /// source distribution.
    fn choose(&self, group: &[&VendorPackage], into: &Path) -> Result<VendorPackage, Error> {
        let project = vendor::project_name(&group[0].path);
        let folder = self.job.app.join("vendor");
        let (wheels, sdists): (Vec<_>, Vec<_>) =
            group.iter().partition(|package| package.form == Form::Wheel);
        if !wheels.is_empty() && self.run(&pip::choice(self.job, into, &folder, &project))?.is_ok() {
            let found = wheelhouse::wheels(into)?;
            let is_chosen = |package: &&&VendorPackage| {
                package.path.file_name().is_some_and(|name| found.keys().any(|found| name == found.as_str()))
            };
            if let Some(wheel) = wheels.iter().find(is_chosen) {
                return Ok((**wheel).clone());
            }
        }
        match sdists[..] {
            [sdist] => Ok((*sdist).clone()),
            _ => Err(Error::Several { project, folder }),
        }
    }

    /// A folder of links to the wheels that pip may reuse.
    fn links(
        &self,
        current: &Wheelhouse,
        platform: &Platform,
        work: &Scratch,
    ) -> Result<Option<PathBuf>, Error> {
        let kept = current.reusable();
        if kept.is_empty() || !current.fits(platform) {
            return Ok(None);
        }
        let at = |error| Error::Write { path: self.job.wheelhouse.clone(), error };
        let folder = work.create_folder("kept").map_err(at)?;
        for name in kept {
            dir::symlink(&self.job.wheelhouse.join(name), &folder.join(name)).map_err(at)?;
        }
        Ok(Some(folder))
    }

    /// Runs pip; the inner error is its exit code.
    fn run(&self, command: &Command) -> Result<Result<(), u8>, Error> {
        let own_group = !self.job.has_terminal;
        let end = child::run(&self.image(command), own_group, &self.interrupt)
            .map_err(|error| self.cannot_start(error))?;
        match end {
            ChildEnd::Code(0) => Ok(Ok(())),
            ChildEnd::Code(code) => Ok(Err(code)),
            ChildEnd::Signal(signal) => Err(Error::Ended { wheelhouse: self.job.wheelhouse.clone(), signal }),
        }
    }

    fn image<'a>(&'a self, command: &'a Command) -> ExecImage<'a> {
        let arguments = command.arguments.iter().map(|argument| argument.value.as_os_str());
        ExecImage {
            file: &self.python,
            arguments: std::iter::once(self.python.as_os_str()).chain(arguments).collect(),
            environment: &command.environment,
            folder: command.folder.as_deref(),
        }
    }

    fn cannot_start(&self, error: std::io::Error) -> Error {
        Error::Start { python: self.python.clone(), error }
    }
}

/// Writes private wheels as requirements with hashes: if one requirement has a
/// hash, all need one.
fn write_hashed(wheels: &[PathBuf], folder: &Path) -> Result<PathBuf, Error> {
    let mut text = String::new();
    for wheel in wheels {
        let (project, sum) = (vendor::project_name(wheel), vendor::sha256(wheel)?);
        text.push_str(&format!(
            "{project} @ file://{} --hash=sha256:{sum}\n",
            percent_encode(wheel.as_os_str())
        ));
    }
    let file = folder.join(pip::REQUIREMENTS);
    dir::write_atomic(&file, text.as_bytes()).map_err(|error| Error::Write { path: file.clone(), error })?;
    Ok(file)
}

/// A path, percent-encoded for a URL (RFC 3986, 2.1).
fn percent_encode(path: &OsStr) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let shown = |byte: &u8| if is_plain(*byte) { char::from(*byte).into() } else { format!("%{byte:02X}") };
    path.as_bytes().iter().map(shown).collect()
}

/// The release of the system: `debian trixie` (os-release(5)).
fn release() -> String {
    let content = files::read_regular(Path::new("/etc/os-release"), 1 << 16).ok().flatten();
    let text =
        content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()).unwrap_or_default();
    let value = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
    };
    let version = value("VERSION_CODENAME").or_else(|| value("VERSION_ID")).unwrap_or_default();
    format!("{} {version}", value("ID").unwrap_or_else(|| "linux".into())).trim().to_owned()
}
