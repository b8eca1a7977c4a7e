//! Writes files that are executed immediately.

use nix::sched::{CloneFlags, unshare};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a program, from a thread that shares no descriptors.
///
/// A file that is open for writing cannot be executed (ETXTBSY), and a child that another test
/// starts meanwhile has the descriptors of this process until it executes its program. If such a
/// thread is not possible (in an unprivileged container), the race remains.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) {
    let content = content.as_ref();
    let alone = || {
        let _ = unshare(CloneFlags::CLONE_FILES);
        std::fs::write(path, content).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    std::thread::scope(|scope| scope.spawn(alone).join().unwrap());
}
