//! ENTRYPOINT_ENV_FILE: variables from a `.env` file, in the dialect of
//! django-environ and python-dotenv.

use std::path::PathBuf;

/// Why an env file can't be used. The text of a line is never kept: it may be a
/// secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}, which ENTRYPOINT_ENV_FILE names: the file does not exist", file.display())]
    Absent { file: PathBuf },
    #[error("cannot use {}, which ENTRYPOINT_ENV_FILE names: it {error}", file.display())]
    Unreadable { file: PathBuf, error: crate::sys::files::Error },
    #[error("cannot read {}, line {line}: it is not NAME=value, or a quote is not closed", file.display())]
    Line {
        file: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
    #[error("cannot read {}: it is not UTF-8", file.display())]
    NotText { file: PathBuf },
}

/// The variables of a file, in order. `file` is for the errors.
pub(super) fn parse(bytes: &[u8], file: &std::path::Path) -> Result<Vec<(String, String)>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::NotText { file: file.to_owned() })?;
    let text = &escape_plain_dollars(text.strip_prefix('\u{feff}').unwrap_or(text));
    let to_error =
        |error: dotenvy::Error| Error::Line { file: file.to_owned(), line: line_number(&error, text) };
    dotenvy::Iter::new(text.as_bytes()).map(|item| item.map_err(to_error)).collect()
}

/// Puts a backslash before each `$` that is a plain character. dotenvy replaces
/// `$NAME` too; django-environ and python-dotenv replace only `${NAME}`.
fn escape_plain_dollars(text: &str) -> String {
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

/// The line number of an error: dotenvy gives the text of the line only.
fn line_number(error: &dotenvy::Error, text: &str) -> usize {
    let dotenvy::Error::LineParse(line, _) = error else { return 1 };
    let first = line.lines().next().unwrap_or_default().trim();
    let found = text.lines().position(|line| line.trim() == first);
    found.map_or_else(|| text.lines().count(), |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::{Error, escape_plain_dollars, parse};
    use std::path::Path;

    fn parse_bytes(text: &[u8]) -> Result<Vec<(String, String)>, Error> {
        parse(text, Path::new("/app/.env"))
    }

    #[test]
    fn reads_the_dialect() {
        let text = b"\xef\xbb\xbf# comment\nA=1\nexport B='two words' # why\nC=\"x\\ny\"\n\nD=${A}0\nE=\n";
        let expected = [("A", "1"), ("B", "two words"), ("C", "x\ny"), ("D", "10"), ("E", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parse_bytes(text).unwrap(), expected);
    }

    #[test]
    fn a_dollar_without_braces_is_a_plain_character() {
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
            let found = parse_bytes(text.as_bytes()).unwrap();
            let found = found.iter().find(|(name, _)| name == "A").map(|(_, value)| value.as_str());
            assert_eq!(found, Some(value), "{text}");
        }
        let untouched = "A='$b'\nB=${A}\nC=\\$d # $e\n";
        assert_eq!(escape_plain_dollars(untouched), untouched);
    }

    #[test]
    fn an_error_shows_the_line_number_and_not_the_line() {
        for (text, number) in [
            ("A=1\nB=2\ns3cret s3cret\nC=3\n", 3),
            ("A=1\nB='s3cret\n", 2),
            ("A=s3cret s3cret\n", 1),
            ("A=\"s3cret\n\n\n", 1),
        ] {
            let error = parse_bytes(text.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Line { line, .. } if line == number), "{text:?}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
        assert!(matches!(parse_bytes(b"A=\xff"), Err(Error::NotText { .. })));
    }
}
