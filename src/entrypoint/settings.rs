//! The settings of the entrypoint, read from the environment and typed.

use super::env_var::{Name, Variables};
use super::error::Error;
use super::package::Package;
use super::server::Server;
use std::path::{Path, PathBuf};

pub(super) const DEFAULT_APP_FOLDER: &str = "/app";
const DEFAULT_WHEELHOUSE: &str = "/wheelhouse";

pub(super) const DEFAULT_PORT: &str = "8000";

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
    /// Relative paths start in `folder`.
    pub(super) fn new(variables: &Variables, folder: &Path) -> Result<Self, Error> {
        let app = variables.text(Name::App)?;
        let settings = variables.text(Name::Settings)?;
        let django_settings_module = variables.text(Name::DjangoSettingsModule)?;
        let virtual_env = variables.text(Name::VirtualEnv)?;
        let app_folder = variables.text(Name::EntrypointAppDir)?;
        let wheelhouse = variables.text(Name::EntrypointWheelhouse)?;
        let port = variables.text(Name::Port)?;
        let web_concurrency = variables.text_or_empty(Name::WebConcurrency)?;
        Ok(Self {
            app: package("APP", app)?,
            settings: package("SETTINGS", settings)?,
            django_settings_module: django_settings_module.map(str::to_owned),
            virtual_env: virtual_env.map(PathBuf::from),
            folder: folder.join(app_folder.unwrap_or(DEFAULT_APP_FOLDER)),
            wheelhouse: folder.join(wheelhouse.unwrap_or(DEFAULT_WHEELHOUSE)),
            server: Server::from_text(variables.text(Name::EntrypointServer)?)?,
            port: port.map(str::to_owned),
            web_concurrency: web_concurrency.map(str::to_owned),
        })
    }
}

fn package(variable: &'static str, value: Option<&str>) -> Result<Option<Package>, Error> {
    let named =
        |value| Package::parse(value).ok_or_else(|| Error::Package { variable, value: value.to_owned() });
    value.map(named).transpose()
}

#[cfg(test)]
mod tests {
    use super::EntrypointSettings;
    use crate::entrypoint::env_var::Variables;
    use crate::entrypoint::error::Error;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    fn read(environment: &[(&str, &[u8])]) -> Result<EntrypointSettings, Error> {
        let pair = |(name, value): &(&str, &[u8])| (name.into(), OsStr::from_bytes(value).to_owned());
        let environment: Vec<_> = environment.iter().map(pair).collect();
        EntrypointSettings::new(&Variables::from_env(&environment)?, Path::new("/somewhere"))
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
        assert!(matches!(read(&[("PORT", b"\xff")]), Err(Error::NotText { name }) if name == "PORT"));
        assert!(read(&[("SECRET_KEY", b"\xff")]).is_ok());
    }
}
