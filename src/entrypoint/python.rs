//! Finds what a Python command line runs.

use std::ffi::OsStr;

/// Options of Python whose value is the next argument.
const WITH_VALUE: [&str; 3] = ["-W", "-X", "--check-hash-based-pycs"];

/// What a Python command line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PythonTarget {
    /// A module (`-m NAME`), not a file.
    pub(super) is_module: bool,
    /// The index of its name among the arguments.
    pub(super) index: usize,
}

/// Whether a program with this name is a Python interpreter.
pub(super) fn is_python(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"python") || name == "pypy3"
}

/// What these arguments make Python run; `None` if that has no name, as with `-c`
/// or standard input.
pub(super) fn target(arguments: &mut dyn Iterator<Item = &OsStr>) -> Option<PythonTarget> {
    let (mut is_value, mut is_module) = (false, false);
    for (index, word) in arguments.enumerate() {
        if is_value {
            is_value = false;
        } else if is_module || !word.as_encoded_bytes().starts_with(b"-") {
            return Some(PythonTarget { is_module, index });
        } else {
            is_value = WITH_VALUE.iter().any(|option| word == *option);
            is_module = word == "-m";
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{PythonTarget, target};
    use std::ffi::OsStr;

    #[test]
    fn finds_the_target_after_options() {
        for (line, expected) in [
            ("x.py -m y", Some((false, 0))),
            ("-u -m gunicorn x", Some((true, 2))),
            ("-W ignore -Xdev -X utf8 -m gunicorn x", Some((true, 6))),
            ("-Wignore /ve/bin/gunicorn", Some((false, 1))),
            ("-W ignore", None),
            ("-", None),
        ] {
            let expected = expected.map(|(is_module, index)| PythonTarget { is_module, index });
            assert_eq!(target(&mut line.split(' ').map(OsStr::new)), expected, "{line}");
        }
    }
}
