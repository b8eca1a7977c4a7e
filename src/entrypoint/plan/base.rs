//! What every process of the entrypoint needs: the app folder, the virtualenv and
//! the environment.

use super::PlanInput;
use crate::entrypoint::environment::Environment;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::python::Python;
use crate::entrypoint::facts::user::User;
use crate::sys::lookup::DEFAULT_PATH;
use nix::errno::Errno;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Fails if a process of the entrypoint can't run here.
pub(super) fn check(input: PlanInput<'_>) -> Result<(), Error> {
    let app = &input.facts.app;
    if !app.exists {
        return Err(Error::NoFolder { folder: app.folder.clone() });
    }
    if !app.is_open {
        return Err(Error::Folder { folder: app.folder.clone(), errno: Errno::EACCES });
    }
    match &input.facts.python {
        Python::Broken(broken) => Err(broken.clone().into()),
        Python::Virtualenv(_) | Python::System => Ok(()),
    }
}

/// The environment of a process: our own, with the virtualenv first on PATH, the
/// settings module, and a home folder for a user without one.
pub(super) fn environment(input: PlanInput<'_>, mut environment: Environment) -> Result<Environment, Error> {
    if let Some(module) = settings_module(input)? {
        environment.set("DJANGO_SETTINGS_MODULE", module);
    }
    Ok(base_environment(input, environment))
}

/// The environment without the settings module, which may be unknown.
pub(super) fn base_environment(input: PlanInput<'_>, mut environment: Environment) -> Environment {
    if let Python::Virtualenv(folder) = &input.facts.python {
        let path = path_with_first(&folder.join("bin"), environment.get("PATH"));
        environment.set("PATH", path);
        environment.set("VIRTUAL_ENV", folder);
    }
    set_user_variables(&input.facts.user, &mut environment);
    environment
}

/// DJANGO_SETTINGS_MODULE; `None` if it is not ours to set.
pub(super) fn settings_module(input: PlanInput<'_>) -> Result<Option<String>, Error> {
    let (settings, app) = (input.settings, &input.facts.app);
    if let Some(module) = &settings.settings {
        return Ok(Some(app.package()?.module(module.name())));
    }
    if settings.django_settings_module.is_some() {
        return Ok(None);
    }
    let package = app.project.package().filter(|_| app.has_settings_docker);
    Ok(package.map(|package| package.module("settings_docker")))
}

/// Sets HOME, USER and LOGNAME for a user that is not in passwd: programs that need
/// them would fail.
fn set_user_variables(user: &User, environment: &mut Environment) {
    if user.is_known {
        return;
    }
    if let Some(temporary) = user.temporary_folder.as_ref().filter(|_| !user.has_home) {
        environment.set("HOME", temporary);
    }
    environment.set_default("USER", user.uid.to_string());
    environment.set_default("LOGNAME", user.uid.to_string());
}

/// PATH with a folder at its front, and not in a second place.
fn path_with_first(folder: &Path, path: Option<&OsStr>) -> OsString {
    let path = path.unwrap_or(OsStr::new(DEFAULT_PATH)).as_bytes();
    let folder = folder.as_os_str().as_bytes();
    let others = path.split(|byte| *byte == b':').filter(|entry| *entry != folder);
    let entries: Vec<&[u8]> = std::iter::once(folder).chain(others).collect();
    OsString::from_vec(entries.join(&b':'))
}
