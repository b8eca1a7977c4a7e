//! Who may decide what runs as root: owner and permissions of config files.

use crate::sys::files::Content;

/// Why a file is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// The others' write bit is set.
    #[error("everyone may write it")]
    EveryoneWrites,
    /// It belongs to neither root nor the caller.
    #[error("it belongs to user {owner}, neither root nor the caller")]
    Stranger {
        /// The owner's user id.
        owner: u32,
    },
}

/// `S_IWOTH`, `S_IWGRP` and `S_IROTH` of stat(2).
const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_READ: u32 = 0o004;

/// Refuses what a stranger could have written. The caller is the effective
/// user: whose rights the file would use.
pub fn refuse(file: &Content, caller: u32) -> Option<Distrust> {
    if file.mode & OTHERS_WRITE != 0 {
        return Some(Distrust::EveryoneWrites);
    }
    let known = file.owner == 0 || file.owner == caller;
    (!known).then_some(Distrust::Stranger { owner: file.owner })
}

/// Whether the group may write it: worth a warning.
pub fn group_writes(file: &Content) -> bool {
    file.mode & GROUP_WRITES != 0
}

/// Whether everyone may read it: worth a warning where it holds secrets.
pub fn everyone_reads(file: &Content) -> bool {
    file.mode & OTHERS_READ != 0
}

#[cfg(test)]
mod tests {
    use super::{Distrust, group_writes, refuse};
    use crate::sys::files::Content;

    fn file(mode: u32, owner: u32) -> Content {
        Content { bytes: Vec::new(), mode, owner }
    }

    #[test]
    fn root_and_the_caller_are_trusted() {
        assert_eq!(refuse(&file(0o644, 0), 1000), None);
        assert_eq!(refuse(&file(0o600, 1000), 1000), None);
        assert_eq!(refuse(&file(0o644, 1001), 1000), Some(Distrust::Stranger { owner: 1001 }));
        assert_eq!(refuse(&file(0o644, 1000), 0), Some(Distrust::Stranger { owner: 1000 }));
        assert_eq!(refuse(&file(0o646, 0), 0), Some(Distrust::EveryoneWrites));
    }

    #[test]
    fn the_group_is_worth_a_warning() {
        assert!(group_writes(&file(0o664, 0)) && !group_writes(&file(0o644, 0)));
    }
}
