//! Secrets in files: `X_FILE=/run/secrets/x` becomes `X`.

use crate::report;
use crate::shell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The variable that names more of them, wherever their files are.
pub(super) const SECRETS: &str = "ENTRYPOINT_SECRETS";

/// Where Swarm and Compose put a container's secrets.
const FOLDER: &str = "/run/secrets";

/// Variables whose readers want the file's name, wherever it is.
const FILE_WANTED: [&str; 7] = [
    "ENTRYPOINT_ENV_FILE",
    "SSL_CERT_FILE",
    "PIP_CONFIG_FILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_FEDERATED_TOKEN_FILE",
];

/// A variable whose value is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Secret {
    /// The variable.
    pub(super) name: OsString,
    /// The one that names its file: its name with `_FILE`.
    pub(super) variable: OsString,
    /// The file.
    pub(super) file: PathBuf,
}

/// Why a secret can't be had. Its value is never kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The variable and its file are both given.
    #[error("{name} and {name}_FILE are both set: unset one of them", name = report::name(name))]
    Both {
        /// The variable.
        name: OsString,
    },
    /// ENTRYPOINT_SECRETS names what is no variable, or the file's own.
    #[error(
        "ENTRYPOINT_SECRETS names \"{}\", which is no variable to be read from a file: \
         give names like SECRET_KEY (not SECRET_KEY_FILE), with blanks between them",
        report::name(name)
    )]
    Name {
        /// The word.
        name: String,
    },
    /// ENTRYPOINT_SECRETS is not text.
    #[error("cannot read ENTRYPOINT_SECRETS: its value is not UTF-8")]
    NotText,
    /// The file is not there.
    #[error("cannot read {}, which {} names: it is not there", file.display(), report::name(variable))]
    Absent {
        /// The variable that names it.
        variable: OsString,
        /// The file.
        file: PathBuf,
    },
    /// The file can't be read.
    #[error("cannot use {}, which {} names: it {error}", file.display(), report::name(variable))]
    Unreadable {
        /// The variable that names it.
        variable: OsString,
        /// The file.
        file: PathBuf,
        /// Why.
        error: crate::sys::files::Error,
    },
    /// The file holds a byte that no variable can.
    #[error("cannot use {}, which {} names: it holds a NUL byte", file.display(), report::name(variable))]
    Nul {
        /// The variable that names it.
        variable: OsString,
        /// The file.
        file: PathBuf,
    },
}

/// Which variables are secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// None: `ENTRYPOINT_SECRETS=none`.
    Off,
    /// Those whose files are under `/run/secrets`, and these.
    On(Vec<String>),
}

impl Rule {
    /// Reads ENTRYPOINT_SECRETS: names with blanks or commas between them.
    pub(super) fn of(value: Option<&OsStr>) -> Result<Self, Error> {
        let value = value.unwrap_or_default().to_str().ok_or(Error::NotText)?;
        let words = value.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty());
        let names: Vec<String> = words.map(str::to_owned).collect();
        if names == ["none"] {
            return Ok(Self::Off);
        }
        match names.iter().find(|name| !is_name(name)) {
            Some(name) => Err(Error::Name { name: name.clone() }),
            None => Ok(Self::On(names)),
        }
    }

    /// The secret that a variable names the file of.
    pub(super) fn secret(&self, variable: &OsStr, value: &OsStr) -> Option<Secret> {
        let Self::On(named) = self else { return None };
        let name = variable.as_bytes().strip_suffix(b"_FILE").filter(|name| !name.is_empty())?;
        let name = OsStr::from_bytes(name);
        let is_named = named.iter().any(|named| name == OsStr::new(named));
        let is_kept = FILE_WANTED.iter().any(|kept| variable == *kept);
        if value.is_empty() || !(is_named || is_secret(Path::new(value)) && !is_kept) {
            return None;
        }
        Some(Secret { name: name.to_owned(), variable: variable.to_owned(), file: value.into() })
    }
}

/// A name as `sh` has them, and not the file's own.
fn is_name(name: &str) -> bool {
    shell::is_name(name.as_bytes()) && !name.ends_with("_FILE")
}

