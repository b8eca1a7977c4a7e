//! The bytes of a file, and the place of each.

use super::error_kind::{ErrorKind, SpannedError};
use super::scope::Place;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

/// Offsets into [`Source::bytes`].
pub(super) type Span = Range<usize>;

/// Some editors write it before the text (Unicode 16, 23.8).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file without its byte order mark and without the CR of its line ends.
#[derive(Debug)]
pub(super) struct Source {
    file: Rc<Path>,
    pub(super) bytes: Vec<u8>,
    /// The offset of the first byte of each line.
    lines: Vec<usize>,
    /// The column of each byte: counted once, so that looking up a place does not scan a
    /// line of a megabyte.
    columns: Vec<u32>,
    pub(super) byte_order_mark: bool,
    /// The offset of the first CR that was dropped.
    pub(super) carriage_return: Option<usize>,
}

impl Source {
    pub(super) fn new(file: &Path, text: &[u8]) -> Self {
        let content = text.strip_prefix(BYTE_ORDER_MARK);
        let byte_order_mark = content.is_some();
        let (bytes, carriage_return) = strip_carriage_returns(content.unwrap_or(text));
        let lines = std::iter::once(0).chain(newlines(&bytes).map(|newline| newline + 1)).collect();
        let columns = columns(&bytes);
        Self { file: file.into(), bytes, lines, columns, byte_order_mark, carriage_return }
    }

    /// No shell keeps a NUL byte: dash drops the bytes after it, bash the byte itself.
    pub(super) fn reject_nul(&self) -> Result<(), SpannedError> {
        match self.bytes.iter().position(|byte| *byte == 0) {
            Some(at) => Err(SpannedError::new(ErrorKind::Nul, at..at)),
            None => Ok(()),
        }
    }

    /// The place of the byte at `offset`, or of the end of the file.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.line_index(offset);
        let column = match self.columns.get(offset) {
            Some(column) => *column as usize,
            None => self.end_column(),
        };
        Place { file: Rc::clone(&self.file), line: line + 1, column }
    }

    /// The line of the byte at `offset`, without its newline.
    pub(super) fn line_span(&self, offset: usize) -> Span {
        let index = self.line_index(offset);
        let end = self.lines.get(index + 1).map_or(self.bytes.len(), |next| next - 1);
        self.lines[index]..end
    }

    /// Whether a character starts with the byte at `offset`.
    pub(super) fn is_character_start(&self, offset: usize) -> bool {
        offset == 0 || self.bytes[offset - 1] == b'\n' || self.columns[offset] != self.columns[offset - 1]
    }

    /// Splits a span after each newline.
    pub(super) fn split_at_newlines(&self, span: Span) -> impl Iterator<Item = Span> {
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

/// Drops the CR before each newline and at the end. Also returns the offset of the first.
fn strip_carriage_returns(text: &[u8]) -> (Vec<u8>, Option<usize>) {
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

/// The column of each byte, counted in characters from 1. A byte that is not UTF-8 counts
/// as one character.
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
    fn carriage_returns_and_byte_order_mark_are_dropped() {
        let found = source(b"\xEF\xBB\xBFa\r\nb\rc\r\n\r");
        assert_eq!(found.bytes, b"a\nb\rc\n");
        assert_eq!((found.byte_order_mark, found.carriage_return), (true, Some(1)));
        assert_eq!(source(b"a\n").carriage_return, None);
    }

    #[test]
    fn spans_are_split_into_lines() {
        let found = source(b"ab\n\ncd");
        assert_eq!([0, 2, 3, 6].map(|offset| found.line_span(offset)), [0..2, 0..2, 3..3, 4..6]);
        assert_eq!(found.split_at_newlines(1..6).collect::<Vec<_>>(), [1..3, 3..4, 4..6]);
        assert_eq!(found.split_at_newlines(2..2).count(), 0);
    }
}
