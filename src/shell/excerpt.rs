//! The line of an error, with a caret: what may be secret in it is a dot.

use super::source::{Source, Span};
use crate::report::Excerpt;

/// The widest line that is shown; of a wider one the part around the caret.
const WIDTH: usize = 100;

/// The line on which `at` starts. Characters outside `shown` and `at` are
/// dots: values, comments, and everything that was not read any more.
pub(super) fn excerpt(source: &Source, shown: &[Span], at: &Span, help: Option<&str>) -> Excerpt {
    let line = source.line(at.start);
    let end = at.end.min(line.end);
    let mut open: Vec<&Span> = vec![at];
    let first = shown.partition_point(|span| span.end <= line.start);
    open.extend(shown[first..].iter().take_while(|span| span.start < line.end));
    let mut text = Vec::new();
    let mut offset = None;
    let mut length = 0;
    let mut next = 1;
    for byte in line.clone().filter(|byte| source.starts_character(*byte)) {
        while next + 1 < open.len() && open[next].end <= byte {
            next += 1;
        }
        if byte >= at.start {
            offset.get_or_insert(text.len());
            length += usize::from(byte < end);
        }
        let visible = at.contains(&byte) || open.get(next).is_some_and(|span| span.contains(&byte));
        text.push(if visible { plain(source.bytes[byte]) } else { '.' });
    }
    let (line, offset) = window(&text, offset.unwrap_or(text.len()));
    Excerpt { line, offset, length: length.max(1), help: help.map(str::to_owned) }
}

/// What is shown is ASCII, and a blank is one column wide.
fn plain(byte: u8) -> char {
    match byte {
        b'\t' => ' ',
        byte if byte == b' ' || byte.is_ascii_graphic() => char::from(byte),
        _ => '.',
    }
}

/// The part of a long line around the caret, and where the caret is in it.
fn window(text: &[char], offset: usize) -> (String, usize) {
    if text.len() <= WIDTH {
        return (text.iter().collect(), offset);
    }
    let start = offset.saturating_sub(WIDTH / 2).min(text.len() - WIDTH);
    let mut shown = text[start..start + WIDTH].to_vec();
    if start > 0 {
        shown[0] = '…';
    }
    if start + WIDTH < text.len() {
        shown[WIDTH - 1] = '…';
    }
    (shown.into_iter().collect(), offset - start)
}
