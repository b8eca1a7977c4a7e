//! An app's name, and the files that go with it.

use super::error::given;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// An app of this host, or one of its instances (`APP@INSTANCE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The app.
    pub app: String,
    /// The instance: staging beside production, a second queue.
    pub instance: Option<String>,
}

/// What is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is no app's name: letters, digits, '_', '.' and '-', the first a letter or digit (APP or APP@INSTANCE)",
    given(.0)
)]
pub struct NoName(pub OsString);

/// The folder that stands before `/etc` and `/var`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(pub PathBuf);

/// Whether it may be part of a path and of a container's name: never `..`,
/// never a slash.
pub fn is_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

impl Name {
    /// Reads `APP` or `APP@INSTANCE`.
    pub fn parse(text: &OsStr) -> Result<Self, NoName> {
        let whole = text.to_str().ok_or_else(|| NoName(text.to_owned()))?;
        let (app, instance) = match whole.split_once('@') {
            Some((app, instance)) => (app, Some(instance)),
            None => (whole, None),
        };
        if !is_name(app) || instance.is_some_and(|instance| !is_name(instance)) {
            return Err(NoName(text.to_owned()));
        }
        Ok(Self { app: app.to_owned(), instance: instance.map(str::to_owned) })
    }

    /// The same instance of another app: what a file asks for that sets APP.
    pub fn of_app(&self, app: &str) -> Self {
        Self { app: app.to_owned(), instance: self.instance.clone() }
    }

    /// As part of a container's or unit's name: `APP-INSTANCE`.
    pub fn dashed(&self) -> String {
        self.joined('-')
    }

    fn joined(&self, separator: char) -> String {
        match &self.instance {
            Some(instance) => format!("{}{separator}{instance}", self.app),
            None => self.app.clone(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.joined('@'))
    }
}

impl Root {
    /// `--root`, else DOCKER_RUNNER_ROOT, else the root itself.
    pub fn of(world: &World, option: Option<&OsStr>) -> Self {
        Self(world.option_or(option, "DOCKER_RUNNER_ROOT").unwrap_or(OsStr::new("/")).into())
    }

    /// The folder of the config files.
    pub fn defaults(&self) -> PathBuf {
        self.0.join("etc/default")
    }

    /// The config files in the order they are read: the app's, the instance's.
    pub fn config_files(&self, name: &Name) -> Vec<PathBuf> {
        let instance = name.instance.as_ref().map(|_| self.defaults().join(name.to_string()));
        [self.defaults().join(&name.app)].into_iter().chain(instance).collect()
    }

    /// Where TAG may be, the first that is there counts: the instance's, the app's.
    pub fn tag_files(&self, name: &Name) -> Vec<PathBuf> {
        let instance = name.instance.as_ref().map(|_| self.app_folder(&name.to_string()).join("TAG"));
        instance.into_iter().chain([self.app_folder(&name.app).join("TAG")]).collect()
    }

    /// The folder of TAG.
    pub fn app_folder(&self, name: &str) -> PathBuf {
        self.0.join("var/www").join(name)
    }
}

impl AsRef<Path> for Root {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, Root};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn names_are_names() {
        let name = Name::parse(OsStr::new("antisocial@staging")).unwrap();
        assert_eq!(
            (name.to_string(), name.dashed()),
            ("antisocial@staging".into(), "antisocial-staging".into())
        );
        assert!(Name::parse(OsStr::new("a1.b_c-d")).is_ok());
        for bad in ["", "../x", ".x", "-x", "a/b", "a@", "@b", "a@b@c", "a b", "é", "a\n"] {
            assert!(Name::parse(OsStr::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instance_has_its_own_files_beside_the_apps() {
        let root = Root("/r".into());
        let name = Name::parse(OsStr::new("a@b")).unwrap();
        assert_eq!(
            root.config_files(&name),
            [Path::new("/r/etc/default/a"), Path::new("/r/etc/default/a@b")]
        );
        assert_eq!(root.tag_files(&name), [Path::new("/r/var/www/a@b/TAG"), Path::new("/r/var/www/a/TAG")]);
    }
}
