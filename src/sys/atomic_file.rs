//! Files that are complete after a crash: written under a temporary name, synced, renamed, and the
//! folder synced too (rename(2), fsync(2)).
//!
//! The folder may belong to a user whom this process does not trust, for example if root deploys an app
//! whose folder is another user's. So each file is opened below a descriptor of its folder, never through
//! a link, and is changed by its descriptor (openat(2), `O_NOFOLLOW`).

use super::lock::{self, Lock};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{AccessFlags, Gid, Uid, UnlinkatFlags, faccessat, fchown, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Permissions of new files and folders: every member of the deploying group can
/// continue the deploy of another member.
const FILE_MODE: Mode = Mode::from_bits_truncate(0o664);
const FOLDER_MODE: Mode = Mode::from_bits_truncate(0o770);

const PERMISSIONS: u32 = 0o7777;

/// An open folder, and the name of an entry in it.
struct Entry<'a> {
    folder: File,
    name: &'a OsStr,
}

impl<'a> Entry<'a> {
    fn open(path: &'a Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { folder: open_folder(parent)?, name })
    }

    /// `None` if the entry does not exist.
    fn stat(&self) -> io::Result<Option<FileStat>> {
        match fstatat(&self.folder, self.name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Opens an existing regular file. Does not block on a FIFO.
    fn open_file(&self, flags: OFlag) -> io::Result<File> {
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let file = File::from(openat(&self.folder, self.name, flags, Mode::empty()).map_err(not_a_file)?);
        if is_regular(&fstat(&file)?) { Ok(file) } else { Err(not_a_file(Errno::ENXIO)) }
    }

    /// Creates a file that does not exist, with the owner and group of its folder: a deploy that root
    /// runs on the host itself must not lock out the deploying user.
    fn create_file(&self, flags: OFlag) -> io::Result<File> {
        let flags = flags | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = File::from(openat(&self.folder, self.name, flags, FILE_MODE)?);
        let _ = give_to_owner_of(&self.folder, &file);
        // Independent of the umask: the next deployer may be another user of the group.
        set_mode(&file, FILE_MODE)?;
        Ok(file)
    }

    /// Opens a file, or creates it. The flag says whether it is new.
    fn open_or_create(&self, flags: OFlag) -> io::Result<(File, bool)> {
        match self.open_file(flags) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.create_file(flags).map(|file| (file, true))
            }
            result => result.map(|file| (file, false)),
        }
    }

    fn remove(&self) -> io::Result<()> {
        Ok(unlinkat(&self.folder, self.name, UnlinkatFlags::NoRemoveDir)?)
    }
}

/// Opens a folder. A link at the end of the path is followed only if it belongs to root or to this user.
fn open_folder(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    match openat(AT_FDCWD, path, flags | OFlag::O_NOFOLLOW, Mode::empty()) {
        Err(Errno::ELOOP | Errno::ENOTDIR) => {
            let link = fstatat(AT_FDCWD, path, AtFlags::AT_SYMLINK_NOFOLLOW)?;
            let is_trusted = link.st_uid == 0 || link.st_uid == Uid::effective().as_raw();
            if !is_trusted {
                return Err(io::Error::other("it is a link of another user"));
            }
            Ok(openat(AT_FDCWD, path, flags, Mode::empty())?.into())
        }
        result => Ok(result?.into()),
    }
}

fn is_regular(stat: &FileStat) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG
}

fn not_a_file(errno: Errno) -> io::Error {
    match errno {
        Errno::ELOOP | Errno::ENXIO => io::Error::other("it is a link, or not a regular file"),
        errno => errno.into(),
    }
}

fn give_to_owner_of(folder: &File, file: impl AsFd) -> io::Result<()> {
    let stat = fstat(folder)?;
    Ok(fchown(file, Some(Uid::from_raw(stat.st_uid)), Some(Gid::from_raw(stat.st_gid)))?)
}

fn set_mode(file: impl AsFd, mode: Mode) -> io::Result<()> {
    Ok(fchmod(file, mode)?)
}

/// Replaces a file. A reader sees the old or the new content, never a part. The new
/// file keeps the owner, group and permissions of the old one, as far as this user
/// is allowed to set them.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let entry = Entry::open(path)?;
    let mut name = OsString::from(".");
    name.push(entry.name);
    name.push(format!(".{}", std::process::id()));
    let temporary = Entry { folder: entry.folder.try_clone()?, name: &name };
    let result = write_temporary(&entry, &temporary, bytes)
        .and_then(|()| Ok(renameat(&temporary.folder, temporary.name, &entry.folder, entry.name)?));
    if result.is_err() {
        let _ = temporary.remove();
    }
    result.and_then(|()| entry.folder.sync_all())
}

fn write_temporary(old: &Entry<'_>, temporary: &Entry<'_>, bytes: &[u8]) -> io::Result<()> {
    let _ = temporary.remove();
    let mut file = temporary.create_file(OFlag::O_WRONLY)?;
    if let Some(old) = old.stat()?.filter(is_regular) {
        let (owner, group) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
        // Only root may change the owner. Other users may set a group that they are in.
        if fchown(&file, Some(owner), Some(group)).is_err() {
            let _ = fchown(&file, None, Some(group));
        }
        set_mode(&file, Mode::from_bits_truncate(old.st_mode & PERMISSIONS))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Appends to a file, and returns when the content is on the disk.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let entry = Entry::open(path)?;
    let (mut file, is_new) = entry.open_or_create(OFlag::O_WRONLY | OFlag::O_APPEND)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    if is_new { entry.folder.sync_all() } else { Ok(()) }
}

/// Opens an existing file for appending without a sync.
pub fn appender(path: &Path) -> io::Result<File> {
    Entry::open(path)?.open_file(OFlag::O_WRONLY | OFlag::O_APPEND)
}

/// Removes a file. A missing file is not an error.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = Entry::open(path).and_then(|entry| {
        entry.remove()?;
        entry.folder.sync_all()
    });
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Renames a file within its file system.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (Entry::open(from)?, Entry::open(to)?);
    renameat(&from.folder, from.name, &to.folder, to.name)?;
    to.folder.sync_all()
}

