//! The content of the wheelhouse, and how new wheels replace old ones.

use super::stamp::{Platform, RECORD, Record, STAMP, Stamp, Wheels};
use super::{Error, vendor};
use crate::sys::{dir, files};
use std::path::{Path, PathBuf};

/// The largest stamp or record, in bytes.
const LIMIT: u64 = 16 << 20;

/// pip's cache, unless the caller sets another one: downloads, and what pip
/// compiled because of `--no-binary`.
pub(super) const CACHE: &str = ".cache";

/// The cache may be larger than three times the wheels by this much, in bytes.
const SPARE: u64 = 64 << 20;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wheelhouse {
    folder: PathBuf,
    stamp: Stamp,
    record: Record,
    /// The wheels in the folder.
    present: Wheels,
}

impl Wheelhouse {
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            stamp: Stamp::parse(&read_text(&folder.join(STAMP))),
            record: Record::parse(&read_text(&folder.join(RECORD))),
            present: wheels(folder)?,
        })
    }

    /// Whether these inputs would build the same wheels.
    pub(super) fn is_up_to_date(&self, platform: &Platform, inputs: &str) -> bool {
        self.stamp.platform == *platform && self.record.inputs == inputs && self.present == self.stamp.wheels
    }

    /// Whether its wheels are for this platform.
    pub(super) fn fits(&self, platform: &Platform) -> bool {
        self.stamp.platform == *platform
    }

    /// The wheel of a private package whose source has this digest.
    pub(super) fn private_wheel(&self, digest: &str) -> Option<PathBuf> {
        let name = self.record.vendor.get(digest)?;
        self.is_intact(name).then(|| self.folder.join(name))
    }

    /// The wheels that pip may reuse: not the private ones, whose source may have
    /// changed under the same version.
    pub(super) fn reusable(&self) -> Vec<&str> {
        let is_private = |name: &&str| self.record.vendor.values().any(|wheel| wheel == name);
        let names = self.stamp.wheels.keys().map(String::as_str);
        names.filter(|name| self.is_intact(name) && !is_private(name)).collect()
    }

    fn is_intact(&self, name: &str) -> bool {
        self.present.get(name).is_some_and(|sum| self.stamp.wheels.get(name) == Some(sum))
    }

    /// Moves in new and different wheels, then removes stale ones. Identical wheels
    /// are not touched.
    pub(super) fn replace_wheels(
        &self,
        result: &Path,
        platform: &Platform,
        record: &Record,
    ) -> Result<Change, Error> {
        let wheels = wheels(result)?;
        let mut change = Change::default();
        let is_new = |(name, sum): &(&String, &String)| self.present.get(*name) != Some(*sum);
        for (name, _) in wheels.iter().filter(is_new) {
            let to = self.folder.join(name);
            dir::rename(&result.join(name), &to).map_err(|error| Error::Write { path: to, error })?;
            change.new += 1;
        }
        for name in self.present.keys().filter(|name| !wheels.contains_key(*name)) {
            let path = self.folder.join(name);
            dir::remove(&path).map_err(|error| Error::Write { path, error })?;
            change.removed += 1;
        }
        self.prune_cache(&wheels);
        let stamp = Stamp { platform: platform.clone(), wheels };
        change.wheels = stamp.wheels.len();
        self.write(RECORD, &self.record.to_text(), &record.to_text())?;
        self.write(STAMP, &self.stamp.to_text(), &stamp.to_text())?;
        Ok(change)
    }

    fn write(&self, name: &str, before: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        if before == text && files::is_file(&path) {
            return Ok(());
        }
        dir::write_atomic(&path, text.as_bytes()).map_err(|error| Error::Write { path, error })
    }

    /// Limits pip's cache: keeps only compiled wheels that are in use, and removes
    /// downloads that are several times larger than the wheels. An error leaves a
    /// larger cache.
    fn prune_cache(&self, wheels: &Wheels) {
        let cache = self.folder.join(CACHE);
        let used: u64 = wheels.keys().map(|name| files::size(&self.folder.join(name))).sum();
        let downloads = files::list_folder(&cache).into_iter().filter(|name| name != "wheels");
        for folder in downloads.map(|name| cache.join(name)) {
            if dir::size(&folder) > 3 * used + SPARE {
                let _ = dir::remove(&folder);
            }
        }
        let Ok(entries) = dir::walk(&cache.join("wheels"), &|_| false) else { return };
        for path in entries
            .iter()
            .map(|entry| &entry.path)
            .filter(|path| path.extension().is_some_and(|end| end == "whl"))
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(folder) = path.parent().filter(|_| !wheels.contains_key(name.as_ref())) {
                let _ = dir::remove(&cache.join("wheels").join(folder));
            }
        }
    }
}

/// Numbers of wheels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// All.
    pub(super) wheels: usize,
    /// New or different.
    pub(super) new: usize,
    pub(super) removed: usize,
}

/// The wheels in a folder.
pub(super) fn wheels(folder: &Path) -> Result<Wheels, Error> {
    let names = files::list_folder(folder).into_iter().filter_map(|name| name.into_string().ok());
    let names = names.filter(|name| name.ends_with(".whl") && !name.starts_with('.'));
    names.map(|name| Ok((name.clone(), vendor::sha256(&folder.join(name))?))).collect()
}

fn read_text(path: &Path) -> String {
    let content = files::read_regular(path, LIMIT).ok().flatten();
    content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()).unwrap_or_default()
}
