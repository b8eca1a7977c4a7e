//! Private packages: how a team ships code that no index has.

use super::Error;
use crate::sys::digest::{self, Digest};
use crate::sys::dir::{self, Entry, EntryKind};
use crate::sys::files;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A private package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    /// Its folder or file.
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) form: Form,
    /// The digest of all that it is made from.
    pub(super) digest: String,
}

/// What a package is shipped as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// Its source, walked.
    Folder(Vec<Entry>),
    /// A source distribution.
    Sdist,
    /// A wheel.
    Wheel,
}

/// What is below `vendor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Vendor {
    /// The packages.
    pub(super) packages: Vec<Package>,
    /// Folders that are none.
    pub(super) strangers: Vec<PathBuf>,
}

/// Looks at every package in the folder.
pub(super) fn look(folder: &Path) -> Result<Vendor, Error> {
    let mut vendor = Vendor::default();
    let names = files::list(folder).into_iter().filter(|name| !name.as_bytes().starts_with(b"."));
    for path in names.map(|name| folder.join(name)) {
        match form(&path)? {
            Some(form) => vendor.packages.push(Package { digest: digest(&path, &form)?, path, form }),
            None if files::is_folder(&path) => vendor.strangers.push(path),
            None => {} // a README, a list
        }
    }
    Ok(vendor)
}

fn form(path: &Path) -> Result<Option<Form>, Error> {
    if files::is_folder(path) {
        let is_package = ["pyproject.toml", "setup.py"].iter().any(|name| files::is_file(&path.join(name)));
        return if is_package { walked(path).map(|entries| Some(Form::Folder(entries))) } else { Ok(None) };
    }
    let name = path.file_name().unwrap_or_default().as_bytes();
    Ok(if name.ends_with(b".whl") {
        Some(Form::Wheel)
    } else if SDISTS.iter().any(|end| name.ends_with(end.as_bytes())) {
        Some(Form::Sdist)
    } else {
        None
    })
}

/// What pip takes for a source distribution.
const SDISTS: [&str; 4] = [".tar.gz", ".zip", ".tar.bz2", ".tgz"];

/// A package's source without what building it, or using it in place, leaves
/// there. A `build` from an earlier build would bring deleted modules back.
pub(super) fn walked(path: &Path) -> Result<Vec<Entry>, Error> {
    let is_module = files::is_file(&path.join("build/__init__.py"));
    let skip = |below: &Path| {
        let name = below.file_name().unwrap_or_default();
        name == "__pycache__"
            || [".pyc", ".egg-info"].iter().any(|end| name.as_bytes().ends_with(end.as_bytes()))
            || below == "dist"
            || (below == "build" && !is_module)
    };
    dir::walk(path, &skip).map_err(|error| Error::Read { path: path.to_owned(), error })
}

fn digest(path: &Path, form: &Form) -> Result<String, Error> {
    let mut digest = Digest::default();
    digest.add(path.file_name().unwrap_or_default().as_bytes());
    match form {
        Form::Folder(entries) => add_entries(&mut digest, path, entries)?,
        Form::Sdist | Form::Wheel => digest.add(sum(path)?),
    }
    Ok(digest.finish())
}

/// Adds a folder's content to a digest.
pub(super) fn add_entries(digest: &mut Digest, root: &Path, entries: &[Entry]) -> Result<(), Error> {
    for Entry { path, kind } in entries {
        digest.add(path.as_os_str().as_bytes());
        match kind {
            EntryKind::File { executable } => {
                digest.add(if *executable { "program" } else { "file" });
                digest.add(sum(&root.join(path))?);
            }
            EntryKind::Folder => digest.add("folder"),
            EntryKind::Link { target } => {
                digest.add("link");
                digest.add(target.as_os_str().as_bytes());
                let end = root.join(path);
                let end = Some(end).filter(|end| target.is_absolute() && files::is_file(end));
                end.map(|end| sum(&end)).transpose()?.into_iter().for_each(|sum| digest.add(sum));
            }
        }
    }
    Ok(())
}

/// A file's SHA-256.
pub(super) fn sum(path: &Path) -> Result<String, Error> {
    digest::file(path).map_err(|error| Error::Read { path: path.to_owned(), error })
}

/// The project that a wheel or source distribution is of, as an index would
/// spell it (PEP 503): `My_Lib-1.0.tar.gz` is of `my-lib`.
pub(super) fn project(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = SDISTS.iter().find_map(|end| name.strip_suffix(end));
    let project = match stem {
        Some(stem) => stem.rsplit_once('-').map_or(stem, |(project, _)| project),
        None => name.split('-').next().unwrap_or_default(),
    };
    let words = project.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// The packages in groups: more than one file of one project is a choice to be
/// made, and a folder stands for itself.
pub(super) fn groups(packages: &[Package]) -> Vec<Vec<&Package>> {
    let mut groups: Vec<Vec<&Package>> = Vec::new();
    for package in packages {
        let same = |group: &&mut Vec<&Package>| {
            let is_file = |package: &Package| !matches!(package.form, Form::Folder(_));
            is_file(package) && is_file(group[0]) && project(&group[0].path) == project(&package.path)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(package),
            None => groups.push(vec![package]),
        }
    }
    groups
}

/// Whether a requirement names this package by its path.
pub(super) fn is_named(package: &Package, paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| clean(path) == clean(&package.path))
}

/// Without `.`, and with `..` taken away.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component.as_os_str() {
            name if name == OsStr::new("..") => drop(clean.pop()),
            name if name == OsStr::new(".") => {}
            name => clean.push(name),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{Form, Package, groups, is_named, look, project};
    use std::path::{Path, PathBuf};

    #[test]
    fn knows_projects_by_their_files() {
        let of = |name: &str| project(Path::new(name));
        assert_eq!(of("vendor/My_Lib-1.0.tar.gz"), "my-lib");
        assert_eq!(of("my.lib-1.0-py3-none-any.whl"), "my-lib");
        assert_eq!(of("my-long-lib-1.0.zip"), "my-long-lib");
    }

    #[test]
    fn several_files_of_a_project_are_a_choice() {
        let package = |path: &str| Package { path: path.into(), form: Form::Wheel, digest: String::new() };
        let packages = ["a-1-cp39.whl", "b-1-py3.whl", "A-1-cp313.whl"].map(package);
        let groups = groups(&packages);
        assert_eq!(groups, [vec![&packages[0], &packages[2]], vec![&packages[1]]]);
        assert!(is_named(&package("/app/vendor/x"), &[PathBuf::from("/app/./lib/../vendor/x/")]));
        assert!(!is_named(&package("/app/vendor/x"), &[PathBuf::from("/app/vendor/xy")]));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test makes the files that are looked at")]
    fn a_digest_sees_sources_and_not_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("lib/pyproject.toml", "");
        write("lib/src/lib.py", "1");
        write("README", "");
        write("notes/a", "");
        let digest = || look(folder.path()).unwrap().packages[0].digest.clone();
        let first = digest();
        write("lib/build/lib/old.py", "1");
        write("lib/src/lib.egg-info/PKG-INFO", "1");
        write("lib/src/__pycache__/lib.pyc", "1");
        assert_eq!(digest(), first);
        write("lib/src/lib.py", "2");
        assert_ne!(digest(), first);
        let second = digest();
        write("lib/src/build/x.py", "");
        assert_ne!(digest(), second);
        assert_eq!(look(folder.path()).unwrap().strangers, [folder.path().join("notes")]);
    }
}
