//! The variables before the first file is read, and the environment of docker.

use super::app::AppName;
use crate::command::Environment;
use crate::shell;
use crate::shell::scope::{Scope, Text, Value, Variable};
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The environment of the caller, APP (and INSTANCE), and PWD as every shell exports it.
/// HOSTNAME, UID and EUID are set as bash sets them, if the environment lacks them.
pub fn initial_scope(world: &World, name: &AppName) -> Scope {
    let mut scope = Scope::default();
    for (key, value) in world.environment.iter().rev() {
        if let Some(key) = key.to_str().filter(|key| shell::is_name(key.as_bytes())) {
            scope.variables.insert(key.to_owned(), variable(value, true));
        }
    }
    if !world.pwd.as_os_str().is_empty() {
        scope.variables.insert("PWD".to_owned(), variable(world.pwd.as_os_str(), true));
    }
    assign(&mut scope, "APP", OsStr::new(&name.app));
    if let Some(instance) = &name.instance {
        assign(&mut scope, "INSTANCE", OsStr::new(instance));
    }
    let defaults =
        [("HOSTNAME", world.hostname.clone()), ("UID", number(world.uid)), ("EUID", number(world.euid))];
    for (key, value) in defaults {
        scope.variables.entry(key.to_owned()).or_insert_with(|| variable(&value, false));
    }
    scope
}

/// Assigns as a shell does: an exported variable stays exported.
pub fn assign(scope: &mut Scope, name: &str, value: &OsStr) {
    let exported = scope.variables.get(name).is_some_and(|old| old.exported);
    scope.variables.insert(name.to_owned(), variable(value, exported));
}

/// The environment that a command in the settings file would get: the environment of
/// the caller with the changes of the file. Variables that no shell can name are kept.
pub fn docker_environment(world: &World, scope: &Scope) -> Environment {
    let mut environment = Vec::new();
    for (key, value) in &world.environment {
        let name = key.to_str().filter(|key| shell::is_name(key.as_bytes()));
        if name.is_none() && !environment.iter().any(|(known, _)| known == key) {
            environment.push((key.clone(), value.clone()));
        }
    }
    for (name, variable) in &scope.variables {
        if let (true, Some(Value::Text(text))) = (variable.exported, &variable.value) {
            environment.push((name.into(), OsString::from_vec(text.bytes.clone())));
        }
    }
    environment
}

/// The variables of docker's environment that the caller does not have, or has with another value.
pub fn changed_vars(world: &World, environment: &[(OsString, OsString)]) -> Environment {
    let same =
        |name: &OsStr, value: &OsStr| world.environment.iter().any(|(key, old)| key == name && old == value);
    environment.iter().filter(|(name, value)| !same(name, value)).cloned().collect()
}

/// The variables of the caller that docker's environment does not have.
pub fn removed_vars<'a>(world: &'a World, environment: &[(OsString, OsString)]) -> Vec<&'a OsStr> {
    let is_kept = |name: &OsString| environment.iter().any(|(key, _)| key == name);
    let names = world.environment.iter().map(|(name, _)| name);
    names.filter(|name| !is_kept(name)).map(OsString::as_os_str).collect()
}

fn variable(value: &OsStr, exported: bool) -> Variable {
    let value = Some(Value::Text(Text::from_environment(value.as_bytes())));
    Variable { value, exported, readonly: false, place: None }
}

fn number(id: u32) -> OsString {
    id.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::{docker_environment, initial_scope};
    use crate::runner::app::AppName;
    use crate::shell::scope::{Scope, Value};
    use crate::world::World;
    use std::ffi::OsString;

    fn world(environment: &[(&str, &str)]) -> World {
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        World { environment, hostname: "web1".into(), uid: 7, euid: 0, ..World::default() }
    }

    fn name() -> AppName {
        AppName { app: "antisocial".into(), instance: Some("staging".into()) }
    }

    fn value(scope: &Scope, name: &str) -> String {
        match scope.variables[name].value.clone() {
            Some(Value::Text(text)) => String::from_utf8(text.bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sets_what_bash_sets() {
        let scope = initial_scope(&world(&[("HOME", "/root")]), &name());
        let values = ["APP", "INSTANCE", "HOSTNAME", "UID", "EUID", "HOME"].map(|name| value(&scope, name));
        assert_eq!(values, ["antisocial", "staging", "web1", "7", "0", "/root"]);
    }

    #[test]
    fn the_environment_overrides_defaults_and_app_overrides_it() {
        let world = world(&[("HOSTNAME", "other"), ("APP", "x"), ("A.B", "1"), ("A.B", "2")]);
        let scope = initial_scope(&world, &name());
        assert_eq!((value(&scope, "HOSTNAME"), value(&scope, "APP")), ("other".into(), "antisocial".into()));
        let handed: Vec<(OsString, OsString)> = [("A.B", "1"), ("APP", "antisocial"), ("HOSTNAME", "other")]
            .map(|(a, b)| (a.into(), b.into()))
            .into();
        assert_eq!(docker_environment(&world, &scope), handed);
    }
}
