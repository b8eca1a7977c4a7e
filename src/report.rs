//! How it is told: `docker-runner: cannot …`, the line of the file, a caret.

use serde::Serialize;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;

/// A line of a file with the place at fault; its secrets already masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, masked, without its end.
    pub line: String,
    /// Where the caret stands, in characters from the line's start.
    pub offset: usize,
    /// How many characters the caret underlines; at least one is shown.
    pub length: usize,
    /// What to do instead, where there is something to say.
    pub help: Option<String>,
}

/// Tells of a failure on standard error; below it the line of a file that is at
/// fault, where there is one.
pub fn failure(name: &str, error: &dyn Display, excerpt: Option<&Excerpt>) {
    let mut text = format!("{name}: {error}\n");
    if let Some(excerpt) = excerpt {
        text.push_str(&excerpt.render());
    }
    tell(&text);
}

/// Writes to standard error. That it is closed is no reason to fail.
pub fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Writes to standard output; `false` where the reader is gone.
pub fn print(text: &str) -> bool {
    print_bytes(text.as_bytes())
}

/// Writes bytes to standard output; `false` where the reader is gone.
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

/// A name from outside as part of a message: control characters escaped,
/// so that one message stays one line.
pub fn name(name: impl AsRef<OsStr>) -> String {
    let text = name.as_ref().to_string_lossy();
    text.chars().flat_map(shown).collect()
}

fn shown(character: char) -> Vec<char> {
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
