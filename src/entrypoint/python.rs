//! Python's own command line, as far as it tells what Python runs.

use std::ffi::OsStr;

/// Options whose value is the next word.
const WITH_VALUE: [&str; 3] = ["-W", "-X", "--check-hash-based-pycs"];

/// What a Python was started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Started {
    /// It is a module, `-m NAME`, and no file.
    pub(super) is_module: bool,
    /// Where its name stands among the arguments.
    pub(super) at: usize,
}

/// Whether a program's name is one of Python's.
pub(super) fn is_python(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"python") || name == "pypy3"
}

/// What these arguments of Python let it run; `None` where that is nothing that
/// has a name.
pub(super) fn started(arguments: &mut dyn Iterator<Item = &OsStr>) -> Option<Started> {
    let (mut is_value, mut is_module) = (false, false);
    for (at, word) in arguments.enumerate() {
        if is_value {
            is_value = false;
        } else if is_module || !word.as_encoded_bytes().starts_with(b"-") {
            return Some(Started { is_module, at });
        } else {
            is_value = WITH_VALUE.iter().any(|option| word == *option);
            is_module = word == "-m";
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Started, started};
    use std::ffi::OsStr;

    #[test]
    fn behind_its_options() {
        for (line, expected) in [
            ("x.py -m y", Some((false, 0))),
            ("-u -m gunicorn x", Some((true, 2))),
            ("-W ignore -Xdev -X utf8 -m gunicorn x", Some((true, 6))),
            ("-Wignore /ve/bin/gunicorn", Some((false, 1))),
            ("-W ignore", None),
            ("-", None),
        ] {
            let expected = expected.map(|(is_module, at)| Started { is_module, at });
            assert_eq!(started(&mut line.split(' ').map(OsStr::new)), expected, "{line}");
        }
    }
}