/// Creates a folder for the deploying group, and the missing folders above it with
/// mode 755. Inherits the set-group-ID bit of the folder above.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(0o755).create(parent)?;
    let entry = Entry::open(path)?;
    match mkdirat(&entry.folder, entry.name, FOLDER_MODE) {
        Ok(()) => {}
        Err(Errno::EEXIST) => return open_folder(path).map(drop),
        Err(errno) => return Err(errno.into()),
    }
    let parent = fstat(&entry.folder)?;
    let folder = open_folder(path)?;
    let _ = give_to_owner_of(&entry.folder, &folder);
    set_mode(&folder, Mode::from_bits_truncate(parent.st_mode & 0o2000) | FOLDER_MODE)
}

/// Checks that this user may create files in a folder or, if the folder does not exist, in the nearest
/// existing folder above it. Changes nothing.
pub fn check_writable(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find(|above| above.exists()).unwrap_or(folder);
    let access = AccessFlags::W_OK | AccessFlags::X_OK;
    Ok(faccessat(AT_FDCWD, existing, access, AtFlags::AT_EACCESS)?)
}

/// The lock of a file and of its folder.
#[derive(Debug)]
pub struct FileLock {
    _folder: Lock,
    _file: Lock,
}

/// Locks a file, and creates it if it is missing. `None` if another process holds the lock.
///
/// The folder is locked too: if somebody removes the file, a second process must not get the lock of a
/// new one. The file is locked because release 0.1.0 locks nothing else.
pub fn try_lock_file(path: &Path) -> io::Result<Option<FileLock>> {
    let entry = Entry::open(path)?;
    let Some(folder) = lock::try_lock(entry.folder.try_clone()?)? else { return Ok(None) };
    let (file, _) = entry.open_or_create(OFlag::O_WRONLY)?;
    Ok(lock::try_lock(file)?.map(|file| FileLock { _folder: folder, _file: file }))
}

/// Whether another process holds the lock of a file.
pub fn is_locked(path: &Path) -> bool {
    let Ok(entry) = Entry::open(path) else { return false };
    entry.open_file(OFlag::O_RDONLY).is_ok_and(lock::is_locked) || lock::is_locked(entry.folder)
}

/// Free bytes of the file system at a path that are available to users other than
/// root (`statvfs(3)`).
pub fn free_bytes(path: &Path) -> Option<u64> {
    let stats = nix::sys::statfs::fstatfs(&open_folder(path).ok()?).ok()?;
    Some(stats.blocks_available().saturating_mul(u64::try_from(stats.block_size()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{
        append, appender, check_writable, create_folder, is_locked, remove, rename, replace, try_lock_file,
    };
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

    #[test]
    fn a_removed_lock_file_lets_nobody_in() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("lock");
        let held = try_lock_file(&path).unwrap().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(is_locked(&path) && try_lock_file(&path).unwrap().is_none());
        drop(held);
        assert!(!is_locked(&path) && try_lock_file(&path).unwrap().is_some());
    }

    #[test]
    fn a_link_is_never_followed() {
        let home = tempfile::tempdir().unwrap();
        let (target, link) = (home.path().join("target"), home.path().join("link"));
        for exists in [true, false] {
            if exists {
                std::fs::write(&target, "secret").unwrap();
            }
            std::os::unix::fs::symlink(&target, &link).unwrap();
            let fails = |result: std::io::Result<()>| {
                let text = result.unwrap_err().to_string();
                assert_eq!(text, "it is a link, or not a regular file");
            };
            fails(append(&link, b"x"));
            fails(appender(&link).map(drop));
            fails(try_lock_file(&link).map(drop));
            assert!(!is_locked(&link));
            replace(&link, b"new").unwrap();
            assert_eq!(std::fs::read_to_string(&link).unwrap(), "new");
            assert!(!link.is_symlink() && target.exists() == exists);
            assert!(!exists || std::fs::read_to_string(&target).unwrap() == "secret");
            remove(&link).unwrap();
            let _ = std::fs::remove_file(&target);
        }
    }

    #[test]
    fn a_folder_is_not_reached_through_a_link_of_another_user() {
        let home = tempfile::tempdir().unwrap();
        let (folder, link) = (home.path().join("folder"), home.path().join("link"));
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        create_folder(&link).unwrap();
        append(&link.join("history"), b"1").unwrap();
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::lchown(&link, Some(65534), None).unwrap();
            for result in
                [create_folder(&link), append(&link.join("history"), b"2"), remove(&link.join("history"))]
            {
                assert_eq!(result.unwrap_err().to_string(), "it is a link of another user");
            }
        }
        assert_eq!(std::fs::read_to_string(folder.join("history")).unwrap(), "1");
    }

    #[test]
    fn a_check_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        check_writable(&home.path().join("missing/folder")).unwrap();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
