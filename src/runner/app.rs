//! The name of an app, and the paths of its files.

use crate::report;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// An app of this host, or one of its instances (`APP@INSTANCE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppName {
    pub app: String,
    /// For example staging beside production, or a second queue.
    pub instance: Option<String>,
}

/// The text is not an app name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} is not a valid app name: use letters, digits, '_', '.' and '-', the first a letter or digit (APP or APP@INSTANCE)",
    report::argument(.0)
)]
pub struct InvalidName(pub OsString);

/// The folder that contains `etc` and `var`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root(pub PathBuf);

/// Whether the name can be part of a path and of a container name: it is never `..`
/// and contains no slash.
pub fn is_app_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

impl AppName {
    /// Parses `APP` or `APP@INSTANCE`.
    pub fn parse(text: &OsStr) -> Result<Self, InvalidName> {
        let whole = text.to_str().ok_or_else(|| InvalidName(text.to_owned()))?;
        let (app, instance) = match whole.split_once('@') {
            Some((app, instance)) => (app, Some(instance)),
            None => (whole, None),
        };
        if !is_app_name(app) || instance.is_some_and(|instance| !is_app_name(instance)) {
            return Err(InvalidName(text.to_owned()));
        }
        Ok(Self { app: app.to_owned(), instance: instance.map(str::to_owned) })
    }

    /// The same instance of another app, for a settings file that sets APP.
    pub fn with_app(&self, app: &str) -> Self {
        Self { app: app.to_owned(), instance: self.instance.clone() }
    }

    /// For names of containers and units: `APP-INSTANCE`.
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

impl std::fmt::Display for AppName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.joined('@'))
    }
}

impl Root {
    /// From `--root`, else from DOCKER_RUNNER_ROOT, else `/`.
    pub fn from_option(world: &World, option: Option<&OsStr>) -> Self {
        Self(world.option_or(option, "DOCKER_RUNNER_ROOT").unwrap_or(OsStr::new("/")).into())
    }

    /// The folder of the settings files.
    pub fn settings_folder(&self) -> PathBuf {
        self.0.join("etc/default")
    }

    /// The settings files in the order in which they are read: of the app, of the instance.
    pub fn settings_files(&self, name: &AppName) -> Vec<PathBuf> {
        let instance = name.instance.as_ref().map(|_| self.settings_folder().join(name.to_string()));
        [self.settings_folder().join(&name.app)].into_iter().chain(instance).collect()
    }

    /// The possible TAG files: of the instance, of the app. The first that exists is used.
    pub fn tag_files(&self, name: &AppName) -> Vec<PathBuf> {
        let instance = name.instance.as_ref().map(|_| self.app_folder(&name.to_string()).join("TAG"));
        instance.into_iter().chain([self.app_folder(&name.app).join("TAG")]).collect()
    }

    /// The folder of the TAG file.
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
    use super::{AppName, Root};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn parses_valid_names_only() {
        let name = AppName::parse(OsStr::new("antisocial@staging")).unwrap();
        assert_eq!(
            (name.to_string(), name.dashed()),
            ("antisocial@staging".into(), "antisocial-staging".into())
        );
        assert!(AppName::parse(OsStr::new("a1.b_c-d")).is_ok());
        for invalid in ["", "../x", ".x", "-x", "a/b", "a@", "@b", "a@b@c", "a b", "é", "a\n"] {
            assert!(AppName::parse(OsStr::new(invalid)).is_err(), "{invalid}");
        }
    }

    #[test]
    fn instance_files_are_beside_those_of_the_app() {
        let root = Root("/r".into());
        let name = AppName::parse(OsStr::new("a@b")).unwrap();
        assert_eq!(
            root.settings_files(&name),
            [Path::new("/r/etc/default/a"), Path::new("/r/etc/default/a@b")]
        );
        assert_eq!(root.tag_files(&name), [Path::new("/r/var/www/a@b/TAG"), Path::new("/r/var/www/a/TAG")]);
    }
}
