//! The user of this process, and where it may write.

use crate::sys::{files, passwd};
use crate::world::World;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::entrypoint) struct User {
    /// The effective user id.
    pub(in crate::entrypoint) uid: u32,
    /// Whether it is in `/etc/passwd`, or ENTRYPOINT_USER names it. A container may
    /// run as any user.
    pub(in crate::entrypoint) is_known: bool,
    /// Whether the home folder (HOME, else that of passwd) is writable.
    pub(in crate::entrypoint) has_home: bool,
    /// A writable folder for temporary files, if there is one.
    pub(in crate::entrypoint) temporary_folder: Option<PathBuf>,
}

impl User {
    pub(super) fn inspect(world: &World) -> Self {
        // The HOME of a user that ENTRYPOINT_USER names comes from passwd already.
        let known = if world.user_given { None } else { passwd::load_users().by_uid(world.euid) };
        let home = world.non_empty("HOME");
        let home = home.or_else(|| known.as_ref().map(|user| user.home.as_os_str()));
        let is_known = known.is_some() || world.user_given;
        Self {
            uid: world.euid,
            is_known,
            has_home: home.is_some_and(|home| is_usable(home, is_known)),
            temporary_folder: super::temporary_folder(),
        }
    }
}

/// A container engine gives `/` to a user that it does not know. That is not a
/// home folder, even if it is writable.
fn is_usable(home: &OsStr, is_known: bool) -> bool {
    (is_known || home != "/") && files::can_write_folder(Path::new(home))
}
