//! gunicorn's options, as far as we have to understand them.

use crate::command::MASK;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The words of GUNICORN_CMD_ARGS, which gunicorn splits with Python's
/// `shlex.split`: quotes and backslashes as in a shell, nothing else.
pub(super) fn split(text: &OsStr) -> Vec<OsString> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote: Option<u8> = None;
    let mut bytes = text.as_bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b' ' | b'\t' | b'\r' | b'\n') => words.extend(word.take()),
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == byte => quote = None,
            (None, b'\\') => word.get_or_insert_default().extend(bytes.next()),
            (Some(b'"'), b'\\') => {
                let escaped = bytes.next_if(|next| matches!(next, b'"' | b'\\'));
                word.get_or_insert_default().push(escaped.unwrap_or(byte));
            }
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words.into_iter().map(OsString::from_vec).collect()
}

/// The config file that options name, `-c FILE` and its other spellings
/// (argparse takes any prefix that no other option shares); of several the last.
pub(super) fn config(options: &[OsString]) -> Option<OsString> {
    let mut found = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_bytes() {
            b"--" => break,
            b"-c" | b"--config" | b"--confi" | b"--conf" => found = options.next().cloned(),
            bytes => found = attached(bytes).map(OsStr::to_owned).or(found),
        }
    }
    found
}

/// The value that stands in the same word: `-cFILE`, `--config=FILE`.
fn attached(option: &[u8]) -> Option<&OsStr> {
    let long = ["--config=", "--confi=", "--conf="];
    let value = long.iter().find_map(|name| option.strip_prefix(name.as_bytes()));
    value.or_else(|| option.strip_prefix(b"-c")).map(OsStr::from_bytes)
}

/// GUNICORN_CMD_ARGS as it may be shown: `-e NAME=VALUE` gives the app a
/// variable, which may be a secret.
pub(super) fn masked(text: &OsStr) -> OsString {
    let mut words = split(text);
    let mut is_value = false;
    let mut has_secret = false;
    for word in &mut words {
        let start = if is_value {
            Some(0)
        } else {
            ["--env=", "--en=", "-e"].iter().find_map(|name| begins(word, name))
        };
        is_value = !is_value && ["--env", "--en", "-e"].iter().any(|name| word == name);
        let equals = start.and_then(|start| {
            word.as_bytes()[start..].iter().position(|byte| *byte == b'=').map(|at| start + at)
        });
        if let Some(equals) = equals {
            has_secret = true;
            *word = [OsStr::from_bytes(&word.as_bytes()[..=equals]), OsStr::new(MASK)].into_iter().collect();
        }
    }
    if !has_secret {
        return text.to_owned();
    }
    let quoted: Vec<Vec<u8>> = words.iter().map(|word| quote::word(word).into_vec()).collect();
    OsString::from_vec(quoted.join(&b' '))
}

/// How long the name is that the word begins with.
fn begins(word: &OsStr, name: &str) -> Option<usize> {
    word.as_bytes().starts_with(name.as_bytes()).then_some(name.len())
}

#[cfg(test)]
mod tests {
    use super::{config, masked, split};
    use std::ffi::{OsStr, OsString};

    fn words(text: &str) -> Vec<OsString> {
        split(OsStr::new(text))
    }

    #[test]
    fn splits_as_shlex_does() {
        assert_eq!(words("  --a=1\t-b 'x y' \n"), ["--a=1", "-b", "x y"]);
        assert_eq!(words(r#"a\ b "c\"d\e" '' 'it''s'"#), ["a b", r#"c"d\e"#, "", "its"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn masks_the_app_s_variables() {
        let shown = |text| masked(OsStr::new(text));
        assert_eq!(shown("-w 2  --log-level 'debug'"), "-w 2  --log-level 'debug'");
        assert_eq!(shown("-e KEY='s e c' -eA=b -w 2"), "-e 'KEY=***' '-eA=***' -w 2");
        assert_eq!(shown("--env=KEY=secret=x --env B=c"), "'--env=KEY=***' --env 'B=***'");
    }

    #[test]
    fn finds_the_config_file() {
        let found = |text| config(&words(text));
        assert_eq!(found("-w 2 -c a.py"), Some("a.py".into()));
        assert_eq!(found("--config=a.py --conf b.py"), Some("b.py".into()));
        assert_eq!(found("-cpython:x.y"), Some("python:x.y".into()));
        assert_eq!(found("--control-socket /x -w 3"), None);
        assert_eq!(found("x -- -c a.py"), None);
        assert_eq!(found("--chdir=/src"), None);
    }
}
