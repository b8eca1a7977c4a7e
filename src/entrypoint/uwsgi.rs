//! The parts of uWSGI's options that the entrypoint has to understand.
//!
//! uWSGI reads `UWSGI_NAME` from the environment, then its command line, then the
//! config files. The last value of an option wins, so a default of ours in the
//! environment has the lowest priority. Only options that add up (sockets,
//! loggers) must be left out if the caller sets them.

use super::environment::Environment;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The extensions of config files.
const EXTENSIONS: [&[u8]; 6] = [b".ini", b".xml", b".yaml", b".yml", b".json", b".js"];
/// The variables that name a config file.
const VARIABLES: [&str; 5] = ["UWSGI_INI", "UWSGI_XML", "UWSGI_YAML", "UWSGI_YML", "UWSGI_JSON"];

/// The config files that the arguments and the environment name.
pub(super) fn config_files(arguments: &[OsString], environment: &[(OsString, OsString)]) -> Vec<PathBuf> {
    let named = environment.iter().filter(|(name, _)| VARIABLES.iter().any(|known| name == known));
    let words = named.map(|(_, value)| value).chain(arguments);
    words.filter_map(|word| config_path(word.as_bytes())).collect()
}

/// `FILE`, `FILE:SECTION`, `--ini=FILE`.
fn config_path(word: &[u8]) -> Option<PathBuf> {
    let word = match word.strip_prefix(b"--") {
        Some(option) => &option[option.iter().position(|byte| *byte == b'=')? + 1..],
        None => word,
    };
    let end = word.iter().rposition(|byte| *byte == b':');
    let path = end.map_or(word, |end| &word[..end]);
    let is_file = !path.is_empty() && EXTENSIONS.iter().any(|ending| path.ends_with(ending));
    is_file.then(|| OsStr::from_bytes(path).into())
}

/// Everything in which the caller may set options of uWSGI.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallerOptions<'a> {
    pub(super) arguments: &'a [OsString],
    pub(super) environment: &'a Environment,
    /// The text of the config files; `None` if one can't be read.
    pub(super) files: Option<&'a [u8]>,
}

impl CallerOptions<'_> {
    /// Whether one of these options is set anywhere. A file that can't be read may
    /// set any option.
    pub(super) fn set_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            let option = format!("{}{name}", if name.len() == 1 { "-" } else { "--" });
            let variable = format!("UWSGI_{}", name.replace('-', "_").to_ascii_uppercase());
            super::args::has_option(self.arguments, &[&option])
                || self.environment.get(&variable).is_some_and(|value| !value.is_empty())
                || self.files.is_none_or(|text| name.len() > 1 && has_key(text, name))
        })
    }
}

/// Whether a config file, in any format, has a key of that name.
fn has_key(text: &[u8], name: &str) -> bool {
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
    use super::{CallerOptions, config_files};
    use crate::entrypoint::environment::Environment;
    use std::ffi::OsString;
    use std::path::Path;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn finds_config_files() {
        let named = |line: &str| config_files(&words(line), &[]);
        assert_eq!(named("--ini uwsgi.ini -p 2"), [Path::new("uwsgi.ini")]);
        assert_eq!(
            named("--yaml=conf/a.yml --ini b.ini:production"),
            [Path::new("conf/a.yml"), Path::new("b.ini")]
        );
        assert_eq!(named("--http-socket :8000 --logto x.log"), [""; 0].map(Path::new));
        let variable = [("UWSGI_INI".into(), "/etc/u.ini".into()), ("X".into(), "b.ini".into())];
        assert_eq!(config_files(&[], &variable), [Path::new("/etc/u.ini")]);
    }

    #[test]
    fn an_option_may_be_set_in_any_place() {
        let environment = Environment::new(&[("UWSGI_HTTP_SOCKET".into(), ":80".into())]);
        let none = Environment::default();
        let arguments = words("--processes=4 -s /tmp/x");
        let is_set = |name: &str, environment, arguments, files| {
            CallerOptions { arguments, environment, files }.set_any(&[name])
        };
        assert!(is_set("http-socket", &environment, &[], Some(b"".as_slice())));
        assert!(
            is_set("processes", &none, &arguments, Some(b"")) && is_set("s", &none, &arguments, Some(b""))
        );
        assert!(!is_set("socket", &none, &arguments, Some(b"")));
        assert!(is_set("socket", &none, &[], None), "a file that can't be read");
        for text in [
            "[uwsgi]\nsocket = :1",
            " socket=:1",
            "uwsgi:\n  socket: x",
            "<socket>x</socket>",
            "\"socket\": 1",
        ] {
            assert!(is_set("socket", &none, &[], Some(text.as_bytes())), "{text}");
        }
        for text in ["; socket = :1", "#socket = 1", "http-socket = 1", "chmod-socket = 666", "x = socket"] {
            assert!(!is_set("socket", &none, &[], Some(text.as_bytes())), "{text}");
        }
    }
}
