//! Files that are there whole after a crash: written beside, synced, renamed,
//! and the folder synced too (rename(2), fsync(2)).

use super::lock::{self, Lock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::Path;

/// Permissions of what is new: the deploying group may go on where one of its
/// members stopped.
const FILE_MODE: u32 = 0o664;
const FOLDER_MODE: u32 = 0o770;

/// Puts a file in place. A reader sees the old or the new one; owner, group
/// and permissions of the old one stay, as far as we may give a file away.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let written = write_beside(path, &beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.and_then(|()| sync_folder(path))
}

fn write_beside(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    let _ = std::fs::remove_file(beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(beside)?;
    if let Ok(old) = std::fs::metadata(path) {
        // Only root may give a file away, and only to our own groups may others.
        if fchown(&file, Some(old.uid()), Some(old.gid())).is_err() {
            let _ = fchown(&file, None, Some(old.gid()));
        }
        file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o7777))?;
    } else {
        inherit_owner(beside);
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Appends, and comes back when it is on the disk.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = !path.exists();
    let mut file = OpenOptions::new().append(true).create(true).mode(FILE_MODE).open(path)?;
    if new {
        file.set_permissions(PermissionsExt::from_mode(FILE_MODE))?;
        inherit_owner(path);
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    if new { sync_folder(path) } else { Ok(()) }
}

/// A file to append to without waiting for the disk.
pub fn appender(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// Removes a file; one that is not there is no error.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Renames a file within its file system.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_folder(to)
}

/// Makes a folder for the deploying group, and those above it for everybody.
/// A folder above that hands its group down goes on doing so.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().unwrap_or(Path::new("/"));
    if !above.is_dir() {
        DirBuilder::new().recursive(true).mode(0o755).create(above)?;
    }
    DirBuilder::new().mode(FOLDER_MODE).create(path)?;
    let set_gid = above.metadata()?.mode() & 0o2000;
    std::fs::set_permissions(path, PermissionsExt::from_mode(FOLDER_MODE | set_gid))?;
    inherit_owner(path);
    Ok(())
}

/// What root makes belongs to whoever has the folder it is in: a deploy at
/// the host's own terminal must not lock out the deploying user.
fn inherit_owner(path: &Path) {
    if let Some(Ok(above)) = path.parent().map(std::fs::metadata) {
        let _ = chown(path, Some(above.uid()), Some(above.gid()));
    }
}

/// Whether a file can be made in a folder; where it is not there yet, in the
/// one above it that is.
pub fn check_writable(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|above| above.exists()).unwrap_or(folder);
    let probe = there.join(format!(".probe.{}", std::process::id()));
    let _ = File::create(&probe)?;
    std::fs::remove_file(probe)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Takes the lock of a file, which is made; `None` where another process has it.
pub fn try_lock_file(path: &Path) -> io::Result<Option<Lock>> {
    let new = !path.exists();
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
    if new {
        // Whatever the umask: the next deployer may be another user of the group.
        file.set_permissions(PermissionsExt::from_mode(FILE_MODE))?;
        inherit_owner(path);
    }
    lock::try_lock(file)
}

/// Whether another process has the lock of a file.
pub fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(lock::is_locked)
}

/// Free bytes of the file system at a path, for those who are not root
/// (`statvfs(3)`).
pub fn free_bytes(path: &Path) -> Option<u64> {
    let file = File::open(path).ok()?;
    let found = nix::sys::statfs::fstatfs(&file).ok()?;
    Some(found.blocks_available().saturating_mul(u64::try_from(found.block_size()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{append, check_writable, create_folder, is_locked, remove, rename, replace, try_lock_file};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn a_file_keeps_its_permissions_and_is_never_half() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("TAG");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0..200 {
                    let text = if turn % 2 == 0 { "new-new-new" } else { "old" };
                    replace(&path, text.as_bytes()).unwrap();
                }
                stop.store(true, std::sync::atomic::Ordering::SeqCst);
            });
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                let seen = std::fs::read_to_string(&path).unwrap();
                assert!(seen == "old" || seen == "new-new-new", "{seen:?}");
            }
        });
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_come_and_go() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("a/.deploy");
        check_writable(&deep).unwrap();
        create_folder(&deep).unwrap();
        assert_eq!(deep.metadata().unwrap().mode() & 0o777, 0o770);
        create_folder(&deep).unwrap();
        let (one, two) = (deep.join("1"), deep.join("2"));
        append(&one, b"a").unwrap();
        append(&one, b"b").unwrap();
        rename(&one, &two).unwrap();
        assert_eq!(std::fs::read_to_string(&two).unwrap(), "ab");
        remove(&two).unwrap();
        remove(&two).unwrap();
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_is_held_until_it_is_let_go() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        assert!(!is_locked(&path));
        let held = try_lock_file(&path).unwrap().unwrap();
        assert!(is_locked(&path) && try_lock_file(&path).unwrap().is_none());
        drop(held);
        assert!(!is_locked(&path) && try_lock_file(&path).unwrap().is_some());
    }
}
