//! Owner and permissions of settings files: who can write them decides what runs as root.

use crate::sys::files::Content;

/// Why a settings file is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    #[error("everyone can write it")]
    WorldWritable,
    #[error("it belongs to user {owner}, not to root or the caller")]
    ForeignOwner {
        /// The owner's user id.
        owner: u32,
    },
}

// `S_IWOTH`, `S_IWGRP` and `S_IROTH` of stat(2).
const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_READ: u32 = 0o004;

/// Why the file is not trusted; `None` if it is trusted. `caller` is the effective user id,
/// because docker-runner acts on the file with the rights of that user.
pub fn distrust(file: &Content, caller: u32) -> Option<Distrust> {
    if file.mode & OTHERS_WRITE != 0 {
        return Some(Distrust::WorldWritable);
    }
    let is_trusted = file.owner == 0 || file.owner == caller;
    (!is_trusted).then_some(Distrust::ForeignOwner { owner: file.owner })
}

pub fn is_group_writable(file: &Content) -> bool {
    file.mode & GROUP_WRITES != 0
}

pub fn is_world_readable(file: &Content) -> bool {
    file.mode & OTHERS_READ != 0
}

#[cfg(test)]
mod tests {
    use super::{Distrust, distrust, is_group_writable};
    use crate::sys::files::Content;

    fn file(mode: u32, owner: u32) -> Content {
        Content { bytes: Vec::new(), mode, owner }
    }

    #[test]
    fn trusts_root_and_the_caller() {
        assert_eq!(distrust(&file(0o644, 0), 1000), None);
        assert_eq!(distrust(&file(0o600, 1000), 1000), None);
        assert_eq!(distrust(&file(0o644, 1001), 1000), Some(Distrust::ForeignOwner { owner: 1001 }));
        assert_eq!(distrust(&file(0o644, 1000), 0), Some(Distrust::ForeignOwner { owner: 1000 }));
        assert_eq!(distrust(&file(0o646, 0), 0), Some(Distrust::WorldWritable));
    }

    #[test]
    fn detects_group_writable_files() {
        assert!(is_group_writable(&file(0o664, 0)) && !is_group_writable(&file(0o644, 0)));
    }
}
