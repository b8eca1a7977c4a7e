//! The app folder: the project, its package and its files.

use crate::entrypoint::error::Error;
use crate::entrypoint::package::Package;
use crate::entrypoint::settings::EntrypointSettings;
use crate::sys::files;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entrypoint) struct App {
    pub(in crate::entrypoint) folder: PathBuf,
    /// Whether it exists. Also true if a folder above it can't be entered.
    pub(in crate::entrypoint) exists: bool,
    /// Whether this user may enter it.
    pub(in crate::entrypoint) is_open: bool,
    /// Whether `manage.py` is in it.
    pub(in crate::entrypoint) has_manage: bool,
    pub(in crate::entrypoint) project: Project,
    /// Whether the package has a module `settings_docker`.
    pub(in crate::entrypoint) has_settings_docker: bool,
}

/// The package of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entrypoint) enum Project {
    /// APP names it, or it is the only folder that contains `wsgi.py`.
    Package(Package),
    /// No folder contains `wsgi.py`.
    Unknown,
    Ambiguous(Vec<String>),
}

impl App {
    pub(super) fn inspect(settings: &EntrypointSettings) -> Self {
        let folder = settings.folder.clone();
        let is_open = files::can_enter_folder(&folder);
        let find = || if is_open { Project::find(&folder) } else { Project::Unknown };
        let project = settings.app.clone().map_or_else(find, Project::Package);
        let has_settings = |app: &Package| has_module(&folder, app, "settings_docker");
        Self {
            exists: is_open || files::may_be_folder(&folder),
            is_open,
            has_manage: is_open && files::is_file(&folder.join("manage.py")),
            has_settings_docker: is_open && project.package().is_some_and(has_settings),
            project,
            folder,
        }
    }

    /// The package, or an error for a process that needs it.
    pub(in crate::entrypoint) fn package(&self) -> Result<&Package, Error> {
        match &self.project {
            Project::Package(package) => Ok(package),
            Project::Unknown => Err(Error::NoPackage { folder: self.folder.clone() }),
            Project::Ambiguous(names) => {
                Err(Error::AmbiguousPackage { folder: self.folder.clone(), names: names.clone() })
            }
        }
    }
}

impl Project {
    fn find(folder: &Path) -> Self {
        let has_wsgi = |name: &String| files::is_file(&folder.join(name).join("wsgi.py"));
        let names = files::list_folder(folder).into_iter().filter_map(|name| name.into_string().ok());
        let mut packages: Vec<Package> =
            names.filter(has_wsgi).filter_map(|name| Package::parse(&name)).collect();
        match packages.len() {
            0 => Self::Unknown,
            1 => Self::Package(packages.remove(0)),
            _ => Self::Ambiguous(packages.iter().map(|package| package.name().to_owned()).collect()),
        }
    }

    /// The package, if it is known.
    pub(in crate::entrypoint) fn package(&self) -> Option<&Package> {
        match self {
            Self::Package(package) => Some(package),
            Self::Unknown | Self::Ambiguous(_) => None,
        }
    }
}

/// Whether a module exists, as a file or as a package.
fn has_module(folder: &Path, package: &Package, module: &str) -> bool {
    let path = folder.join(package.path()).join(module);
    files::is_file(&path.with_extension("py")) || files::is_file(&path.join("__init__.py"))
}
