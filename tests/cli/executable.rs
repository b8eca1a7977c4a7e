//! Files that are executed as soon as they are written.

use nix::sched::{CloneFlags, unshare};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a program, from a thread with descriptors of its own.
///
/// What is open for writing can't be executed (ETXTBSY), and a child that another test starts
/// meanwhile has our descriptors until it executes its own program. Where such a thread can't be had
/// (a container that is not trusted) we take the chance.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    let content = content.as_ref();
    let alone = || {
        let _ = unshare(CloneFlags::CLONE_FILES);
        std::fs::write(path, content).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    std::thread::scope(|scope| scope.spawn(alone).join().unwrap());
}
