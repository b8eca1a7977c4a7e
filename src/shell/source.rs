//! A file's bytes, made ready to be read, and the places in them.

use super::refusal::{Refusal, Refused};
use super::scope::Place;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

/// Offsets into [`Source::bytes`].
pub(super) type Span = Range<usize>;

/// What an editor on another system may put before the text (Unicode 16, 23.8).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file without its byte order mark and without the CRs of its line ends.
#[derive(Debug)]
pub(super) struct Source {
    file: Rc<Path>,
    pub(super) bytes: Vec<u8>,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
    /// The column of each byte: counted once, so that a place costs no walk
    /// over a line of a megabyte.
    columns: Vec<u32>,
    pub(super) byte_order_mark: bool,
    /// The first CR that was dropped.
    pub(super) carriage_return: Option<usize>,
}

impl Source {
    pub(super) fn new(file: &Path, text: &[u8]) -> Self {
        let content = text.strip_prefix(BYTE_ORDER_MARK);
        let byte_order_mark = content.is_some();
        let (bytes, carriage_return) = without_carriage_returns(content.unwrap_or(text));
        let lines = std::iter::once(0).chain(newlines(&bytes).map(|newline| newline + 1)).collect();
        let columns = columns(&bytes);
        Self { file: file.into(), bytes, lines, columns, byte_order_mark, carriage_return }
    }

    /// No shell keeps a NUL byte: dash drops what follows, bash the byte.
    pub(super) fn without_nul(&self) -> Result<(), Refused> {
        match self.bytes.iter().position(|byte| *byte == 0) {
            Some(at) => Err(Refused { refusal: Refusal::Nul, span: at..at + 1 }),
            None => Ok(()),
        }
    }

    /// The place of the byte at `offset`, or of the file's end.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.line_index(offset);
        let column = match self.columns.get(offset) {
            Some(column) => *column as usize,
            None => self.end_column(),
        };
        Place { file: Rc::clone(&self.file), line: line + 1, column }
    }

    /// The line that holds `offset`, without its newline.
    pub(super) fn line(&self, offset: usize) -> Span {
        let index = self.line_index(offset);
        let end = self.lines.get(index + 1).map_or(self.bytes.len(), |next| next - 1);
        self.lines[index]..end
    }

    /// Whether a character starts with the byte at `offset`.
    pub(super) fn starts_character(&self, offset: usize) -> bool {
        offset == 0 || self.bytes[offset - 1] == b'\n' || self.columns[offset] != self.columns[offset - 1]
    }

    /// Cuts a span where its lines end; each piece keeps its newline.
    pub(super) fn by_line(&self, span: Span) -> impl Iterator<Item = Span> {
        let mut at = span.start;
        std::iter::from_fn(move || {
            let rest = self.bytes.get(at..span.end).filter(|rest| !rest.is_empty())?;
            let length =
                rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |newline| newline + 1);
            at += length;
            Some(at - length..at)
        })
    }

    fn line_index(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset) - 1
    }

    /// The column after the last byte.
    fn end_column(&self) -> usize {
        match (self.bytes.last(), self.columns.last()) {
            (Some(b'\n') | None, _) | (_, None) => 1,
            (Some(_), Some(column)) => *column as usize + 1,
        }
    }
}

fn newlines(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at)
}

/// Drops the CR before each newline and before the end.
fn without_carriage_returns(text: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut kept = Vec::with_capacity(text.len());
    let mut first = None;
    for (at, byte) in text.iter().enumerate() {
        if *byte == b'\r' && matches!(text.get(at + 1), None | Some(b'\n')) {
            first.get_or_insert(kept.len());
        } else {
            kept.push(*byte);
        }
    }
    (kept, first)
}

/// The column of each byte, counted in characters from 1; a byte that is not
/// UTF-8 counts as one.
fn columns(bytes: &[u8]) -> Vec<u32> {
    let mut columns = Vec::with_capacity(bytes.len());
    let mut column = 1;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            columns.extend(std::iter::repeat_n(column, character.len_utf8()));
            column = if character == '\n' { 1 } else { column + 1 };
        }
        for _ in chunk.invalid() {
            columns.push(column);
            column += 1;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::Source;
    use std::path::Path;

    fn source(text: &[u8]) -> Source {
        Source::new(Path::new("f"), text)
    }

    fn place(text: &[u8], offset: usize) -> (usize, usize) {
        let place = source(text).place(offset);
        (place.line, place.column)
    }

    #[test]
    fn places_count_characters() {
        assert_eq!(place(b"", 0), (1, 1));
        assert_eq!(place(b"ab\ncd", 4), (2, 2));
        assert_eq!(place(b"ab\ncd", 5), (2, 3));
        assert_eq!(place(b"ab\n", 2), (1, 3));
        assert_eq!(place(b"ab\n", 3), (2, 1));
        assert_eq!(place("é=\u{1F600}x".as_bytes(), 7), (1, 4));
        assert_eq!(place(b"\xC3\xFF\xFFx", 3), (1, 4));
    }

    #[test]
    fn line_ends_and_byte_order_mark() {
        let found = source(b"\xEF\xBB\xBFa\r\nb\rc\r\n\r");
        assert_eq!(found.bytes, b"a\nb\rc\n");
        assert_eq!((found.byte_order_mark, found.carriage_return), (true, Some(1)));
        assert_eq!(source(b"a\n").carriage_return, None);
    }

    #[test]
    fn lines() {
        let found = source(b"ab\n\ncd");
        assert_eq!([found.line(0), found.line(2), found.line(3), found.line(6)], [0..2, 0..2, 3..3, 4..6]);
        assert_eq!(found.by_line(1..6).collect::<Vec<_>>(), [1..3, 3..4, 4..6]);
        assert_eq!(found.by_line(2..2).count(), 0);
    }
}
