//! The wheelhouse itself: what is in it, and how a new result takes its place.

use super::stamp::{Platform, RECORD, Record, STAMP, Stamp, Wheels};
use super::{Error, vendor};
use crate::sys::{dir, files};
use std::path::{Path, PathBuf};

/// The largest stamp or record, in bytes.
const LIMIT: u64 = 16 << 20;

/// pip's cache, unless the caller has one elsewhere: downloads, and what pip
/// compiled for a package of which wheels are not wanted (`--no-binary`).
pub(super) const CACHE: &str = ".cache";

/// What may be in it beyond thrice the size of the wheels, in bytes.
const SPARE: u64 = 64 << 20;

/// What is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wheelhouse {
    folder: PathBuf,
    stamp: Stamp,
    record: Record,
    /// The wheels as they are.
    present: Wheels,
}

impl Wheelhouse {
    /// Looks at it.
    pub(super) fn look(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            stamp: Stamp::parse(&text(&folder.join(STAMP))),
            record: Record::parse(&text(&folder.join(RECORD))),
            present: wheels(folder)?,
        })
    }

    /// Whether it is already what these inputs make.
    pub(super) fn is_current(&self, platform: &Platform, inputs: &str) -> bool {
        self.stamp.platform == *platform && self.record.inputs == inputs && self.present == self.stamp.wheels
    }

    /// Whether its wheels are for this platform at all.
    pub(super) fn fits(&self, platform: &Platform) -> bool {
        self.stamp.platform == *platform
    }

    /// The wheel of a private package whose source has not changed.
    pub(super) fn private(&self, digest: &str) -> Option<PathBuf> {
        let name = self.record.vendor.get(digest)?;
        self.is_right(name).then(|| self.folder.join(name))
    }

    /// The wheels that pip may take rather than make: not the private ones,
    /// whose source may have changed under the same version.
    pub(super) fn kept(&self) -> Vec<&str> {
        let is_private = |name: &&str| self.record.vendor.values().any(|wheel| wheel == name);
        let names = self.stamp.wheels.keys().map(String::as_str);
        names.filter(|name| self.is_right(name) && !is_private(name)).collect()
    }

    fn is_right(&self, name: &str) -> bool {
        self.present.get(name).is_some_and(|sum| self.stamp.wheels.get(name) == Some(sum))
    }

    /// Moves a result in: what is new or different over what is there, then
    /// away with what is stale. What is the same is not touched.
    pub(super) fn settle(
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
            change.gone += 1;
        }
        self.prune_cache(&wheels);
        let stamp = Stamp { platform: platform.clone(), wheels };
        change.wheels = stamp.wheels.len();
        self.write(RECORD, &self.record.text(), &record.text())?;
        self.write(STAMP, &self.stamp.text(), &stamp.text())?;
        Ok(change)
    }

    fn write(&self, name: &str, before: &str, text: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        if before == text && files::is_file(&path) {
            return Ok(());
        }
        dir::write(&path, text.as_bytes()).map_err(|error| Error::Write { path, error })
    }

    /// Keeps pip's cache in bounds: of what it compiled only what is still in
    /// use, of what it downloaded no more than a few times what is there. Where
    /// that fails there is only more in it.
    fn prune_cache(&self, wheels: &Wheels) {
        let cache = self.folder.join(CACHE);
        let used: u64 = wheels.keys().map(|name| files::size(&self.folder.join(name))).sum();
        let downloads = files::list(&cache).into_iter().filter(|name| name != "wheels");
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

/// What a new result has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// How many wheels there are.
    pub(super) wheels: usize,
    /// How many of them are new or different.
    pub(super) new: usize,
    /// How many have gone.
    pub(super) gone: usize,
}

/// The wheels in a folder.
pub(super) fn wheels(folder: &Path) -> Result<Wheels, Error> {
    let names = files::list(folder).into_iter().filter_map(|name| name.into_string().ok());
    let names = names.filter(|name| name.ends_with(".whl") && !name.starts_with('.'));
    names.map(|name| Ok((name.clone(), vendor::sum(&folder.join(name))?))).collect()
}

fn text(path: &Path) -> String {
    let content = files::read(path, LIMIT).ok().flatten();
    content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()).unwrap_or_default()
}
