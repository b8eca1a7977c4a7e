//! A command line that asks for nothing of ours: what is to be shown in its
//! place, or what is wrong with it. One rule for all three names.

use clap::error::ErrorKind;

/// What a command line comes to that clap hands back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseExit {
    /// A text for standard output: the help or the version was asked for.
    Show(String),
    /// What is wrong, on one line.
    Wrong(String),
}

impl ParseExit {
    /// What clap says.
    pub fn of(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Show(text),
            _ => Self::Wrong(first_line(&text)),
        }
    }
}

/// clap's message without its mark and the usage below it, but with its hint.
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
        // "To pass it as a value" is no way out: nothing of ours begins with a dash.
        (None, Some(hint)) if !hint.starts_with("to pass ") => format!("{first}: {hint}"),
        (None, _) if second.starts_with('[') => format!("{first} {second}"),
        (None, _) => first.to_owned(),
    }
}
