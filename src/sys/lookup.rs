//! Where a program is: a path, or a name looked up on PATH.

use super::files;
use nix::unistd::{AccessFlags, access};
use std::ffi::{OsStr, OsString};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use which::WhichConfig;
use which::sys::Sys;

/// What a shell searches where PATH is not set (`confstr(3)`, `_CS_PATH`, and
/// the local folders that a container's images use).
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a look-up came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// A file that we may execute.
    Program(PathBuf),
    /// There is a file or folder, but nothing that we may execute; or a folder
    /// above the path that was given keeps us from seeing it.
    NotExecutable(PathBuf),
    /// There is nothing.
    NotFound,
}

/// Looks a program up as `execvp(3)` does: a name with a slash is a path
/// (relative to `folder`), any other is searched on `path`, and a file there
/// that can't be executed counts only where no other can.
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

/// What a look-up reads: files alone. A `~` in PATH is a folder of that name,
/// as execvp has it.
#[derive(Clone)]
struct RealFiles;

impl Sys for RealFiles {
    type ReadDirEntry = DirEntry;
    type Metadata = Metadata;

    fn is_windows(&self) -> bool {
        false
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into()) // the folder is given
    }

    fn home_dir(&self) -> Option<PathBuf> {
        None
    }

    fn env_split_paths(&self, paths: &OsStr) -> Vec<PathBuf> {
        std::env::split_paths(paths).collect()
    }

    fn env_path(&self) -> Option<OsString> {
        None // it is given as well
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
        vec![folder.join(program).components().collect()] // without its `.`
    } else {
        std::env::split_paths(path).map(|entry| folder.join(entry).join(program)).collect()
    };
    let is_there = |file: &PathBuf| {
        // What PATH names and we may not enter says nothing of this program.
        files::is_file(file) || (is_path && (files::is_folder(file) || files::is_access_denied(file)))
    };
    match candidates.into_iter().find(is_there) {
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

    fn file(path: &Path, mode: u32) {
        std::fs::write(path, "").unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }

    #[test]
    fn searches_path_and_passes_over_what_it_may_not_execute() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        std::fs::create_dir_all(&first).unwrap();
        std::fs::create_dir_all(&second).unwrap();
        file(&first.join("tool"), 0o644);
        file(&second.join("tool"), 0o755);
        file(&first.join("notes"), 0o644);
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
