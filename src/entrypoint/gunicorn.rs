//! The parts of gunicorn's options that the entrypoint has to understand.

use super::shlex;
use crate::command::MASK;
use crate::shell::quote;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The words of GUNICORN_CMD_ARGS, which gunicorn splits with `shlex.split`.
pub(super) fn split_cmd_args(text: &OsStr) -> Vec<OsString> {
    shlex::split(text, None).lists.concat()
}

/// The config file that options name with `-c FILE` or another spelling (argparse
/// accepts any unambiguous prefix). The last one wins.
pub(super) fn config_file(options: &[OsString]) -> Option<OsString> {
    let mut found = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_bytes() {
            b"--" => break,
            b"-c" | b"--config" | b"--confi" | b"--conf" => found = options.next().cloned(),
            bytes => found = attached_value(bytes).map(OsStr::to_owned).or(found),
        }
    }
    found
}

/// The value in the same word: `-cFILE`, `--config=FILE`.
fn attached_value(option: &[u8]) -> Option<&OsStr> {
    let long = ["--config=", "--confi=", "--conf="];
    let value = long.iter().find_map(|name| option.strip_prefix(name.as_bytes()));
    value.or_else(|| option.strip_prefix(b"-c")).map(OsStr::from_bytes)
}

/// GUNICORN_CMD_ARGS with secrets redacted: `-e NAME=VALUE` sets a variable of the
/// app, which may be a secret. A value that can't be split is redacted whole.
pub(super) fn redacted(text: &OsStr) -> OsString {
    let split = shlex::split(text, None);
    if split.is_incomplete {
        return MASK.into();
    }
    let mut words = split.lists.concat();
    let mut is_value = false;
    let mut has_secret = false;
    for word in &mut words {
        let start = if is_value { Some(0) } else { variable_offset(word.as_bytes()) };
        is_value = !is_value && (word == "--env" || word == "--en" || start == Some(word.len()));
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

/// The offset at which `NAME=VALUE` begins in a word: after `--env=`, or after `-e`,
/// which may follow options without a value (`-Re`).
fn variable_offset(word: &[u8]) -> Option<usize> {
    if let Some(long) = ["--env=", "--en="].iter().find(|name| word.starts_with(name.as_bytes())) {
        return Some(long.len());
    }
    let letters = word.strip_prefix(b"-")?;
    let at = letters.iter().position(|letter| !b"DRhv".contains(letter))?;
    (letters[at] == b'e').then_some(at + 2)
}

#[cfg(test)]
mod tests {
    use super::{config_file, redacted, split_cmd_args};
    use std::ffi::{OsStr, OsString};

    fn words(text: &str) -> Vec<OsString> {
        split_cmd_args(OsStr::new(text))
    }

    #[test]
    fn masks_the_app_s_variables() {
        let shown = |text| redacted(OsStr::new(text));
        assert_eq!(shown("-w 2  --log-level 'debug'"), "-w 2  --log-level 'debug'");
        assert_eq!(shown("-e KEY='s e c' -eA=b -w 2"), "-e 'KEY=***' '-eA=***' -w 2");
        assert_eq!(shown("--env=KEY=secret=x --env B=c"), "'--env=KEY=***' --env 'B=***'");
        assert_eq!(shown("-Re KEY=secret -DReB=c -w 2"), "-Re 'KEY=***' '-DReB=***' -w 2");
        assert_eq!(shown("-nme -b a=b"), "-nme -b a=b");
        assert_eq!(shown("'no end -e KEY=secret"), "***");
    }

    #[test]
    fn finds_the_config_file() {
        let found = |text| config_file(&words(text));
        assert_eq!(found("-w 2 -c a.py"), Some("a.py".into()));
        assert_eq!(found("--config=a.py --conf b.py"), Some("b.py".into()));
        assert_eq!(found("-cpython:x.y"), Some("python:x.y".into()));
        assert_eq!(found("--control-socket /x -w 3"), None);
        assert_eq!(found("x -- -c a.py"), None);
        assert_eq!(found("--chdir=/src"), None);
    }
}
