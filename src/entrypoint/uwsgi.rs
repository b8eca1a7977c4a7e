//! uWSGI's options, as far as we have to understand them.
//!
//! It reads `UWSGI_NAME` from the environment, then its command line, then the
//! config files, and of an option that has one value the last counts. So a
//! default of ours in the environment gives way to all that the caller says;
//! only what adds up (sockets, loggers) must be left out where it is said.

use super::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// How the names of config files end.
const FILES: [&[u8]; 6] = [b".ini", b".xml", b".yaml", b".yml", b".json", b".js"];
/// The variables that name one.
const VARIABLES: [&str; 5] = ["UWSGI_INI", "UWSGI_XML", "UWSGI_YAML", "UWSGI_YML", "UWSGI_JSON"];

/// The config files that the arguments and the environment name.
pub(super) fn files(arguments: &[OsString], environment: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let named = environment.iter().filter(|(name, _)| VARIABLES.iter().any(|known| name == known));
    let words = named.map(|(_, value)| value).chain(arguments);
    words.filter_map(|word| file(word.as_bytes())).collect()
}

/// `FILE`, `FILE:SECTION`, `--ini=FILE`.
fn file(word: &[u8]) -> Option<PathBuf> {
    let word = match word.strip_prefix(b"--") {
        Some(option) => &option[option.iter().position(|byte| *byte == b'=')? + 1..],
        None => word,
    };
    let end = word.iter().rposition(|byte| *byte == b':');
    let path = end.map_or(word, |end| &word[..end]);
    let is_file = !path.is_empty() && FILES.iter().any(|ending| path.ends_with(ending));
    is_file.then(|| OsStr::from_bytes(path).into())
}

/// What the caller has said to uWSGI.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    /// Its arguments.
    pub(super) arguments: &'a [OsString],
    /// Its environment.
    pub(super) environment: &'a Environment,
    /// The text of its config files; `None` where one can't be read.
    pub(super) files: Option<&'a [u8]>,
}

impl Said<'_> {
    /// Whether one of these options is said anywhere. A file that can't be looked
    /// into may say anything.
    pub(super) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            let option = format!("{}{name}", if name.len() == 1 { "-" } else { "--" });
            let variable = format!("UWSGI_{}", name.replace('-', "_").to_ascii_uppercase());
            super::args::says(self.arguments, &[&option])
                || self.environment.get(&variable).is_some_and(|value| !value.is_empty())
                || self.files.is_none_or(|text| name.len() > 1 && mentions(text, name))
        })
    }
}

/// Whether a config file of any of its formats has a key of that name.
fn mentions(text: &[u8], name: &str) -> bool {
    let is_comment = |line: &&[u8]| matches!(line.trim_ascii_start().first(), Some(b';' | b'#'));
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !is_comment(line));
    // The key is the first word: `key = value`, `key: value`, `<key>`, `"key": value`.
    lines.map(|line| line.split(|byte| !is_name(byte)).find(|word| !word.is_empty() && *word != b"-")).any(
        |word| {
            let word = word.unwrap_or_default().to_ascii_lowercase();
            OsString::from_vec(word).to_str().is_some_and(|word| word.replace('_', "-") == name)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::{Said, files};
    use crate::entrypoint::environment::Environment;
    use std::ffi::OsString;
    use std::path::Path;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn config_files() {
        let named = |line: &str| files(&words(line), &[]);
        assert_eq!(named("--ini uwsgi.ini -p 2"), [Path::new("uwsgi.ini")]);
        assert_eq!(
            named("--yaml=conf/a.yml --ini b.ini:production"),
            [Path::new("conf/a.yml"), Path::new("b.ini")]
        );
        assert_eq!(named("--http-socket :8000 --logto x.log"), [""; 0].map(Path::new));
        let variable = [("UWSGI_INI".into(), "/etc/u.ini".into()), ("X".into(), "b.ini".into())];
        assert_eq!(files(&[], &variable), [Path::new("/etc/u.ini")]);
    }

    #[test]
    fn what_is_said_anywhere() {
        let environment = Environment::of(&[("UWSGI_HTTP_SOCKET".into(), ":80".into())]);
        let none = Environment::default();
        let arguments = words("--processes=4 -s /tmp/x");
        let said =
            |name: &str, environment, arguments, files| Said { arguments, environment, files }.any(&[name]);
        assert!(said("http-socket", &environment, &[], Some(b"".as_slice())));
        assert!(said("processes", &none, &arguments, Some(b"")) && said("s", &none, &arguments, Some(b"")));
        assert!(!said("socket", &none, &arguments, Some(b"")));
        assert!(said("socket", &none, &[], None), "a file that can't be read");
        for text in [
            "[uwsgi]\nsocket = :1",
            " socket=:1",
            "uwsgi:\n  socket: x",
            "<socket>x</socket>",
            "\"socket\": 1",
        ] {
            assert!(said("socket", &none, &[], Some(text.as_bytes())), "{text}");
        }
        for text in ["; socket = :1", "#socket = 1", "http-socket = 1", "chmod-socket = 666", "x = socket"] {
            assert!(!said("socket", &none, &[], Some(text.as_bytes())), "{text}");
        }
    }
}
