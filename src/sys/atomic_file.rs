//! Files that are complete after a crash: written under a temporary name, synced,
//! renamed, and the folder synced too (rename(2), fsync(2)).

use super::lock::{self, Lock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::Path;

/// Permissions of new files and folders: every member of the deploying group can
/// continue the deploy of another member.
const FILE_MODE: u32 = 0o664;
const FOLDER_MODE: u32 = 0o770;

/// Replaces a file. A reader sees the old or the new content, never a part. The new
/// file keeps the owner, group and permissions of the old one, as far as this user
/// is allowed to set them.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = write_temporary(path, &temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result.and_then(|()| sync_folder(path))
}

fn write_temporary(path: &Path, temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let _ = std::fs::remove_file(temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(temporary)?;
    if let Ok(old) = std::fs::metadata(path) {
        // Only root may change the owner. Other users may set a group that they are in.
        if fchown(&file, Some(old.uid()), Some(old.gid())).is_err() {
            let _ = fchown(&file, None, Some(old.gid()));
        }
        file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o7777))?;
    } else {
        inherit_owner(temporary);
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Appends to a file, and returns when the content is on the disk.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().append(true).create(true).mode(FILE_MODE).open(path)?;
    if is_new {
        file.set_permissions(PermissionsExt::from_mode(FILE_MODE))?;
        inherit_owner(path);
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    if is_new { sync_folder(path) } else { Ok(()) }
}

/// Opens an existing file for appending without a sync.
pub fn appender(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// Removes a file. A missing file is not an error.
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

/// Creates a folder for the deploying group, and the missing folders above it with
/// mode 755. Inherits the set-group-ID bit of the folder above.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    if !parent.is_dir() {
        DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
    }
    DirBuilder::new().mode(FOLDER_MODE).create(path)?;
    let set_gid = parent.metadata()?.mode() & 0o2000;
    std::fs::set_permissions(path, PermissionsExt::from_mode(FOLDER_MODE | set_gid))?;
    inherit_owner(path);
    Ok(())
}

/// Gives a new file the owner and group of its folder: a deploy that root runs on the
/// host itself must not lock out the deploying user.
fn inherit_owner(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(std::fs::metadata) {
        let _ = chown(path, Some(folder.uid()), Some(folder.gid()));
    }
}

/// Checks that a file can be created in a folder or, if the folder does not exist, in
/// the nearest existing folder above it.
pub fn check_writable(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find(|above| above.exists()).unwrap_or(folder);
    let probe = existing.join(format!(".probe.{}", std::process::id()));
    let _ = File::create(&probe)?;
    std::fs::remove_file(probe)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Locks a file, and creates it if it is missing. `None` if another process holds the
/// lock.
pub fn try_lock_file(path: &Path) -> io::Result<Option<Lock>> {
    let is_new = !path.exists();
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
    if is_new {
        // Independent of the umask: the next deployer may be another user of the group.
        file.set_permissions(PermissionsExt::from_mode(FILE_MODE))?;
        inherit_owner(path);
    }
    lock::try_lock(file)
}

/// Whether another process holds the lock of a file.
pub fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(lock::is_locked)
}

/// Free bytes of the file system at a path that are available to users other than
/// root (`statvfs(3)`).
pub fn free_bytes(path: &Path) -> Option<u64> {
    let file = File::open(path).ok()?;
    let stats = nix::sys::statfs::fstatfs(&file).ok()?;
    Some(stats.blocks_available().saturating_mul(u64::try_from(stats.block_size()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{append, check_writable, create_folder, is_locked, remove, rename, replace, try_lock_file};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn a_replaced_file_keeps_its_permissions_and_is_never_partial() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("TAG");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0..200 {
                    let text = if turn % 2 == 0 { "new-new-new" } else { "old" };
                    replace(&path, text.as_bytes()).unwrap();
                }
                done.store(true, std::sync::atomic::Ordering::SeqCst);
            });
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let seen = std::fs::read_to_string(&path).unwrap();
                assert!(seen == "old" || seen == "new-new-new", "{seen:?}");
            }
        });
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_and_files_are_created_renamed_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("a/.deploy");
        check_writable(&deep).unwrap();
        create_folder(&deep).unwrap();
        assert_eq!(deep.metadata().unwrap().mode() & 0o777, 0o770);
        create_folder(&deep).unwrap();
        let (old, new) = (deep.join("1"), deep.join("2"));
        append(&old, b"a").unwrap();
        append(&old, b"b").unwrap();
        rename(&old, &new).unwrap();
        assert_eq!(std::fs::read_to_string(&new).unwrap(), "ab");
        remove(&new).unwrap();
        remove(&new).unwrap();
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        assert!(!is_locked(&path));
        let held = try_lock_file(&path).unwrap().unwrap();
        assert!(is_locked(&path) && try_lock_file(&path).unwrap().is_none());
        drop(held);
        assert!(!is_locked(&path) && try_lock_file(&path).unwrap().is_some());
    }
}
