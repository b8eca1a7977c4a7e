//! Whom we run as, and where that user may write.

use crate::sys::{files, passwd};
use crate::world::World;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The user of this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct User {
    /// The effective user id.
    pub(in crate::entrypoint) uid: u32,
    /// Whether `/etc/passwd` knows it, or the caller named it. A container may be
    /// started as any user.
    pub(in crate::entrypoint) is_known: bool,
    /// Whether files can be kept in the home folder: HOME's, else passwd's.
    pub(in crate::entrypoint) has_home: bool,
    /// A folder for temporary files, where there is any.
    pub(in crate::entrypoint) temporary: Option<PathBuf>,
}

impl User {
    /// Looks at passwd, HOME and the usual folders.
    pub(super) fn look(world: &World) -> Self {
        let users = passwd::read();
        let known = users.by_uid(world.euid);
        let home = world.non_empty("HOME");
        let home = home.or_else(|| known.map(|user| user.home.as_os_str()));
        let is_known = known.is_some() || world.user_given;
        Self {
            uid: world.euid,
            is_known,
            has_home: home.is_some_and(|home| is_usable(home, is_known)),
            temporary: super::temporary(),
        }
    }
}

/// `/` is what an engine gives to a user that it does not know: no home, even
/// where it can be written to.
fn is_usable(home: &OsStr, is_known: bool) -> bool {
    (is_known || home != "/") && files::writable_folder(Path::new(home))
}
