//! Splits any text with any runs: the words contain all bytes but the blanks, and each byte
//! keeps its place.
#![no_main]

use docker_runner::shell::scope::{Place, Text, TextRun};
use docker_runner::shell::{DEFAULT_IFS, split};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::rc::Rc;

/// The first byte of the input is the number of runs; the next ones are their lengths.
fn text_from_input(input: &[u8]) -> Text {
    let (runs, bytes) = match input.split_first() {
        Some((count, rest)) => rest.split_at(rest.len().min(usize::from(*count) % 16)),
        None => (input, input),
    };
    let file: Rc<Path> = Path::new("f").into();
    let mut start = 0;
    let mut text = Text { bytes: bytes.to_vec(), runs: Vec::new() };
    for (line, length) in runs.iter().enumerate() {
        start += 1 + usize::from(*length);
        let place = length.is_multiple_of(2).then(|| Place { file: Rc::clone(&file), line, column: 1 });
        if start < bytes.len() {
            text.runs.push(TextRun { start, place });
        }
    }
    text
}

fuzz_target!(|input: &[u8]| {
    let text = text_from_input(input);
    let words = split(&text, DEFAULT_IFS);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
    let expected: Vec<&[u8]> = text.bytes.split(blank).filter(|word| !word.is_empty()).collect();
    assert_eq!(words.iter().map(|word| word.bytes.as_slice()).collect::<Vec<_>>(), expected);
    let kept: Vec<usize> = (0..text.bytes.len()).filter(|at| !blank(&text.bytes[*at])).collect();
    let places = words.iter().flat_map(|word| (0..word.bytes.len()).map(|at| word.place_at(at)));
    assert!(places.eq(kept.iter().map(|at| text.place_at(*at))), "each byte keeps its place");
});
