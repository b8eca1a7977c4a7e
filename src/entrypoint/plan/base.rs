//! What every process of ours stands on: the folder, the virtualenv and the
//! environment that goes with them.

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

/// What has to be there for any process of ours.
pub(super) fn check(given: PlanInput<'_>) -> Result<(), Error> {
    let app = &given.facts.app;
    if !app.is_there {
        return Err(Error::NoFolder { folder: app.folder.clone() });
    }
    if !app.is_open {
        return Err(Error::Folder { folder: app.folder.clone(), errno: Errno::EACCES });
    }
    match &given.facts.python {
        Python::Broken(broken) => Err(broken.clone().into()),
        Python::Virtualenv(_) | Python::System => Ok(()),
    }
}

/// The environment of any process of ours: ours with the virtualenv first on
/// PATH, the settings module, and a home for a user without one.
pub(super) fn environment(given: PlanInput<'_>, mut environment: Environment) -> Result<Environment, Error> {
    if let Some(module) = settings_module(given)? {
        environment.set("DJANGO_SETTINGS_MODULE", module);
    }
    Ok(surroundings(given, environment))
}

/// The part of it that can't fail.
pub(super) fn surroundings(given: PlanInput<'_>, mut environment: Environment) -> Environment {
    if let Python::Virtualenv(folder) = &given.facts.python {
        let path = in_front(&folder.join("bin"), environment.get("PATH"));
        environment.set("PATH", path);
        environment.set("VIRTUAL_ENV", folder);
    }
    identify(&given.facts.user, &mut environment);
    environment
}

/// DJANGO_SETTINGS_MODULE, where we have a say in it.
pub(super) fn settings_module(given: PlanInput<'_>) -> Result<Option<String>, Error> {
    let (settings, app) = (given.settings, &given.facts.app);
    if let Some(module) = &settings.settings {
        return Ok(Some(app.package()?.module(module.name())));
    }
    if settings.django_settings_module.is_some() {
        return Ok(None);
    }
    let package = app.project.package().filter(|_| app.has_settings_docker);
    Ok(package.map(|package| package.module("settings_docker")))
}

/// A user whom passwd does not know gets what passwd would have given: programs
/// that ask for a name or a home would fail without.
fn identify(user: &User, environment: &mut Environment) {
    if user.is_known {
        return;
    }
    if let Some(temporary) = user.temporary.as_ref().filter(|_| !user.has_home) {
        environment.set("HOME", temporary);
    }
    environment.set_default("USER", user.uid.to_string());
    environment.set_default("LOGNAME", user.uid.to_string());
}

/// PATH with a folder at its front, and nowhere else.
fn in_front(folder: &Path, path: Option<&OsStr>) -> OsString {
    let path = path.unwrap_or(OsStr::new(DEFAULT_PATH)).as_bytes();
    let folder = folder.as_os_str().as_bytes();
    let others = path.split(|byte| *byte == b':').filter(|entry| *entry != folder);
    let entries: Vec<&[u8]> = std::iter::once(folder).chain(others).collect();
    OsString::from_vec(entries.join(&b':'))
}
