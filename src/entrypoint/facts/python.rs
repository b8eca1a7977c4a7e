//! Where Python and its packages are.

use crate::entrypoint::settings::EntrypointSettings;
use crate::sys::{files, lookup};
use crate::world::World;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The virtualenv of our images.
const IMAGE_VIRTUALENV: &str = "/ve";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entrypoint) enum Python {
    /// The Python of this virtualenv.
    Virtualenv(PathBuf),
    /// The Python on PATH.
    System,
    /// A virtualenv that should be used, and can't be.
    Broken(VirtualenvError),
}

/// Why a virtualenv can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VirtualenvError {
    #[error("cannot use the virtualenv {}: the folder does not exist: correct or unset VIRTUAL_ENV", folder.display())]
    Absent { folder: PathBuf },
    /// It may exist: a folder above it can't be entered.
    #[error(
        "cannot use the virtualenv {}: this user may not enter it, or a folder above it: move it to a folder that every user may enter",
        folder.display()
    )]
    Closed { folder: PathBuf },
    #[error("cannot use the virtualenv {}: it has no bin/python: create it again with python3 -m venv", folder.display())]
    NoPython { folder: PathBuf },
    /// Its `bin/python` is a link to an interpreter that does not exist: the
    /// virtualenv comes from another machine or another release.
    #[error(
        "cannot use the virtualenv {}: its bin/python is a link to {}, which does not exist or is not accessible: create the virtualenv again in this image, or exclude it with .dockerignore",
        folder.display(), target.display()
    )]
    Dangling { folder: PathBuf, target: PathBuf },
    #[error("cannot use the virtualenv {}: its bin/python is not executable: create it again with python3 -m venv", folder.display())]
    NotExecutable { folder: PathBuf },
}

impl Python {
    /// Uses VIRTUAL_ENV, else the virtualenv of our images, else `.venv` in the app
    /// folder, else PATH.
    pub(super) fn inspect(settings: &EntrypointSettings) -> Self {
        let given = settings.virtual_env.as_ref().map(|folder| settings.folder.join(folder));
        let usual = [PathBuf::from(IMAGE_VIRTUALENV), settings.folder.join(".venv")];
        let found = || usual.into_iter().find(|folder| files::is_folder(folder));
        match given.or_else(found) {
            Some(folder) => Self::in_virtualenv(folder),
            None => Self::System,
        }
    }

    fn in_virtualenv(folder: PathBuf) -> Self {
        let python = folder.join("bin/python");
        if files::can_execute(&python) {
            return Self::Virtualenv(folder);
        }
        Self::Broken(if files::is_access_denied(&python) {
            VirtualenvError::Closed { folder }
        } else if !files::is_folder(&folder) {
            VirtualenvError::Absent { folder }
        } else if files::is_file(&python) {
            VirtualenvError::NotExecutable { folder }
        } else {
            match dangling_target(python) {
                Some(target) => VirtualenvError::Dangling { folder, target },
                None => VirtualenvError::NoPython { folder },
            }
        })
    }

    /// Whether a package is installed. Looks for its folder, without starting Python.
    /// The app folder counts, because `manage.py` imports from there.
    pub(super) fn has_package(&self, package: &str, app: &Path, world: &World) -> bool {
        let here = |folder: PathBuf| files::is_file(&folder.join(package).join("__init__.py"));
        here(app.to_owned()) || self.site_packages(world).into_iter().any(here)
    }

    /// The folders of installed packages, as the `site` module and Debian define them.
    fn site_packages(&self, world: &World) -> Vec<PathBuf> {
        match self {
            Self::Virtualenv(folder) => {
                let shared =
                    files::read_regular(&folder.join("pyvenv.cfg"), super::SOURCE_LIMIT).ok().flatten();
                let shared = shared.is_some_and(|content| shares_system(&content.bytes));
                let system = if shared { system_packages(world) } else { Vec::new() };
                packages_below(folder).into_iter().chain(system).collect()
            }
            Self::System | Self::Broken(_) => system_packages(world),
        }
    }
}

/// The target of a chain of links whose target does not exist.
fn dangling_target(mut path: PathBuf) -> Option<PathBuf> {
    let mut end = None;
    for _ in 0..40 {
        // 40 is the limit of the kernel, path_resolution(7)
        let Some(target) = files::link_target(&path) else { break };
        path = path.parent()?.join(target);
        end = Some(path.clone());
    }
    end
}

/// `include-system-site-packages = true` in `pyvenv.cfg` (PEP 405).
fn shares_system(config: &[u8]) -> bool {
    String::from_utf8_lossy(config).lines().any(|line| match line.split_once('=') {
        Some((key, value)) => {
            key.trim() == "include-system-site-packages" && value.trim().eq_ignore_ascii_case("true")
        }
        None => false,
    })
}

/// The package folders of the Python on PATH, and those of Debian.
fn system_packages(world: &World) -> Vec<PathBuf> {
    let python = lookup::find(OsStr::new("python3"), world.variable("PATH"), &world.folder);
    let prefix = match &python {
        lookup::Lookup::Program(file) => file.parent().and_then(Path::parent),
        lookup::Lookup::NotExecutable(_) | lookup::Lookup::NotFound => None,
    };
    let mut folders = prefix.map(packages_below).unwrap_or_default();
    folders.push("/usr/local/lib/python3/dist-packages".into());
    folders.push("/usr/lib/python3/dist-packages".into());
    folders
}

/// `lib/python3.*/site-packages` and `dist-packages` below a prefix.
fn packages_below(prefix: &Path) -> Vec<PathBuf> {
    let library = prefix.join("lib");
    let versions = files::list_folder(&library).into_iter();
    let versions = versions.filter(|name| name.as_encoded_bytes().starts_with(b"python3"));
    let folders = versions.flat_map(|name| {
        let version = library.join(name);
        [version.join("site-packages"), version.join("dist-packages")]
    });
    folders.collect()
}
