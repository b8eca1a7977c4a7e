//! Folder trees: list, copy, create and remove them.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file, folder or link in a folder tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path relative to the root of the tree.
    pub path: PathBuf,
    pub kind: EntryKind,
}

/// The type of an entry. Sockets, FIFOs and devices are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    File {
        /// Whether the owner may execute the file.
        executable: bool,
    },
    Folder,
    /// A symbolic link.
    Link {
        /// The target, as an absolute path if it is outside of the tree.
        target: PathBuf,
    },
}

/// All entries below `root`, parents first, sorted by name. If `skip` returns true for
/// a path relative to the root, the entry and everything below it are left out.
pub fn walk(root: &Path, skip: &dyn Fn(&Path) -> bool) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    walk_into(root, Path::new(""), skip, &mut entries)?;
    Ok(entries)
}

fn walk_into(
    root: &Path,
    below: &Path,
    skip: &dyn Fn(&Path) -> bool,
    entries: &mut Vec<Entry>,
) -> io::Result<()> {
    let names = std::fs::read_dir(root.join(below))?.map(|entry| Ok(entry?.file_name()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    for path in names.into_iter().map(|name| below.join(name)).filter(|path| !skip(path)) {
        let metadata = root.join(&path).symlink_metadata()?;
        if metadata.is_symlink() {
            let target = link_target(root, &path)?;
            entries.push(Entry { path, kind: EntryKind::Link { target } });
        } else if metadata.is_dir() {
            entries.push(Entry { path: path.clone(), kind: EntryKind::Folder });
            walk_into(root, &path, skip, entries)?;
        } else if metadata.is_file() {
            let executable = metadata.permissions().mode() & 0o100 != 0;
            entries.push(Entry { path, kind: EntryKind::File { executable } });
        }
    }
    Ok(())
}

fn link_target(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let target = root.join(path).read_link()?;
    let (resolved, root) = (root.join(path).canonicalize(), root.canonicalize()?);
    Ok(resolved.ok().filter(|resolved| !resolved.starts_with(root)).unwrap_or(target))
}

/// Copies the entries of a tree to another root, which is created.
pub fn copy(from: &Path, entries: &[Entry], to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for Entry { path, kind } in entries {
        let target = to.join(path);
        match kind {
            EntryKind::File { .. } => std::fs::copy(from.join(path), target).map(drop)?,
            EntryKind::Folder => std::fs::create_dir(target)?,
            EntryKind::Link { target: link_target } => std::os::unix::fs::symlink(link_target, target)?,
        }
    }
    Ok(())
}

/// A temporary folder. It is removed when this value is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates the folder. If an earlier run left it behind, it is removed first.
    pub fn create(path: PathBuf) -> io::Result<Self> {
        remove(&path)?;
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// Creates a folder with a random name that only this user can enter (`mkdtemp(3)`).
    pub fn create_random(parent: &Path, name: &str) -> io::Result<Self> {
        Ok(Self(nix::unistd::mkdtemp(&parent.join(format!("{name}.XXXXXX")))?))
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Creates a folder in it, and the folders above.
    pub fn create_folder(&self, name: impl AsRef<Path>) -> io::Result<PathBuf> {
        let folder = self.0.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove(&self.0);
    }
}

/// Whether a path is a folder of this user, and not a link.
pub fn belongs_to(path: &Path, uid: u32) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == uid)
}

/// The size of all files in a folder, in bytes; 0 if the folder cannot be read.
pub fn size(folder: &Path) -> u64 {
    let entries = walk(folder, &|_| false).unwrap_or_default();
    entries.iter().map(|entry| super::files::size(&folder.join(&entry.path))).sum()
}

/// Creates a folder and the missing folders above it.
pub fn create_all(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Removes a file, or a folder with its content. A missing path is not an error.
pub fn remove(path: &Path) -> io::Result<()> {
    let result = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Renames a file within its file system, and replaces the target (`rename(2)`).
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Creates a symbolic link at `path`.
pub fn symlink(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Writes a file. A reader sees the old or the new content, never a part.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(OsStr::new(".new"));
    let temporary = path.with_file_name(name);
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::{EntryKind, Scratch, copy, walk, write_atomic};
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    #[test]
    fn walks_and_copies_everything_that_is_not_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("from");
        std::fs::create_dir_all(root.join("a/__pycache__")).unwrap();
        std::fs::write(root.join("a/x.py"), "1").unwrap();
        std::fs::write(root.join("a/__pycache__/x.pyc"), "1").unwrap();
        std::os::unix::fs::symlink("a/x.py", root.join("inside")).unwrap();
        std::fs::write(folder.path().join("out"), "2").unwrap();
        std::os::unix::fs::symlink("../out", root.join("outside")).unwrap();
        let entries = walk(&root, &|path| path.ends_with("__pycache__")).unwrap();
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a", "a/x.py", "inside", "outside"]);
        assert_eq!(entries[1].kind, EntryKind::File { executable: false });
        let to = folder.path().join("elsewhere/to");
        copy(&root, &entries, &to).unwrap();
        assert_eq!(std::fs::read(to.join("inside")).unwrap(), b"1");
        assert_eq!(std::fs::read(to.join("outside")).unwrap(), b"2");
        assert_eq!(to.join("inside").read_link().unwrap(), Path::new("a/x.py"));
    }

    #[test]
    fn a_scratch_folder_is_removed_and_a_written_file_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".new");
        let scratch = Scratch::create(path.clone()).unwrap();
        std::fs::write(scratch.create_folder("a/b").unwrap().join("c"), "").unwrap();
        drop(scratch);
        assert!(!path.exists());
        let random = || Scratch::create_random(folder.path(), "x").unwrap();
        let (first, second) = (random(), random());
        assert_ne!(first.path(), second.path());
        assert_eq!(first.path().metadata().unwrap().mode() & 0o777, 0o700);
        drop((first, second));
        write_atomic(&path, b"1").unwrap();
        write_atomic(&path, b"22").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
