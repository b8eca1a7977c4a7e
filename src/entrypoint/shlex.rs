//! Words as Python's `shlex.split` parts them: quotes and backslashes as in a
//! shell, nothing else.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What a text was parted into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// The words, in a list each between two ends; none of the lists is empty.
    pub(super) lists: Vec<Vec<OsString>>,
    /// A quote in it has no end, or a backslash nothing behind it: `shlex`
    /// refuses it.
    pub(super) is_cut: bool,
}

/// Parts a text; a bare `end` ends a list of words.
pub(super) fn split(text: &OsStr, end: Option<u8>) -> Words {
    let mut lists: Vec<Vec<OsString>> = vec![Vec::new()];
    let mut word: Option<Vec<u8>> = None;
    let (mut quote, mut is_cut) = (None, false);
    let mut bytes = text.as_bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let is_end = end == Some(byte);
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
                is_cut = escaped.is_none();
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
    Words { lists, is_cut: is_cut || quote.is_some() }
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

    fn parted(text: &str, end: Option<u8>) -> Words {
        split(OsStr::new(text), end)
    }

    #[test]
    fn splits_as_shlex_does() {
        let words = |text| parted(text, None).lists.concat();
        assert_eq!(words("  --a=1\t-b 'x y' \n"), ["--a=1", "-b", "x y"]);
        assert_eq!(words(r#"a\ b "c\"d\e" '' 'it''s'"#), ["a b", r#"c"d\e"#, "", "its"]);
        assert_eq!(words("a;b"), ["a;b"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn only_a_bare_end_ends_a_list() {
        let parted = parted(r#"a;b "c;d" \; ';' ;; "e""f" ''  ; "#, Some(b';'));
        assert_eq!(parted.lists, [&["a"][..], &["b", "c;d", ";", ";"], &["ef", ""]]);
        assert!(!parted.is_cut);
    }

    #[test]
    fn what_shlex_refuses_is_cut() {
        for text in ["a 'b", "a \"b", "a\\", "\"a\\\"", "'a\\"] {
            assert!(parted(text, None).is_cut, "{text}");
        }
        assert!(!parted("a\\\\ \"b\\\"\" 'c\\'", None).is_cut);
    }
}
