//! The functions of the operating system that the runner uses, as a trait that tests implement.

use crate::sys::child::{self, Captured, Stderr};
use crate::sys::files::{self, Content};
use crate::sys::lookup::{self, Lookup};
use crate::sys::passwd;
use crate::world::World;
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The maximum size of a settings file, in bytes. Real ones are far smaller; a larger file is
/// an error.
const MAX_FILE_SIZE: u64 = 16 << 20;

pub trait System {
    /// The content of a file; `None` if it does not exist.
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error>;
    /// The names in a folder, sorted; empty if the folder does not exist.
    fn list(&self, folder: &Path) -> Vec<OsString>;
    /// The home directory of a user, by default of the caller.
    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>>;
    /// The path of a program on the caller's PATH.
    fn find(&self, program: &OsStr) -> Option<PathBuf>;
    /// Runs a program in the caller's environment to its end and captures its standard output.
    fn capture(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, RunError>;
}

/// Why a program cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("was not found")]
    NotFound,
    #[error("is not executable")]
    NotExecutable,
    #[error("cannot be started: {0}")]
    Start(#[source] std::io::Error),
}

/// This machine.
#[derive(Debug)]
pub struct LocalSystem<'a> {
    world: &'a World,
    /// The files that were read. A second read returns the same content, even if the file was
    /// replaced in between.
    files: RefCell<Vec<(PathBuf, Content)>>,
}

impl<'a> LocalSystem<'a> {
    pub fn new(world: &'a World) -> Self {
        Self { world, files: RefCell::default() }
    }

    fn look_up(&self, program: &OsStr) -> Lookup {
        lookup::find(program, self.world.variable("PATH"), &self.world.folder)
    }
}

impl System for LocalSystem<'_> {
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error> {
        let mut files = self.files.borrow_mut();
        if let Some((_, content)) = files.iter().find(|(known, _)| known == path) {
            return Ok(Some(content.clone()));
        }
        let content = files::read_regular(path, MAX_FILE_SIZE)?;
        files.extend(content.clone().map(|content| (path.to_owned(), content)));
        Ok(content)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        files::list_folder(folder)
    }

    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
        let users = passwd::load_users();
        let user = match user {
            Some(name) => users.by_name(OsStr::from_bytes(name)),
            None => users.by_uid(self.world.uid),
        };
        user.map(|user| user.home.clone().into_os_string().into_vec())
    }

    fn find(&self, program: &OsStr) -> Option<PathBuf> {
        match self.look_up(program) {
            Lookup::Program(program) => Some(program),
            Lookup::NotExecutable(_) | Lookup::NotFound => None,
        }
    }

    fn capture(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, RunError> {
        match self.look_up(program) {
            Lookup::Program(program) => {
                child::capture(&program, arguments, &self.world.environment, stderr).map_err(RunError::Start)
            }
            Lookup::NotExecutable(_) => Err(RunError::NotExecutable),
            Lookup::NotFound => Err(RunError::NotFound),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the test makes the files that are read")]
mod tests {
    use super::{LocalSystem, System};
    use crate::world::World;

    #[test]
    fn reads_a_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app");
        let world = World::default();
        let host = LocalSystem::new(&world);
        let text = || host.read(&path).unwrap().map(|content| content.bytes);
        assert_eq!(text(), None);
        std::fs::write(&path, "1").unwrap();
        assert_eq!(text().as_deref(), Some(&b"1"[..]));
        std::fs::write(&path, "2").unwrap();
        assert_eq!(text().as_deref(), Some(&b"1"[..]));
    }

    #[test]
    fn finds_the_home_of_a_user() {
        let world = World::default();
        let host = LocalSystem::new(&world);
        let root = Some(b"/root".to_vec());
        assert_eq!((world.uid, host.home(None)), (0, root.clone()));
        assert_eq!((host.home(Some(b"root")), host.home(Some(b"no such user"))), (root, None));
    }
}