/// Whether a path is under the folder of secrets, without a way out of it.
fn is_secret(path: &Path) -> bool {
    let rest = path.strip_prefix(FOLDER).ok();
    rest.is_some_and(|rest| {
        rest != Path::new("") && rest.components().all(|part| matches!(part, Component::Normal(_)))
    })
}

/// The secrets of an environment. A variable that is set beside its file is an
/// error; an empty one counts as not set.
pub(super) fn find(environment: &[(OsString, OsString)], rule: &Rule) -> Result<Vec<Secret>, Error> {
    let secrets: Vec<Secret> =
        environment.iter().filter_map(|(variable, value)| rule.secret(variable, value)).collect();
    let is_set = |name: &OsStr| environment.iter().any(|(key, value)| key == name && !value.is_empty());
    match secrets.iter().find(|secret| is_set(&secret.name)) {
        Some(both) => Err(Error::Both { name: both.name.clone() }),
        None => Ok(secrets),
    }
}

/// The value in a file: all of it but one final newline.
pub(super) fn value(bytes: &[u8]) -> Option<OsString> {
    let value = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    (!value.contains(&0)).then(|| OsStr::from_bytes(value).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Error, Rule, find, value};
    use std::ffi::{OsStr, OsString};

    fn found(variables: &[(&str, &str)], rule: &str) -> Result<Vec<String>, Error> {
        let environment: Vec<(OsString, OsString)> =
            variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let secrets = find(&environment, &Rule::of(Some(OsStr::new(rule)))?)?;
        Ok(secrets
            .iter()
            .map(|secret| format!("{}={}", secret.name.display(), secret.file.display()))
            .collect())
    }

    #[test]
    fn files_in_the_folder_of_secrets() {
        let variables = [
            ("SECRET_KEY_FILE", "/run/secrets/key"),
            ("DEEP_FILE", "/run/secrets/app/deep"),
            ("OTHER_FILE", "/etc/other"),
            ("UP_FILE", "/run/secrets/../../etc/shadow"),
            ("NEAR_FILE", "/run/secretsx/y"),
            ("FOLDER_FILE", "/run/secrets/"),
            ("_FILE", "/run/secrets/x"),
            ("SSL_CERT_FILE", "/run/secrets/ca.pem"),
            ("ENTRYPOINT_ENV_FILE", "/run/secrets/env"),
            ("EMPTY_FILE", ""),
        ];
        assert_eq!(
            found(&variables, "").unwrap(),
            ["SECRET_KEY=/run/secrets/key", "DEEP=/run/secrets/app/deep"]
        );
        assert_eq!(found(&variables, "none").unwrap(), [""; 0]);
    }

    #[test]
    fn names_that_are_given() {
        let variables = [("TOKEN_FILE", "/etc/token"), ("SSL_CERT_FILE", "/etc/ca.pem"), ("A_FILE", "a")];
        assert_eq!(found(&variables, "TOKEN, A").unwrap(), ["TOKEN=/etc/token", "A=a"]);
        assert_eq!(found(&variables, "_2 t,TOKEN").unwrap(), ["TOKEN=/etc/token"]);
        for bad in ["TOKEN=x", "TOKEN;A", "A_FILE", "TOKEN A$", "2A", "A-B", "a/b", "\u{e4}"] {
            assert!(matches!(found(&variables, bad), Err(Error::Name { .. })), "{bad}");
        }
    }

    #[test]
    fn both_is_an_error_and_empty_is_neither() {
        let both = found(&[("KEY_FILE", "/run/secrets/key"), ("KEY", "s3cret")], "").unwrap_err();
        assert_eq!(both.to_string(), "KEY and KEY_FILE are both set: unset one of them");
        assert_eq!(found(&[("KEY_FILE", "/run/secrets/key"), ("KEY", "")], "").unwrap().len(), 1);
        assert_eq!(found(&[("KEY_FILE", "/etc/key"), ("KEY", "x")], "").unwrap().len(), 0);
    }

    #[test]
    fn one_final_newline_goes() {
        assert_eq!(value(b"a b\n\n"), Some("a b\n".into()));
        assert_eq!(value(b" x\r\n"), Some(" x\r".into()));
        assert_eq!(value(b""), Some("".into()));
        assert_eq!(value(b"a\0b"), None);
    }
}
