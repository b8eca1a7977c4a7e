//! Quotes words so that a POSIX shell reads them back unchanged (XCU 2.2, Quoting).

use super::names;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Quotes a word if it needs quotes: with single quotes, in which only the single quote
/// itself is special.
pub fn word(word: &OsStr) -> OsString {
    let bytes = word.as_bytes();
    if !bytes.is_empty() && bytes.iter().all(|byte| is_plain(*byte)) {
        return word.to_owned();
    }
    let mut quoted = vec![b'\''];
    for byte in bytes {
        match byte {
            b'\'' => quoted.extend_from_slice(br"'\''"),
            other => quoted.push(*other),
        }
    }
    quoted.push(b'\'');
    OsString::from_vec(quoted)
}

/// Quotes the first word of a command line, where a reserved word, and a word that looks
/// like an assignment, need quotes too.
pub fn program(name: &OsStr) -> OsString {
    let bytes = name.as_bytes();
    let special = bytes.contains(&b'=') || names::reserved_word(bytes).is_some();
    if special && bytes.iter().all(|byte| is_plain(*byte)) {
        return [OsStr::new("'"), name, OsStr::new("'")].into_iter().collect();
    }
    word(name)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:,@%+=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{program, word};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn quoted(text: &str) -> String {
        word(OsStr::new(text)).into_string().unwrap()
    }

    #[test]
    fn only_words_that_need_quotes_are_quoted() {
        assert_eq!(quoted("build-42"), "build-42");
        assert_eq!(quoted("-eA=b,c:d@e/f.g%h+"), "-eA=b,c:d@e/f.g%h+");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(r"it's $1\n"), r"'it'\''s $1\n'");
        assert_eq!(word(OsStr::from_bytes(b"\xFF")).as_bytes(), b"'\xFF'");
    }

    #[test]
    fn reserved_words_and_assignments_are_quoted_as_programs() {
        assert_eq!(program(OsStr::new("docker")), "docker");
        assert_eq!(program(OsStr::new("A=1")), "'A=1'");
        assert_eq!(program(OsStr::new("if")), "'if'");
        assert_eq!(program(OsStr::new("it's=")), r"'it'\''s='");
    }
}
