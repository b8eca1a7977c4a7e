//! What the environment says, typed.

use super::error::Error;
use super::package::Package;
use super::server::Server;
use crate::world::World;
use serde::Deserialize;
use std::path::PathBuf;

/// The variable that names the app folder, and where that is otherwise.
pub(super) const APP_FOLDER: &str = "ENTRYPOINT_APP_DIR";
pub(super) const DEFAULT_APP_FOLDER: &str = "/app";

/// Where the site listens unless PORT says otherwise.
pub(super) const DEFAULT_PORT: &str = "8000";

/// Every variable that is read here. Another one's value may be any bytes.
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

/// The variables as they are.
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

/// What is configured. An empty variable counts as none, but for
/// WEB_CONCURRENCY, where gunicorn would stumble over it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EntrypointSettings {
    /// APP: the project's Python package.
    pub(super) app: Option<Package>,
    /// SETTINGS: the settings module inside the package.
    pub(super) settings: Option<Package>,
    /// DJANGO_SETTINGS_MODULE, whatever it says.
    pub(super) django_settings_module: Option<String>,
    /// VIRTUAL_ENV.
    pub(super) virtual_env: Option<PathBuf>,
    /// ENTRYPOINT_APP_DIR, absolute.
    pub(super) folder: PathBuf,
    /// ENTRYPOINT_WHEELHOUSE, absolute.
    pub(super) wheelhouse: PathBuf,
    /// ENTRYPOINT_SERVER: the web server.
    pub(super) server: Option<Server>,
    /// PORT, not yet looked at.
    pub(super) port: Option<String>,
    /// WEB_CONCURRENCY, not yet looked at.
    pub(super) web_concurrency: Option<String>,
}

impl EntrypointSettings {
    /// Reads the environment.
    pub(super) fn read(world: &World) -> Result<Self, Error> {
        let variables: Variables =
            envy::from_iter(readable(world)?).map_err(|error| Error::Variables { error })?;
        Ok(Self {
            app: package("APP", variables.app)?,
            settings: package("SETTINGS", variables.settings)?,
            django_settings_module: variables.django_settings_module,
            virtual_env: variables.virtual_env,
            folder: world.folder.join(variables.entrypoint_app_dir),
            wheelhouse: world.folder.join(variables.entrypoint_wheelhouse),
            server: Server::asked(world)?,
            port: variables.port,
            web_concurrency: variables.web_concurrency,
        })
    }
}

/// Our variables. `envy` folds the case of names, so that only those of ours go
/// there, and of several with one name the first (`getenv(3)`).
fn readable(world: &World) -> Result<Vec<(String, String)>, Error> {
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
        EntrypointSettings::read(&World { environment, folder: "/somewhere".into(), ..World::default() })
    }

    #[test]
    fn empty_is_none_but_for_the_workers() {
        let settings = read(&[("APP", b""), ("PORT", b""), ("WEB_CONCURRENCY", b"")]).unwrap();
        assert_eq!((settings.app, settings.port), (None, None));
        assert_eq!(settings.web_concurrency.as_deref(), Some(""));
        assert_eq!(settings.folder, Path::new("/app"));
    }

    #[test]
    fn takes_the_first_and_the_exact_name() {
        let settings = read(&[("app", b"lower"), ("APP", b"first"), ("APP", b"second")]).unwrap();
        assert_eq!(settings.app.unwrap().name(), "first");
        assert_eq!(read(&[("ENTRYPOINT_APP_DIR", b"src")]).unwrap().folder, Path::new("/somewhere/src"));
    }

    #[test]
    fn refuses_what_is_no_name_and_no_text() {
        let refused = read(&[("APP", b"../x")]);
        assert!(matches!(refused, Err(Error::Package { variable: "APP", .. })));
        assert!(matches!(read(&[("SETTINGS", b"a-b")]), Err(Error::Package { variable: "SETTINGS", .. })));
        assert!(matches!(read(&[("PORT", b"\xff")]), Err(Error::NotText { name: "PORT" })));
        assert!(read(&[("SECRET_KEY", b"\xff")]).is_ok());
    }
}
