//! Completes the environment from files before anything reads it: first the env
//! file, with lower priority, then the secrets that either of them names.

use super::env_file;
use super::env_var::{Name, Variables};
use super::error::Error;
use super::notice::Notice;
use super::secrets::{self, Rule, Secret};
use super::settings::DEFAULT_APP_FOLDER;
use crate::sys::files;
use crate::world::World;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The largest value that `execve(2)` accepts (MAX_ARG_STRLEN), minus room for
/// its name, in bytes.
const SECRET_LIMIT: u64 = 127 * 1024;
/// The size limit of an env file, in bytes.
const ENV_FILE_LIMIT: u64 = 1024 * 1024;

type Environment = Vec<(OsString, OsString)>;

/// The world with its environment completed, its variables, and notices about it.
pub(super) fn complete(world: &World) -> Result<(Cow<'_, World>, Variables, Vec<Notice>), Error> {
    let mut variables = Variables::from_env(&world.environment)?;
    let mut environment = Cow::Borrowed(world.environment.as_slice());
    let mut notices = Vec::new();
    if let Some(file) = env_file(&variables, &world.folder) {
        let lower = read_env_file(&file)?;
        let count = environment.len();
        environment = Cow::Owned(layered(environment.into_owned(), lower)?);
        variables = Variables::from_env(&environment)?;
        notices.push(Notice::EnvFile { file, count: environment.len() - count });
    }
    let found = secrets::find(&environment, &rule(&variables)?)?;
    if !found.is_empty() {
        let environment = environment.to_mut();
        for secret in &found {
            let value = read_secret(secret, &world.folder)?;
            environment.retain(|(name, _)| *name != secret.name && *name != secret.variable);
            environment.push((secret.name.clone(), value));
        }
        variables = Variables::from_env(environment)?;
        notices.push(Notice::Secrets(found));
    }
    let world = match environment {
        Cow::Borrowed(_) => Cow::Borrowed(world),
        Cow::Owned(environment) => Cow::Owned(World { environment, ..world.clone() }),
    };
    Ok((world, variables, notices))
}

/// The env file. A relative path starts in the app folder.
fn env_file(variables: &Variables, folder: &Path) -> Option<PathBuf> {
    let app_folder = variables.bytes(Name::EntrypointAppDir).unwrap_or(OsStr::new(DEFAULT_APP_FOLDER));
    variables.bytes(Name::EntrypointEnvFile).map(|file| folder.join(app_folder).join(file))
}

fn read_env_file(file: &Path) -> Result<Vec<(String, String)>, env_file::Error> {
    let name = || file.to_owned();
    match files::read_regular(file, ENV_FILE_LIMIT) {
        Ok(Some(content)) => env_file::parse(&content.bytes, file),
        Ok(None) => Err(env_file::Error::Absent { file: name() }),
        Err(error) => Err(env_file::Error::Unreadable { file: name(), error }),
    }
}

fn read_secret(secret: &Secret, folder: &Path) -> Result<OsString, secrets::Error> {
    let file = folder.join(&secret.file);
    let variable = secret.variable.clone();
    match files::read_regular(&file, SECRET_LIMIT) {
        Ok(Some(content)) => {
            secrets::file_value(&content.bytes).ok_or(secrets::Error::Nul { variable, file })
        }
        Ok(None) => Err(secrets::Error::Absent { variable, file }),
        Err(error) => Err(secrets::Error::Unreadable { variable, file, error }),
    }
}

/// Merges two environments; `upper` has priority. A variable of one also hides
/// the secret file for it in the other.
fn layered(upper: Environment, file: Vec<(String, String)>) -> Result<Environment, Error> {
    let mut lower: Environment = Vec::new();
    for (name, value) in file {
        // The first of several with one name counts, as when dotenvy loads a file.
        if !lower.iter().any(|(known, _)| *known == *name) {
            lower.push((name.into(), value.into()));
        }
    }
    let both = [upper.as_slice(), &lower].concat();
    let rule = rule(&Variables::from_env(&both)?)?;
    let covered = |name: &OsStr, value: &OsStr| {
        let of = rule.secret(name, value).map(|secret| secret.name);
        upper.iter().any(|(key, value)| {
            key == name
                || of.as_ref().is_some_and(|of| key == of && !value.is_empty())
                || rule.secret(key, value).is_some_and(|secret| secret.name == name)
        })
    };
    lower.retain(|(name, value)| !covered(name, value));
    Ok([upper, lower].concat())
}

fn rule(variables: &Variables) -> Result<Rule, secrets::Error> {
    Rule::from_value(variables.bytes(Name::EntrypointSecrets))
}

#[cfg(test)]
mod tests {
    use super::layered;
    use std::ffi::OsString;

    fn over(upper: &[(&str, &str)], below: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let upper = upper.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let below = below.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        layered(upper, below).unwrap()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_environment_has_priority() {
        let both = over(&[("A", "1"), ("B", "")], &[("A", "x"), ("B", "x"), ("C", "3"), ("C", "4")]);
        assert_eq!(both, pairs(&[("A", "1"), ("B", ""), ("C", "3")]));
    }

    #[test]
    fn a_variable_hides_its_secret_file_and_vice_versa() {
        let file = ("KEY_FILE", "/run/secrets/key");
        assert_eq!(over(&[("KEY", "1")], &[file]), pairs(&[("KEY", "1")]));
        assert_eq!(over(&[file], &[("KEY", "1")]), pairs(&[file]));
        let named = ("ENTRYPOINT_SECRETS", "TOKEN");
        let file = ("TOKEN_FILE", "/etc/token");
        assert_eq!(over(&[file], &[("TOKEN", "1"), named]), pairs(&[file, named]));
    }
}
