//! Secrets in files: `X_FILE=/run/secrets/x` becomes `X`.

use crate::report;
use crate::shell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Where Swarm and Compose mount secrets.
const FOLDER: &str = "/run/secrets";

/// Variables whose readers expect a file name.
const KEPT_VARIABLES: [&str; 7] = [
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
    pub(super) name: OsString,
    /// The variable that names the file: the name with `_FILE`.
    pub(super) variable: OsString,
    pub(super) file: PathBuf,
}

/// Why a secret can't be read. Its value is never kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{name} and {name}_FILE are both set: unset one of them", name = report::printable(name))]
    Both { name: OsString },
    #[error(
        "ENTRYPOINT_SECRETS contains \"{}\", which is not a variable that can be read from a file: \
         give names like SECRET_KEY (not SECRET_KEY_FILE), separated by blanks",
        report::printable(name)
    )]
    Name { name: String },
    #[error("cannot read ENTRYPOINT_SECRETS: its value is not UTF-8")]
    NotText,
    #[error("cannot read {}, which {} names: the file does not exist", file.display(), report::printable(variable))]
    Absent { variable: OsString, file: PathBuf },
    #[error("cannot use {}, which {} names: it {error}", file.display(), report::printable(variable))]
    Unreadable { variable: OsString, file: PathBuf, error: crate::sys::files::Error },
    #[error("cannot use {}, which {} names: it contains a NUL byte", file.display(), report::printable(variable))]
    Nul { variable: OsString, file: PathBuf },
}

/// Which variables name secret files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// `ENTRYPOINT_SECRETS=none`.
    Off,
    /// Variables whose files are under `/run/secrets`, and variables with these names.
    On(Vec<String>),
}

impl Rule {
    /// Parses ENTRYPOINT_SECRETS: names separated by blanks or commas.
    pub(super) fn from_value(value: Option<&OsStr>) -> Result<Self, Error> {
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

    /// The secret whose file this variable names, if any.
    pub(super) fn secret(&self, variable: &OsStr, value: &OsStr) -> Option<Secret> {
        let Self::On(named) = self else { return None };
        let name = variable.as_bytes().strip_suffix(b"_FILE").filter(|name| !name.is_empty())?;
        let name = OsStr::from_bytes(name);
        let is_named = named.iter().any(|named| name == OsStr::new(named));
        let is_kept = KEPT_VARIABLES.iter().any(|kept| variable == *kept);
        if value.is_empty() || !(is_named || is_in_folder(Path::new(value)) && !is_kept) {
            return None;
        }
        Some(Secret { name: name.to_owned(), variable: variable.to_owned(), file: value.into() })
    }
}

/// Whether a name is valid in `sh` and does not end with `_FILE`.
fn is_name(name: &str) -> bool {
    shell::is_name(name.as_bytes()) && !name.ends_with("_FILE")
}

/// Whether a path is under [`FOLDER`] and contains no `..`.
fn is_in_folder(path: &Path) -> bool {
    let rest = path.strip_prefix(FOLDER).ok();
    rest.is_some_and(|rest| {
        rest != Path::new("") && rest.components().all(|part| matches!(part, Component::Normal(_)))
    })
}

/// The secrets of an environment. To set both a variable and its file is an
/// error. An empty variable counts as not set.
pub(super) fn find(environment: &[(OsString, OsString)], rule: &Rule) -> Result<Vec<Secret>, Error> {
    let secrets: Vec<Secret> =
        environment.iter().filter_map(|(variable, value)| rule.secret(variable, value)).collect();
    let is_set = |name: &OsStr| environment.iter().any(|(key, value)| key == name && !value.is_empty());
    match secrets.iter().find(|secret| is_set(&secret.name)) {
        Some(both) => Err(Error::Both { name: both.name.clone() }),
        None => Ok(secrets),
    }
}

/// The value in a secret file: its content without one final newline. `None` if
/// it contains a NUL byte.
pub(super) fn file_value(bytes: &[u8]) -> Option<OsString> {
    let value = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    (!value.contains(&0)).then(|| OsStr::from_bytes(value).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Error, Rule, file_value, find};
    use std::ffi::{OsStr, OsString};

    fn find_secrets(variables: &[(&str, &str)], rule: &str) -> Result<Vec<String>, Error> {
        let environment: Vec<(OsString, OsString)> =
            variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let secrets = find(&environment, &Rule::from_value(Some(OsStr::new(rule)))?)?;
        Ok(secrets
            .iter()
            .map(|secret| format!("{}={}", secret.name.display(), secret.file.display()))
            .collect())
    }

    #[test]
    fn files_under_run_secrets_are_secrets() {
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
            find_secrets(&variables, "").unwrap(),
            ["SECRET_KEY=/run/secrets/key", "DEEP=/run/secrets/app/deep"]
        );
        assert_eq!(find_secrets(&variables, "none").unwrap(), [""; 0]);
    }

    #[test]
    fn named_variables_may_have_files_anywhere() {
        let variables = [("TOKEN_FILE", "/etc/token"), ("SSL_CERT_FILE", "/etc/ca.pem"), ("A_FILE", "a")];
        assert_eq!(find_secrets(&variables, "TOKEN, A").unwrap(), ["TOKEN=/etc/token", "A=a"]);
        assert_eq!(find_secrets(&variables, "_2 t,TOKEN").unwrap(), ["TOKEN=/etc/token"]);
        for bad in ["TOKEN=x", "TOKEN;A", "A_FILE", "TOKEN A$", "2A", "A-B", "a/b", "\u{e4}"] {
            assert!(matches!(find_secrets(&variables, bad), Err(Error::Name { .. })), "{bad}");
        }
    }

    #[test]
    fn a_variable_and_its_file_together_are_an_error() {
        let both = find_secrets(&[("KEY_FILE", "/run/secrets/key"), ("KEY", "s3cret")], "").unwrap_err();
        assert_eq!(both.to_string(), "KEY and KEY_FILE are both set: unset one of them");
        assert_eq!(find_secrets(&[("KEY_FILE", "/run/secrets/key"), ("KEY", "")], "").unwrap().len(), 1);
        assert_eq!(find_secrets(&[("KEY_FILE", "/etc/key"), ("KEY", "x")], "").unwrap().len(), 0);
    }

    #[test]
    fn one_final_newline_is_removed() {
        assert_eq!(file_value(b"a b\n\n"), Some("a b\n".into()));
        assert_eq!(file_value(b" x\r\n"), Some(" x\r".into()));
        assert_eq!(file_value(b""), Some("".into()));
        assert_eq!(file_value(b"a\0b"), None);
    }
}
