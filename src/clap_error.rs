//! How a result of clap that is not a command line is shown, for all three names.

use clap::error::ErrorKind;

/// What clap returns instead of a parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseExit {
    /// Text for standard output: `--help` or `--version` was given.
    Show(String),
    /// The error, on one line.
    Wrong(String),
}

impl ParseExit {
    /// Reduces clap's message to one line.
    pub fn from_clap(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Show(text),
            _ => Self::Wrong(first_line(&text)),
        }
    }
}

/// clap's message without the `error:` prefix and the usage below it, but with its tip.
fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let second = lines.next().unwrap_or_default();
    if let Some(values) = second.strip_prefix('[').and_then(|values| values.strip_suffix(']')) {
        return format!("{first}: {values}");
    }
    match (first.strip_suffix(':'), second.strip_prefix("tip: ")) {
        (Some(first), _) => format!("{first}: {second}"),
        // The tip "to pass it as a value" does not apply: no value of these command lines begins with a dash.
        (None, Some(tip)) if !tip.starts_with("to pass ") => format!("{first}: {tip}"),
        (None, _) if second.starts_with('[') => format!("{first} {second}"),
        (None, _) => first.to_owned(),
    }
}
