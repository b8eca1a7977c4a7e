//! The host as the pipeline sees it: a seam, so that a test can be one.

use crate::sys::child::{self, Captured, Stderr};
use crate::sys::files::{self, Content};
use crate::sys::lookup::{self, Found};
use crate::sys::passwd;
use crate::world::World;
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The largest config file that is read, in bytes: far beyond any real one,
/// and small enough that a wrong file is an error at once.
pub const LIMIT: u64 = 16 << 20;

/// What the pipeline asks of a host.
pub trait System {
    /// Reads a file whole; `None` where there is none.
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error>;
    /// The names in a folder, sorted; none where there is no such folder.
    fn list(&self, folder: &Path) -> Vec<OsString>;
    /// The home of a user, of the caller where there is no name.
    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>>;
    /// Where a program is on the caller's PATH.
    fn find(&self, program: &OsStr) -> Option<PathBuf>;
    /// Runs a program in the caller's environment and listens to it.
    fn listen(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, Unheard>;
}

/// Why a program could not be listened to.
#[derive(Debug, thiserror::Error)]
pub enum Unheard {
    /// It is nowhere on PATH.
    #[error("is not there")]
    Nowhere,
    /// It is a file, but no program.
    #[error("is not executable")]
    NotExecutable,
    /// It could not be started.
    #[error("cannot be started: {0}")]
    Start(#[source] std::io::Error),
}

/// This machine.
#[derive(Debug)]
pub struct Machine<'a> {
    world: &'a World,
    /// The files that were read. Whoever asks for one again gets the same,
    /// though it was replaced meanwhile.
    files: RefCell<Vec<(PathBuf, Content)>>,
}

impl<'a> Machine<'a> {
    /// The machine of these surroundings.
    pub fn new(world: &'a World) -> Self {
        Self { world, files: RefCell::default() }
    }
}

impl System for Machine<'_> {
    fn read(&self, path: &Path) -> Result<Option<Content>, files::Error> {
        let mut files = self.files.borrow_mut();
        if let Some((_, content)) = files.iter().find(|(known, _)| known == path) {
            return Ok(Some(content.clone()));
        }
        let content = files::read(path, LIMIT)?;
        files.extend(content.clone().map(|content| (path.to_owned(), content)));
        Ok(content)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        files::list(folder)
    }

    fn home(&self, user: Option<&[u8]>) -> Option<Vec<u8>> {
        let users = passwd::read();
        let user = match user {
            Some(name) => users.by_name(OsStr::from_bytes(name)),
            None => users.by_uid(self.world.uid),
        };
        user.map(|user| user.home.clone().into_os_string().into_vec())
    }

    fn find(&self, program: &OsStr) -> Option<PathBuf> {
        match lookup::find(program, self.world.variable("PATH"), &self.world.folder) {
            Found::Program(program) => Some(program),
            Found::NotExecutable(_) | Found::Nothing => None,
        }
    }

    fn listen(&self, program: &OsStr, arguments: &[&OsStr], stderr: Stderr) -> Result<Captured, Unheard> {
        match lookup::find(program, self.world.variable("PATH"), &self.world.folder) {
            Found::Program(program) => {
                child::capture(&program, arguments, &self.world.environment, stderr).map_err(Unheard::Start)
            }
            Found::NotExecutable(_) => Err(Unheard::NotExecutable),
            Found::Nothing => Err(Unheard::Nowhere),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the test makes the files that are read")]
mod tests {
    use super::{Machine, System};
    use crate::world::World;

    #[test]
    fn a_file_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app");
        let world = World::default();
        let host = Machine::new(&world);
        let text = || host.read(&path).unwrap().map(|content| content.bytes);
        assert_eq!(text(), None);
        std::fs::write(&path, "1").unwrap();
        assert_eq!(text().as_deref(), Some(&b"1"[..]));
        std::fs::write(&path, "2").unwrap();
        assert_eq!(text().as_deref(), Some(&b"1"[..]));
    }
}
