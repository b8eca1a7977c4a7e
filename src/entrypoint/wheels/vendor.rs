//! Private packages in `vendor`, which no index has.

use super::Error;
use crate::sys::digest::{self, Digest};
use crate::sys::dir::{self, Entry, EntryKind};
use crate::sys::files;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VendorPackage {
    /// A folder or a file.
    pub(super) path: PathBuf,
    pub(super) form: Form,
    /// The digest of its source.
    pub(super) digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A source folder with these entries.
    Folder(Vec<Entry>),
    Sdist,
    Wheel,
}

/// The content of `vendor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Vendor {
    pub(super) packages: Vec<VendorPackage>,
    /// Folders that are not packages.
    pub(super) not_packages: Vec<PathBuf>,
}

/// Reads all packages in the folder.
pub(super) fn scan(folder: &Path) -> Result<Vendor, Error> {
    let mut vendor = Vendor::default();
    let names = files::list_folder(folder).into_iter().filter(|name| !name.as_bytes().starts_with(b"."));
    for path in names.map(|name| folder.join(name)) {
        match form(&path)? {
            Some(form) => vendor.packages.push(VendorPackage { digest: digest(&path, &form)?, path, form }),
            None if files::is_folder(&path) => vendor.not_packages.push(path),
            None => {} // a README, a list
        }
    }
    Ok(vendor)
}

fn form(path: &Path) -> Result<Option<Form>, Error> {
    if files::is_folder(path) {
        let is_package = ["pyproject.toml", "setup.py"].iter().any(|name| files::is_file(&path.join(name)));
        return if is_package { walk(path).map(|entries| Some(Form::Folder(entries))) } else { Ok(None) };
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

/// The suffixes of source distributions.
const SDISTS: [&str; 4] = [".tar.gz", ".zip", ".tar.bz2", ".tgz"];

/// The entries of a package's source without the files that a build or an editable
/// install leaves there. An old `build` folder would bring deleted modules back.
pub(super) fn walk(path: &Path) -> Result<Vec<Entry>, Error> {
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
        Form::Sdist | Form::Wheel => digest.add(sha256(path)?),
    }
    Ok(digest.finish())
}

/// Adds the content of a folder to a digest.
pub(super) fn add_entries(digest: &mut Digest, root: &Path, entries: &[Entry]) -> Result<(), Error> {
    for Entry { path, kind } in entries {
        digest.add(path.as_os_str().as_bytes());
        match kind {
            EntryKind::File { executable } => {
                digest.add(if *executable { "program" } else { "file" });
                digest.add(sha256(&root.join(path))?);
            }
            EntryKind::Folder => digest.add("folder"),
            EntryKind::Link { target } => {
                digest.add("link");
                digest.add(target.as_os_str().as_bytes());
                let end = root.join(path);
                let end = Some(end).filter(|end| target.is_absolute() && files::is_file(end));
                end.map(|end| sha256(&end)).transpose()?.into_iter().for_each(|sum| digest.add(sum));
            }
        }
    }
    Ok(())
}

/// The SHA-256 of a file.
pub(super) fn sha256(path: &Path) -> Result<String, Error> {
    digest::sha256_file(path).map_err(|error| Error::Read { path: path.to_owned(), error })
}

/// The normalized project name of a wheel or source distribution (PEP 503):
/// `my-lib` for `My_Lib-1.0.tar.gz`.
pub(super) fn project_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = SDISTS.iter().find_map(|end| name.strip_suffix(end));
    let project = match stem {
        Some(stem) => stem.rsplit_once('-').map_or(stem, |(project, _)| project),
        None => name.split('-').next().unwrap_or_default(),
    };
    let words = project.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// The packages in groups: the files of one project are one group, each folder is
/// a group by itself.
pub(super) fn groups(packages: &[VendorPackage]) -> Vec<Vec<&VendorPackage>> {
    let mut groups: Vec<Vec<&VendorPackage>> = Vec::new();
    for package in packages {
        let same = |group: &&mut Vec<&VendorPackage>| {
            let is_file = |package: &VendorPackage| !matches!(package.form, Form::Folder(_));
            is_file(package)
                && is_file(group[0])
                && project_name(&group[0].path) == project_name(&package.path)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(package),
            None => groups.push(vec![package]),
        }
    }
    groups
}

/// Whether one of the paths is the path of this package.
pub(super) fn is_named_in(package: &VendorPackage, paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| normalize(path) == normalize(&package.path))
}

/// Without `.`, and with `..` resolved.
fn normalize(path: &Path) -> PathBuf {
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
    use super::{Form, VendorPackage, groups, is_named_in, project_name, scan};
    use std::path::{Path, PathBuf};

    #[test]
    fn project_names_of_files() {
        let project = |name: &str| project_name(Path::new(name));
        assert_eq!(project("vendor/My_Lib-1.0.tar.gz"), "my-lib");
        assert_eq!(project("my.lib-1.0-py3-none-any.whl"), "my-lib");
        assert_eq!(project("my-long-lib-1.0.zip"), "my-long-lib");
    }

    #[test]
    fn files_of_one_project_are_one_group() {
        let package =
            |path: &str| VendorPackage { path: path.into(), form: Form::Wheel, digest: String::new() };
        let packages = ["a-1-cp39.whl", "b-1-py3.whl", "A-1-cp313.whl"].map(package);
        let groups = groups(&packages);
        assert_eq!(groups, [vec![&packages[0], &packages[2]], vec![&packages[1]]]);
        assert!(is_named_in(&package("/app/vendor/x"), &[PathBuf::from("/app/./lib/../vendor/x/")]));
        assert!(!is_named_in(&package("/app/vendor/x"), &[PathBuf::from("/app/vendor/xy")]));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test creates the files")]
    fn a_digest_depends_on_sources_and_not_on_build_files() {
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
        let digest = || scan(folder.path()).unwrap().packages[0].digest.clone();
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
        assert_eq!(scan(folder.path()).unwrap().not_packages, [folder.path().join("notes")]);
    }
}
