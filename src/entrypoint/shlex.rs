//! Splits a text into words as Python's `shlex.split` does: quotes and
//! backslashes as in a shell, and nothing else.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// The words between two separators, list by list. No list is empty.
    pub(super) lists: Vec<Vec<OsString>>,
    /// A quote is not closed, or a backslash ends the text. `shlex` raises
    /// ValueError.
    pub(super) is_incomplete: bool,
}

/// Splits a text. An unquoted `separator` ends a list of words.
pub(super) fn split(text: &OsStr, separator: Option<u8>) -> Words {
    let mut lists: Vec<Vec<OsString>> = vec![Vec::new()];
    let mut word: Option<Vec<u8>> = None;
    let (mut quote, mut is_incomplete) = (None, false);
    let mut bytes = text.as_bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let is_end = separator == Some(byte);
        match (quote, byte) {
            (None, _) if is_end || matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => {
                add(&mut lists, word.take());
                if is_end {
                    lists.push(Vec::new());
                }
            }
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == byte => quote = None,
            (None, b'\\') => {
                let escaped = bytes.next();
                is_incomplete = escaped.is_none();
                word.get_or_insert_default().extend(escaped);
            }
            (Some(b'"'), b'\\') => {
                let escaped = bytes.next_if(|next| matches!(next, b'"' | b'\\'));
                word.get_or_insert_default().push(escaped.unwrap_or(byte));
            }
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    add(&mut lists, word);
    lists.retain(|list| !list.is_empty());
    Words { lists, is_incomplete: is_incomplete || quote.is_some() }
}

fn add(lists: &mut [Vec<OsString>], word: Option<Vec<u8>>) {
    if let (Some(list), Some(word)) = (lists.last_mut(), word) {
        list.push(OsString::from_vec(word));
    }
}

#[cfg(test)]
mod tests {
    use super::{Words, split};
    use std::ffi::OsStr;

    fn split_str(text: &str, separator: Option<u8>) -> Words {
        split(OsStr::new(text), separator)
    }

    #[test]
    fn splits_as_shlex_does() {
        let words = |text| split_str(text, None).lists.concat();
        assert_eq!(words("  --a=1\t-b 'x y' \n"), ["--a=1", "-b", "x y"]);
        assert_eq!(words(r#"a\ b "c\"d\e" '' 'it''s'"#), ["a b", r#"c"d\e"#, "", "its"]);
        assert_eq!(words("a;b"), ["a;b"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn only_an_unquoted_separator_ends_a_list() {
        let words = split_str(r#"a;b "c;d" \; ';' ;; "e""f" ''  ; "#, Some(b';'));
        assert_eq!(words.lists, [&["a"][..], &["b", "c;d", ";", ";"], &["ef", ""]]);
        assert!(!words.is_incomplete);
    }

    #[test]
    fn what_shlex_rejects_is_incomplete() {
        for text in ["a 'b", "a \"b", "a\\", "\"a\\\"", "'a\\"] {
            assert!(split_str(text, None).is_incomplete, "{text}");
        }
        assert!(!split_str("a\\\\ \"b\\\"\" 'c\\'", None).is_incomplete);
    }
}
