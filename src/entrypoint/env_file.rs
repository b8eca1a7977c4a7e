//! ENTRYPOINT_ENV_FILE: variables from a `.env` file, in the dialect that
//! Django's readers of such files share.

use std::path::PathBuf;

/// Why a file of variables can't be used. What a line says is never kept: it
/// may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there.
    #[error("cannot read {}, which ENTRYPOINT_ENV_FILE names: it is not there", file.display())]
    Absent {
        /// The file.
        file: PathBuf,
    },
    /// It can't be read.
    #[error("cannot use {}, which ENTRYPOINT_ENV_FILE names: it {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: crate::sys::files::Error,
    },
    /// A line is no assignment.
    #[error("cannot read {}, line {line}: it is not NAME=value, or a quote in it has no end", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Its number, counted from 1.
        line: usize,
    },
    /// It is not text.
    #[error("cannot read {}: it is not UTF-8", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
}

/// The variables of a file, in their order. `file` is for the errors.
pub(super) fn parse(bytes: &[u8], file: &std::path::Path) -> Result<Vec<(String, String)>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::NotText { file: file.to_owned() })?;
    let text = &with_bare_dollars(text.strip_prefix('\u{feff}').unwrap_or(text));
    let at_fault = |error: dotenvy::Error| Error::Line { file: file.to_owned(), line: line_of(&error, text) };
    dotenvy::Iter::new(text.as_bytes()).map(|item| item.map_err(at_fault)).collect()
}

/// The text with a backslash before each `$` that stands for itself. dotenvy
/// takes `$NAME` for a variable, and what follows a `$` in a secret for its
/// name; django-environ and python-dotenv take `${NAME}` alone for one.
fn with_bare_dollars(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut quote, mut is_escaped, mut is_comment, mut before) = (None, false, false, '\n');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let was_escaped = std::mem::take(&mut is_escaped);
        match (quote, character) {
            (None, '\n') => is_comment = false,
            _ if is_comment || was_escaped => {}
            (None, '#') => is_comment = before.is_whitespace(),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => is_escaped = true,
            (_, '$') if characters.peek() != Some(&'{') => kept.push('\\'),
            _ => {}
        }
        kept.push(character);
        before = character;
    }
    kept
}

/// Where the error is: dotenvy tells the line's text and not its number.
fn line_of(error: &dotenvy::Error, text: &str) -> usize {
    let dotenvy::Error::LineParse(line, _) = error else { return 1 };
    let first = line.lines().next().unwrap_or_default().trim();
    let found = text.lines().position(|line| line.trim() == first);
    found.map_or_else(|| text.lines().count(), |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::{Error, parse, with_bare_dollars};
    use std::path::Path;

    fn parsed(text: &[u8]) -> Result<Vec<(String, String)>, Error> {
        parse(text, Path::new("/app/.env"))
    }

    #[test]
    fn the_dialect() {
        let text = b"\xef\xbb\xbf# comment\nA=1\nexport B='two words' # why\nC=\"x\\ny\"\n\nD=${A}0\nE=\n";
        let expected = [("A", "1"), ("B", "two words"), ("C", "x\ny"), ("D", "10"), ("E", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parsed(text).unwrap(), expected);
    }

    #[test]
    fn a_bare_dollar_stands_for_itself() {
        for (text, value) in [
            ("A=ab$cd-ef", "ab$cd-ef"),
            ("A=\"ab$cd\"", "ab$cd"),
            ("A=$", "$"),
            ("A=$$x$", "$$x$"),
            (r"A=a\$b\\$c", r"a$b\$c"),
            ("A='$b \"' # it's $5\nB=\"$c\"", "$b \""),
            ("A=\"one $b\n'two' $c # \\\" $d\"", "one $b\n'two' $c # \" $d"),
            ("# it's $5\nA=$b", "$b"),
            ("A=$b#$c", "$b#$c"),
            ("Z=1\r\nA=$b\r\n", "$b"),
            ("B=1\nA=$B${B}$", "$B1$"),
        ] {
            let found = parsed(text.as_bytes()).unwrap();
            let found = found.iter().find(|(name, _)| name == "A").map(|(_, value)| value.as_str());
            assert_eq!(found, Some(value), "{text}");
        }
        let untouched = "A='$b'\nB=${A}\nC=\\$d # $e\n";
        assert_eq!(with_bare_dollars(untouched), untouched);
    }

    #[test]
    fn an_error_tells_the_line_s_number_and_not_the_line() {
        for (text, number) in [
            ("A=1\nB=2\ns3cret s3cret\nC=3\n", 3),
            ("A=1\nB='s3cret\n", 2),
            ("A=s3cret s3cret\n", 1),
            ("A=\"s3cret\n\n\n", 1),
        ] {
            let error = parsed(text.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Line { line, .. } if line == number), "{text:?}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
        assert!(matches!(parsed(b"A=\xff"), Err(Error::NotText { .. })));
    }
}
