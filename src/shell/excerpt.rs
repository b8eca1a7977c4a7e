//! The line of an error, with a caret. Whatever may be secret in it is a dot.

use super::source::{Source, Span};
use crate::report::Excerpt;

/// In characters. Of a longer line the part around the caret is shown.
const MAX_WIDTH: usize = 100;

/// The line on which `error` starts. Every character outside `visible` and `error` is a
/// dot: values, comments, and everything that was not read any more.
pub(super) fn excerpt(source: &Source, visible: &[Span], error: &Span, help: Option<&str>) -> Excerpt {
    let line = source.line_span(error.start);
    let end = error.end.min(line.end);
    let first = visible.partition_point(|span| span.end <= line.start);
    let mut visible = visible[first..].iter().take_while(|span| span.start < line.end).peekable();
    let mut text = Vec::new();
    let mut offset = None;
    let mut length = 0;
    for byte in line.clone().filter(|byte| source.is_character_start(*byte)) {
        while visible.next_if(|span| span.end <= byte).is_some() {}
        if byte >= error.start {
            offset.get_or_insert(text.len());
            length += usize::from(byte < end);
        }
        let shown = error.contains(&byte) || visible.peek().is_some_and(|span| span.contains(&byte));
        text.push(if shown { printable(source.bytes[byte]) } else { '.' });
    }
    let (line, offset) = around_caret(&text, offset.unwrap_or(text.len()));
    Excerpt { line, offset, length: length.max(1), help: help.map(str::to_owned) }
}

/// A character that is one column wide on every terminal.
fn printable(byte: u8) -> char {
    match byte {
        b'\t' => ' ',
        byte if byte == b' ' || byte.is_ascii_graphic() => char::from(byte),
        _ => '.',
    }
}

/// The part of a long line around the caret, and the caret's offset in it.
fn around_caret(text: &[char], offset: usize) -> (String, usize) {
    if text.len() <= MAX_WIDTH {
        return (text.iter().collect(), offset);
    }
    let start = offset.saturating_sub(MAX_WIDTH / 2).min(text.len() - MAX_WIDTH);
    let mut part = text[start..start + MAX_WIDTH].to_vec();
    if start > 0 {
        part[0] = '…';
    }
    if start + MAX_WIDTH < text.len() {
        part[MAX_WIDTH - 1] = '…';
    }
    (part.into_iter().collect(), offset - start)
}
