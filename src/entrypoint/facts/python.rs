//! Where Python and its packages are.

use crate::entrypoint::settings::EntrypointSettings;
use crate::sys::{files, lookup};
use crate::world::World;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The virtualenv of our images.
const IMAGE: &str = "/ve";

/// Which Python is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entrypoint) enum Python {
    /// The one of a virtualenv.
    Virtualenv(PathBuf),
    /// The one on PATH.
    System,
    /// A virtualenv that was meant to be used, and can't be.
    Broken(Broken),
}

/// A virtualenv that can't be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// VIRTUAL_ENV names a folder that is not there.
    #[error("cannot use the virtualenv {}: there is no such folder: correct or unset VIRTUAL_ENV", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// It may be there: we can't look.
    #[error(
        "cannot use the virtualenv {}: this user may not enter it, or a folder above it: keep it where every user may go",
        folder.display()
    )]
    Closed {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no `bin/python` in it.
    #[error("cannot use the virtualenv {}: it has no bin/python: make it again with python3 -m venv", folder.display())]
    NoPython {
        /// The folder.
        folder: PathBuf,
    },
    /// Its `bin/python` is a link to an interpreter that is not there: a
    /// virtualenv that came from another machine or another release.
    #[error(
        "cannot use the virtualenv {}: its bin/python is a link to {}, which is not there or not for this user: make it again in this image, or keep it out with .dockerignore",
        folder.display(), target.display()
    )]
    Dangling {
        /// The folder.
        folder: PathBuf,
        /// Where the link points.
        target: PathBuf,
    },
    /// Its `bin/python` can't be executed.
    #[error("cannot use the virtualenv {}: its bin/python is not executable: make it again with python3 -m venv", folder.display())]
    NotExecutable {
        /// The folder.
        folder: PathBuf,
    },
}

impl Python {
    /// VIRTUAL_ENV's, else that of our images, else `.venv` in the app folder,
    /// else what PATH has.
    pub(super) fn look(settings: &EntrypointSettings) -> Self {
        let given = settings.virtual_env.as_ref().map(|folder| settings.folder.join(folder));
        let usual = [PathBuf::from(IMAGE), settings.folder.join(".venv")];
        let found = || usual.into_iter().find(|folder| files::is_folder(folder));
        match given.or_else(found) {
            Some(folder) => Self::in_virtualenv(folder),
            None => Self::System,
        }
    }

    fn in_virtualenv(folder: PathBuf) -> Self {
        let python = folder.join("bin/python");
        if files::executable(&python) {
            return Self::Virtualenv(folder);
        }
        Self::Broken(if files::is_closed(&python) {
            Broken::Closed { folder }
        } else if !files::is_folder(&folder) {
            Broken::Absent { folder }
        } else if files::is_file(&python) {
            Broken::NotExecutable { folder }
        } else {
            match dead_end(python) {
                Some(target) => Broken::Dangling { folder, target },
                None => Broken::NoPython { folder },
            }
        })
    }

    /// Whether a package is installed, told by its folder and without starting
    /// Python; the app folder counts, since `manage.py` imports from there.
    pub(super) fn has_package(&self, package: &str, app: &Path, world: &World) -> bool {
        let here = |folder: PathBuf| files::is_file(&folder.join(package).join("__init__.py"));
        here(app.to_owned()) || self.site_packages(world).into_iter().any(here)
    }

    /// The folders that hold installed packages (the `site` module's rule, and
    /// Debian's).
    fn site_packages(&self, world: &World) -> Vec<PathBuf> {
        match self {
            Self::Virtualenv(folder) => {
                let shared = files::read(&folder.join("pyvenv.cfg"), super::SOURCE_LIMIT).ok().flatten();
                let shared = shared.is_some_and(|content| shares_system(&content.bytes));
                let system = if shared { system_packages(world) } else { Vec::new() };
                packages_below(folder).into_iter().chain(system).collect()
            }
            Self::System | Self::Broken(_) => system_packages(world),
        }
    }
}

/// Where a chain of links ends, where it ends at nothing.
fn dead_end(mut path: PathBuf) -> Option<PathBuf> {
    let mut end = None;
    for _ in 0..40 {
        // 40 is the kernel's own limit, path_resolution(7)
        let Some(target) = files::link(&path) else { break };
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

/// The packages beside the Python on PATH, and Debian's.
fn system_packages(world: &World) -> Vec<PathBuf> {
    let python = lookup::find(OsStr::new("python3"), world.variable("PATH"), &world.folder);
    let prefix = match &python {
        lookup::Found::Program(file) => file.parent().and_then(Path::parent),
        lookup::Found::NotExecutable(_) | lookup::Found::Nothing => None,
    };
    let mut folders = prefix.map(packages_below).unwrap_or_default();
    folders.push("/usr/local/lib/python3/dist-packages".into());
    folders.push("/usr/lib/python3/dist-packages".into());
    folders
}

/// `lib/python3.13/site-packages` and its like below a prefix.
fn packages_below(prefix: &Path) -> Vec<PathBuf> {
    let library = prefix.join("lib");
    let versions = files::list(&library).into_iter();
    let versions = versions.filter(|name| name.as_encoded_bytes().starts_with(b"python3"));
    let folders = versions.flat_map(|name| {
        let version = library.join(name);
        [version.join("site-packages"), version.join("dist-packages")]
    });
    folders.collect()
}
