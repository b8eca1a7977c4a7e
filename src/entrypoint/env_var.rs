//! The variables that the entrypoint reads.

use super::error::Error;
use crate::report;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Every variable that the entrypoint reads. (The code that serde derives for a struct with a field
/// for each is 4 kB larger.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum Name {
    App,
    Settings,
    DjangoSettingsModule,
    VirtualEnv,
    Port,
    WebConcurrency,
    EntrypointAppDir,
    EntrypointDrain,
    EntrypointEnvFile,
    EntrypointFirstRun,
    EntrypointFirstRunAtomic,
    EntrypointHealth,
    EntrypointHealthHost,
    EntrypointHealthPath,
    EntrypointHealthTimeout,
    EntrypointHooks,
    EntrypointInit,
    EntrypointInitGroup,
    EntrypointInstall,
    EntrypointSecrets,
    EntrypointServer,
    EntrypointUser,
    EntrypointWait,
    EntrypointWaitTimeout,
    EntrypointWheelhouse,
    // The app's own.
    AllowedHosts,
    DjangoAllowedHosts,
    DatabaseUrl,
    DbHost,
    DbPort,
    DbEngine,
    BrokerUrl,
    CeleryBrokerUrl,
    /// Any other, which is not read.
    #[serde(other)]
    Other,
}

/// The variables that are set. Each is validated by the code that needs it, so that a value that is
/// not valid does not stop another process. The values may be any bytes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Variables(BTreeMap<Name, Variable>);

impl Variables {
    pub(super) fn from_env(environment: &[(OsString, OsString)]) -> Result<Self, Error> {
        envy::from_iter(entries(environment)).map_err(|error| Error::Variables { error })
    }

    /// The variable, unless it is empty.
    fn non_empty(&self, name: Name) -> Option<&Variable> {
        self.0.get(&name).filter(|variable| !variable.value.is_empty())
    }

    /// The value; `None` if it is not set or empty.
    pub(super) fn bytes(&self, name: Name) -> Option<&OsStr> {
        self.non_empty(name).map(|variable| variable.value.as_os_str())
    }

    /// The value as text; `None` if it is not set or empty.
    pub(super) fn text(&self, name: Name) -> Result<Option<&str>, Error> {
        self.non_empty(name).map(Variable::text).transpose()
    }

    /// The value as text, which may be empty; `None` if it is not set.
    pub(super) fn text_or_empty(&self, name: Name) -> Result<Option<&str>, Error> {
        self.0.get(&name).map(Variable::text).transpose()
    }

    /// The value as text; `None` if it is not set, empty or not UTF-8.
    pub(super) fn valid_text(&self, name: Name) -> Option<&str> {
        self.bytes(name)?.to_str()
    }

    /// The value, which must be 1 or 0.
    pub(super) fn flag(&self, name: Name, default: bool) -> Result<bool, Error> {
        let Some(variable) = self.non_empty(name) else { return Ok(default) };
        match variable.text()? {
            "0" => Ok(false),
            "1" => Ok(true),
            value => Err(Error::Flag { name: variable.name.clone(), value: value.to_owned() }),
        }
    }
}

/// The environment for envy. It ignores the case of names, and copies a variable several times before
/// it looks at its name: so it gets names in capitals that [`Name`] has. Of several with one name the
/// first counts (`getenv(3)`): it comes last and replaces the others.
fn entries(environment: &[(OsString, OsString)]) -> impl Iterator<Item = (String, String)> {
    environment.iter().rev().filter_map(|(name, value)| {
        let name = name.to_str().filter(|name| !name.bytes().any(|byte| byte.is_ascii_lowercase()))?;
        is_read(&name.to_ascii_lowercase()).then(|| (name.to_owned(), Variable::encode(name, value)))
    })
}

