//! Find a program by its path, or by its name on PATH.

use super::files;
use nix::unistd::{AccessFlags, access};
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use which::WhichConfig;
use which::sys::Sys;

/// The search path if PATH is not set: `_CS_PATH` of `confstr(3)`, and the local
/// folders that container images use.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The result of a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A file that this user may execute.
    Program(PathBuf),
    /// The path exists, but is not a file that this user may execute; or a folder above
    /// it denies access.
    NotExecutable(PathBuf),
    NotFound,
}

/// Looks a program up as `execvp(3)` does. A name with a slash is a path, relative to
/// `folder`. Any other name is searched on `path`; a file that cannot be executed is
/// the result only if no other file can.
pub fn find(program: &OsStr, path: Option<&OsStr>, folder: &Path) -> Lookup {
    let path = path.unwrap_or(OsStr::new(DEFAULT_PATH));
    match WhichConfig::new_with_sys(RealFiles)
        .binary_name(program.into())
        .custom_path_list(path.into())
        .custom_cwd(folder.into())
        .first_result()
    {
        Ok(file) => Lookup::Program(file),
        Err(_) => find_not_executable(program, path, folder),
    }
}

/// Gives `which` access to the file system and to nothing else. A `~` in PATH is a
/// folder of that name, as in execvp. The crate's own `RealSys` would take it for the home
/// folder, and its search for that makes the binary 7 kB larger.
#[derive(Clone)]
struct RealFiles;

impl Sys for RealFiles {
    type ReadDirEntry = DirEntry;
    type Metadata = Metadata;

    fn is_windows(&self) -> bool {
        false
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into()) // `find` passes the folder
    }

    fn home_dir(&self) -> Option<PathBuf> {
        None
    }

    fn env_split_paths(&self, paths: &OsStr) -> Vec<PathBuf> {
        std::env::split_paths(paths).collect()
    }

    fn env_path(&self) -> Option<OsString> {
        None // `find` passes the path
    }

    fn env_path_ext(&self) -> Option<OsString> {
        None
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        std::fs::metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        std::fs::symlink_metadata(path)
    }

    fn read_dir(&self, _: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<DirEntry>>>> {
        Ok(Box::new(std::iter::empty()))
    }

    fn is_valid_executable(&self, path: &Path) -> io::Result<bool> {
        Ok(access(path, AccessFlags::X_OK).is_ok())
    }
}

fn find_not_executable(program: &OsStr, path: &OsStr, folder: &Path) -> Lookup {
    if program.is_empty() {
        return Lookup::NotFound;
    }
    let is_path = program.as_encoded_bytes().contains(&b'/');
    let candidates: Vec<PathBuf> = if is_path {
        vec![folder.join(program).components().collect()] // removes `.` components
    } else {
        std::env::split_paths(path).map(|entry| folder.join(entry).join(program)).collect()
    };
    let exists = |file: &PathBuf| {
        // On PATH, a folder that denies access does not show that the program exists.
        files::is_file(file) || (is_path && (files::is_folder(file) || files::is_access_denied(file)))
    };
    match candidates.into_iter().find(exists) {
        Some(file) => Lookup::NotExecutable(file),
        None => Lookup::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::{Lookup, find};
    use std::ffi::OsStr;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn create_file(path: &Path, mode: u32) {
        std::fs::write(path, "").unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn searches_path_and_skips_files_that_are_not_executable() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        std::fs::create_dir_all(&first).unwrap();
        std::fs::create_dir_all(&second).unwrap();
        create_file(&first.join("tool"), 0o644);
        create_file(&second.join("tool"), 0o755);
        create_file(&first.join("notes"), 0o644);
        let path = std::env::join_paths([&first, &second]).unwrap();
        let found = |name: &str| find(OsStr::new(name), Some(&path), folder.path());
        assert_eq!(found("tool"), Lookup::Program(second.join("tool")));
        assert_eq!(found("notes"), Lookup::NotExecutable(first.join("notes")));
        assert_eq!(found("nothing"), Lookup::NotFound);
        assert_eq!(found("second/tool"), Lookup::Program(second.join("tool")));
        assert_eq!(found("./first"), Lookup::NotExecutable(folder.path().join("first")));
        assert_eq!(found(""), Lookup::NotFound);
    }
}
