//! The settings of the entrypoint, read from the environment and typed.

use super::error::Error;
use super::package::Package;
use super::server::Server;
use crate::world::World;
use serde::Deserialize;
use std::path::PathBuf;

pub(super) const APP_FOLDER: &str = "ENTRYPOINT_APP_DIR";
pub(super) const DEFAULT_APP_FOLDER: &str = "/app";

pub(super) const DEFAULT_PORT: &str = "8000";

/// Every variable that is read here. Other variables may contain any bytes.
const NAMES: [&str; 8] = [
    "APP",
    "SETTINGS",
    "DJANGO_SETTINGS_MODULE",
    "VIRTUAL_ENV",
    APP_FOLDER,
    "ENTRYPOINT_WHEELHOUSE",
    "PORT",
    "WEB_CONCURRENCY",
];

/// The variables before validation.
#[derive(Debug, Default, Deserialize)]
struct Variables {
    app: Option<String>,
    settings: Option<String>,
    django_settings_module: Option<String>,
    virtual_env: Option<PathBuf>,
    #[serde(default = "default_folder")]
    entrypoint_app_dir: PathBuf,
    #[serde(default = "default_wheelhouse")]
    entrypoint_wheelhouse: PathBuf,
    port: Option<String>,
    web_concurrency: Option<String>,
}

fn default_folder() -> PathBuf {
    DEFAULT_APP_FOLDER.into()
}

fn default_wheelhouse() -> PathBuf {
    "/wheelhouse".into()
}

/// An empty variable counts as not set. The exception is WEB_CONCURRENCY: gunicorn
/// would fail on an empty one, so it is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EntrypointSettings {
    /// APP: the project's Python package.
    pub(super) app: Option<Package>,
    /// SETTINGS: the settings module inside the package.
    pub(super) settings: Option<Package>,
    /// DJANGO_SETTINGS_MODULE, not validated.
    pub(super) django_settings_module: Option<String>,
    pub(super) virtual_env: Option<PathBuf>,
    /// ENTRYPOINT_APP_DIR, absolute.
    pub(super) folder: PathBuf,
    /// ENTRYPOINT_WHEELHOUSE, absolute.
    pub(super) wheelhouse: PathBuf,
    /// ENTRYPOINT_SERVER: the web server.
    pub(super) server: Option<Server>,
    /// PORT, not validated yet.
    pub(super) port: Option<String>,
    /// WEB_CONCURRENCY, not validated yet.
    pub(super) web_concurrency: Option<String>,
}

impl EntrypointSettings {
    pub(super) fn from_world(world: &World) -> Result<Self, Error> {
        let variables: Variables =
            envy::from_iter(own_variables(world)?).map_err(|error| Error::Variables { error })?;
        Ok(Self {
            app: package("APP", variables.app)?,
            settings: package("SETTINGS", variables.settings)?,
            django_settings_module: variables.django_settings_module,
            virtual_env: variables.virtual_env,
            folder: world.folder.join(variables.entrypoint_app_dir),
            wheelhouse: world.folder.join(variables.entrypoint_wheelhouse),
            server: Server::from_world(world)?,
            port: variables.port,
            web_concurrency: variables.web_concurrency,
        })
    }
}

/// Our variables, of several with one name the first (`getenv(3)`). envy ignores
/// the case of names, so a variable `app` would be taken for APP.
fn own_variables(world: &World) -> Result<Vec<(String, String)>, Error> {
    let found = NAMES.into_iter().filter_map(|name| Some((name, world.variable(name)?)));
    let text = found.map(|(name, value)| match value.to_str() {
        Some(value) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Error::NotText { name }),
    });
    let keep = |(name, value): &(String, String)| !value.is_empty() || name == "WEB_CONCURRENCY";
    Ok(text.collect::<Result<Vec<_>, _>>()?.into_iter().filter(keep).collect())
}

fn package(variable: &'static str, value: Option<String>) -> Result<Option<Package>, Error> {
    let named = |value: String| Package::parse(&value).ok_or(Error::Package { variable, value });
    value.map(named).transpose()
}

#[cfg(test)]
mod tests {
    use super::EntrypointSettings;
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    fn read(environment: &[(&str, &[u8])]) -> Result<EntrypointSettings, Error> {
        let pair = |(name, value): &(&str, &[u8])| (name.into(), OsStr::from_bytes(value).to_owned());
        let environment = environment.iter().map(pair).collect();
        EntrypointSettings::from_world(&World {
            environment,
            folder: "/somewhere".into(),
            ..World::default()
        })
    }

    #[test]
    fn an_empty_variable_is_none_except_for_the_workers() {
        let settings = read(&[("APP", b""), ("PORT", b""), ("WEB_CONCURRENCY", b"")]).unwrap();
        assert_eq!((settings.app, settings.port), (None, None));
        assert_eq!(settings.web_concurrency.as_deref(), Some(""));
        assert_eq!(settings.folder, Path::new("/app"));
    }

    #[test]
    fn uses_the_first_variable_with_the_exact_name() {
        let settings = read(&[("app", b"lower"), ("APP", b"first"), ("APP", b"second")]).unwrap();
        assert_eq!(settings.app.unwrap().name(), "first");
        assert_eq!(read(&[("ENTRYPOINT_APP_DIR", b"src")]).unwrap().folder, Path::new("/somewhere/src"));
    }

    #[test]
    fn rejects_invalid_names_and_other_bytes() {
        let error = read(&[("APP", b"../x")]);
        assert!(matches!(error, Err(Error::Package { variable: "APP", .. })));
        assert!(matches!(read(&[("SETTINGS", b"a-b")]), Err(Error::Package { variable: "SETTINGS", .. })));
        assert!(matches!(read(&[("PORT", b"\xff")]), Err(Error::NotText { name: "PORT" })));
        assert!(read(&[("SECRET_KEY", b"\xff")]).is_ok());
    }
}