fn is_read(lower: &str) -> bool {
    let name = Name::deserialize(StrDeserializer::<envy::Error>::new(lower));
    name.is_ok_and(|name| name != Name::Other)
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Variable {
    name: String,
    value: OsString,
}

impl Variable {
    /// The variable as the text that envy passes on. A value that is not UTF-8 is marked by a NUL,
    /// which no variable contains, and has one character for each byte.
    fn encode(name: &str, value: &OsStr) -> String {
        let characters = || value.as_bytes().iter().map(|byte| char::from(*byte));
        match value.to_str() {
            Some(text) => [name, "=", text].concat(),
            None => [name, "=\0", &characters().collect::<String>()].concat(),
        }
    }

    fn text(&self) -> Result<&str, Error> {
        self.value.to_str().ok_or_else(|| Error::NotText { name: self.name.clone() })
    }
}

impl From<String> for Variable {
    fn from(text: String) -> Self {
        let (name, value) = text.split_once('=').unwrap_or_default();
        let byte = |character| u8::try_from(character).unwrap_or_default();
        let value = match value.strip_prefix('\0') {
            Some(characters) => OsString::from_vec(characters.chars().map(byte).collect()),
            None => value.into(),
        };
        Self { name: name.to_owned(), value }
    }
}

/// A value for a message. It is quoted if it is empty, or if it begins or ends
/// with white space.
pub(super) fn display_value(value: &str) -> String {
    let name = report::printable(value);
    if value.is_empty() || value.trim() != value { format!("\"{name}\"") } else { name }
}

#[cfg(test)]
mod tests {
    use super::{Name, Variables, display_value};
    use crate::entrypoint::error::Error;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn variables(environment: &[(&str, &[u8])]) -> Variables {
        let pair = |(name, value): &(&str, &[u8])| (name.into(), OsStr::from_bytes(value).to_owned());
        Variables::from_env(&environment.iter().map(pair).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn an_empty_value_is_none_and_other_bytes_are_an_error() {
        let app = |value: &[u8]| variables(&[("APP", value)]);
        assert_eq!(app(b"x=\xc3\xa4").text(Name::App).unwrap(), Some("x=\u{e4}"));
        assert_eq!(app(b"").text(Name::App).unwrap(), None);
        assert_eq!(app(b"").text_or_empty(Name::App).unwrap(), Some(""));
        assert_eq!(variables(&[("B", b"x")]).text_or_empty(Name::App).unwrap(), None);
        let bytes = app(b"\xff\xc3\xa4");
        assert_eq!(bytes.bytes(Name::App), Some(OsStr::from_bytes(b"\xff\xc3\xa4")));
        assert_eq!(bytes.valid_text(Name::App), None);
        assert_eq!(bytes.text(Name::App).unwrap_err().to_string(), "cannot read APP: its value is not UTF-8");
    }

    #[test]
    fn only_the_first_variable_with_the_exact_name_counts() {
        let kelvin = "ENTRYPOINT_HOOKS".replace('K', "\u{212a}");
        let found = variables(&[
            ("app", b"lower"),
            ("App", b"mixed"),
            ("APP", b"first"),
            ("APP", b"second"),
            (&kelvin, b"its K is a k in lower case"),
            ("PORT", b""),
            ("PORT", b"80"),
            ("=", b"="),
            ("", b""),
        ]);
        assert_eq!(found.text(Name::App).unwrap(), Some("first"));
        assert_eq!((found.bytes(Name::EntrypointHooks), found.bytes(Name::Port)), (None, None));
    }

    #[test]
    fn a_flag_is_1_or_0() {
        let flag = |default, value: &[u8]| {
            variables(&[("ENTRYPOINT_INIT_GROUP", value)]).flag(Name::EntrypointInitGroup, default)
        };
        assert!(flag(false, b"1").unwrap() && !flag(true, b"0").unwrap());
        assert!(flag(true, b"").unwrap() && !variables(&[]).flag(Name::EntrypointInitGroup, false).unwrap());
        let error = flag(true, b"off").unwrap_err();
        assert!(matches!(error, Error::Flag { .. }));
        assert_eq!(error.to_string(), "ENTRYPOINT_INIT_GROUP=off must be 1 or 0");
    }

    #[test]
    fn invisible_values_are_quoted() {
        for (value, text) in [("80", "80"), ("", "\"\""), (" ", "\" \""), ("80 ", "\"80 \""), ("a b", "a b")]
        {
            assert_eq!(display_value(value), text);
        }
    }
}
