//! Field splitting (XCU 2.6.5): the words that an unquoted `$OPTS` becomes. No quote
//! removal, no pathname expansion.

use super::scope::{Text, TextRun};

/// The value of IFS unless a file sets it.
pub const DEFAULT_IFS: &[u8] = b" \t\n";

/// Splits `text` at the characters of `ifs`. Each word keeps the places where it was
/// written.
///
/// Blanks (space, tab, newline) in `ifs` are skipped at both ends, and any number of
/// them separates two words. Each other character of `ifs`, together with the blanks
/// around it, ends a word, which may be empty.
pub fn split(text: &Text, ifs: &[u8]) -> Vec<Text> {
    let separators = Separators::new(ifs);
    let mut words = Vec::new();
    let mut runs = RunCursor { runs: &text.runs, next: 0 };
    let mut at = separators.skip_blanks(&text.bytes, 0);
    while at < text.bytes.len() {
        let start = at;
        while at < text.bytes.len() && separators.length_at(&text.bytes, at) == 0 {
            at += 1;
        }
        words.push(Text { bytes: text.bytes[start..at].to_vec(), runs: runs.slice(start, at) });
        at = separators.skip_blanks(&text.bytes, at);
        at += separators.length_at(&text.bytes, at);
        at = separators.skip_blanks(&text.bytes, at);
    }
    words
}

/// Whether the default IFS contains the byte.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// The characters of IFS; a byte that is not UTF-8 counts as a character.
struct Separators<'a> {
    characters: Vec<&'a [u8]>,
}

impl<'a> Separators<'a> {
    fn new(ifs: &'a [u8]) -> Self {
        let mut characters = Vec::new();
        for chunk in ifs.utf8_chunks() {
            characters.extend(chunk.valid().split_inclusive(|_| true).map(str::as_bytes));
            characters.extend(chunk.invalid().chunks(1));
        }
        Self { characters }
    }

    /// The length of the separator at `at`; 0 if there is none.
    fn length_at(&self, text: &[u8], at: usize) -> usize {
        let found = self.characters.iter().find(|character| text[at..].starts_with(character));
        found.map_or(0, |character| character.len())
    }

    /// The first offset from `at` on that has no blank of IFS.
    fn skip_blanks(&self, text: &[u8], at: usize) -> usize {
        let is_ifs_blank = |byte: u8| is_blank(byte) && self.characters.contains(&[byte].as_slice());
        at + text[at..].iter().take_while(|byte| is_ifs_blank(**byte)).count()
    }
}

/// Walks over the runs of a text once, so that a long text is split in linear time.
struct RunCursor<'a> {
    runs: &'a [TextRun],
    /// The index of the first run that starts after the last slice.
    next: usize,
}

impl RunCursor<'_> {
    /// The runs of a word, with offsets from its start. Words are asked for in order.
    fn slice(&mut self, start: usize, end: usize) -> Vec<TextRun> {
        while self.runs.get(self.next).is_some_and(|run| run.start <= start) {
            self.next += 1;
        }
        let before = self.next.checked_sub(1).map(|index| &self.runs[index]);
        let mut own: Vec<TextRun> =
            before.map(|run| TextRun { start: 0, place: run.place.clone() }).into_iter().collect();
        while let Some(run) = self.runs.get(self.next).filter(|run| run.start < end) {
            own.push(TextRun { start: run.start - start, place: run.place.clone() });
            self.next += 1;
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_IFS, split};
    use crate::shell::scope::{Place, Text, TextRun};
    use std::path::Path;

    fn words(text: &str) -> Vec<String> {
        words_with_ifs(text, " \t\n")
    }

    fn words_with_ifs(text: &str, ifs: &str) -> Vec<String> {
        let words = split(&Text::from_environment(text), ifs.as_bytes());
        words.into_iter().map(|word| String::from_utf8(word.bytes).unwrap()).collect()
    }

    #[test]
    fn the_default_ifs_splits_at_blanks_only() {
        assert_eq!(words(" --rm\t-e  A=1\n"), ["--rm", "-e", "A=1"]);
        assert_eq!(words(r#"-e "A=1 2" \ *"#), ["-e", "\"A=1", "2\"", "\\", "*"]);
        assert_eq!(words("a\r\u{b}\u{a0}b"), ["a\r\u{b}\u{a0}b"]);
        assert!(words(" \t\n").is_empty());
        assert!(words("").is_empty());
    }

    #[test]
    fn another_ifs_splits_at_its_characters() {
        assert_eq!(words_with_ifs("a b,c,,d,", ","), ["a b", "c", "", "d"]);
        assert_eq!(words_with_ifs(" , a , b c ", ", "), ["", "a", "b", "c"]);
        assert_eq!(words_with_ifs(" a b ", ""), [" a b "]);
        assert_eq!(words_with_ifs("", ""), [""; 0]);
        assert_eq!(words_with_ifs("aébèc", "é"), ["a", "bèc"]);
    }

    #[test]
    fn each_word_keeps_its_places() {
        let place = |line| Some(Place { file: Path::new("f").into(), line, column: 1 });
        let run = |start, line| TextRun { start, place: place(line) };
        let text = Text { bytes: b"env aa bbcc d".to_vec(), runs: vec![run(4, 1), run(9, 2), run(12, 3)] };
        let found: Vec<_> = split(&text, DEFAULT_IFS).into_iter().map(|word| word.runs).collect();
        assert_eq!(found, [vec![], vec![run(0, 1)], vec![run(0, 1), run(2, 2)], vec![run(0, 3)]]);
    }
}
