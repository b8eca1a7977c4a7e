//! How messages are printed: `docker-runner: cannot …`, the line of the file, a caret.

use serde::Serialize;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;

/// A line of a file and the position of an error in it, secrets already masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Without its line end.
    pub line: String,
    /// The position of the caret, in characters from the start of the line.
    pub offset: usize,
    /// The number of characters to underline; at least one caret is shown.
    pub length: usize,
    /// What to do about it.
    pub help: Option<String>,
}

/// Writes an error to standard error, and the excerpt of a file below it.
pub fn failure(name: &str, error: &dyn Display, excerpt: Option<&Excerpt>) {
    let mut text = format!("{name}: {error}\n");
    if let Some(excerpt) = excerpt {
        text.push_str(&excerpt.render());
    }
    eprint(&text);
}

/// Writes to standard error, as [`print()`] does. Errors are ignored: a closed standard error must not
/// fail a run.
pub fn eprint(text: &str) {
    let _ = std::io::stderr().lock().write_all(without_controls(text).as_bytes());
}

/// Writes to standard output; `false` if that fails, for example because the reader has closed the pipe.
/// Control characters other than newline and tab are escaped: a host, a container or a file may have
/// written the text, and must not control the terminal.
pub fn print(text: &str) -> bool {
    print_bytes(without_controls(text).as_bytes())
}

/// Writes bytes to standard output as they are.
pub fn print_bytes(bytes: &[u8]) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}

/// A value as one line of JSON (RFC 8259), newline included.
///
/// # Panics
///
/// Where a map in the value has a key that is not a string. No type here has one.
pub fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("every key is a string") + "\n"
}

/// The same on several lines, indented by two spaces.
///
/// # Panics
///
/// As [`json_line`].
pub fn json_pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("every key is a string") + "\n"
}

/// A name from outside, as part of a message: control characters are escaped,
/// so that one message stays one line.
pub fn printable(name: impl AsRef<OsStr>) -> String {
    let text = name.as_ref().to_string_lossy();
    text.chars().flat_map(escape_control).collect()
}

/// A word of the command line as part of a message, visible even if it is empty.
pub fn argument(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    if word.is_empty() { "''".to_owned() } else { printable(word) }
}

/// The text with its control characters escaped, except newline and tab.
pub fn without_controls(text: &str) -> Cow<'_, str> {
    let is_kept = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    if text.chars().all(is_kept) {
        return Cow::Borrowed(text);
    }
    let escape = |character| if is_kept(character) { vec![character] } else { escape_control(character) };
    Cow::Owned(text.chars().flat_map(escape).collect())
}

fn escape_control(character: char) -> Vec<char> {
    if character.is_control() { character.escape_default().collect() } else { vec![character] }
}

impl Excerpt {
    fn render(&self) -> String {
        let caret = "^".repeat(self.length.max(1));
        let mut text = format!("    {}\n    {}{caret}\n", self.line, " ".repeat(self.offset));
        if let Some(help) = &self.help {
            text.push_str(&format!("  help: {help}\n"));
        }
        text
    }
}
