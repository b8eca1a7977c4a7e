//! A string as the words that an unquoted `$OPTS` becomes (XCU 2.6.5, Field
//! Splitting), and nothing more: no quote removal, no pathname expansion.

use super::scope::{Run, Text};

/// The words of `text`, split at the blanks of the default IFS: space, tab and
/// newline. Each word keeps where it was written.
pub fn split(text: &Text) -> Vec<Text> {
    let mut words = Vec::new();
    let mut runs = Runs { runs: &text.runs, next: 0 };
    let mut start = 0;
    while let Some(skipped) = text.bytes[start..].iter().position(|byte| !is_blank(*byte)) {
        start += skipped;
        let rest = &text.bytes[start..];
        let length = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
        let end = start + length;
        words.push(Text { bytes: text.bytes[start..end].to_vec(), runs: runs.within(start, end) });
        start = end;
    }
    words
}

/// Whether IFS splits here.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// Walks over the runs once, so that a long text is split in linear time.
struct Runs<'a> {
    runs: &'a [Run],
    /// The first run that starts after what was handed out so far.
    next: usize,
}

impl Runs<'_> {
    /// The runs of one word, counted from its start.
    fn within(&mut self, start: usize, end: usize) -> Vec<Run> {
        while self.runs.get(self.next).is_some_and(|run| run.start <= start) {
            self.next += 1;
        }
        let before = self.next.checked_sub(1).map(|index| &self.runs[index]);
        let mut own: Vec<Run> =
            before.map(|run| Run { start: 0, place: run.place.clone() }).into_iter().collect();
        while let Some(run) = self.runs.get(self.next).filter(|run| run.start < end) {
            own.push(Run { start: run.start - start, place: run.place.clone() });
            self.next += 1;
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::shell::scope::{Place, Run, Text};
    use std::path::Path;

    fn words(text: &str) -> Vec<String> {
        let words = split(&Text::from_environment(text));
        words.into_iter().map(|word| String::from_utf8(word.bytes).unwrap()).collect()
    }

    #[test]
    fn blanks_split_and_nothing_else() {
        assert_eq!(words(" --rm\t-e  A=1\n"), ["--rm", "-e", "A=1"]);
        assert_eq!(words(r#"-e "A=1 2" \ *"#), ["-e", "\"A=1", "2\"", "\\", "*"]);
        assert_eq!(words("a\r\u{b}\u{a0}b"), ["a\r\u{b}\u{a0}b"]);
        assert!(words(" \t\n").is_empty());
        assert!(words("").is_empty());
    }

    #[test]
    fn each_word_knows_its_places() {
        let place = |line| Some(Place { file: Path::new("f").into(), line, column: 1 });
        let run = |start, line| Run { start, place: place(line) };
        let text = Text { bytes: b"env aa bbcc d".to_vec(), runs: vec![run(4, 1), run(9, 2), run(12, 3)] };
        let found: Vec<_> = split(&text).into_iter().map(|word| word.runs).collect();
        assert_eq!(found, [vec![], vec![run(0, 1)], vec![run(0, 1), run(2, 2)], vec![run(0, 3)]]);
    }
}
