//! Searches Python source for names, without starting Python.

/// Whether the code, without comments and strings, may assign the variable `name`:
/// it contains the name, or it uses `import *`.
pub(super) fn may_assign(source: &[u8], name: &str) -> bool {
    let code = strip_comments(source, true);
    let mut words = words(&code);
    let named = words.any(|(before, word)| word == name.as_bytes() && before != Some(b'.'));
    named || imports_all(&code)
}

/// Whether the code or one of its strings contains `name`, ignoring case.
pub(super) fn mentions(source: &[u8], name: &str) -> bool {
    let code = strip_comments(source, false);
    code.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}

/// `from x import *`.
fn imports_all(code: &[u8]) -> bool {
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    let star = code.iter().enumerate().filter(|(_, byte)| **byte == b'*');
    star.map(|(index, _)| &code[..index]).any(|before| {
        let end = before.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
        end < before.len() && before[..end].ends_with(b"import") || before.ends_with(b"import")
    })
}

/// The words of the code, each with the byte before it.
fn words(code: &[u8]) -> impl Iterator<Item = (Option<u8>, &[u8])> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].iter().position(is_name)?;
        let length = code[start..].iter().position(|byte| !is_name(byte)).unwrap_or(code.len() - start);
        at = start + length;
        let before = start.checked_sub(1).map(|index| code[index]);
        Some((before, &code[start..at]))
    })
}

/// The source without comments, and with `drop_strings` also without strings
/// (Language Reference, 2.4).
fn strip_comments(source: &[u8], drop_strings: bool) -> Vec<u8> {
    let mut code = Vec::with_capacity(source.len());
    let mut rest = source;
    while let [first, tail @ ..] = rest {
        let length = match first {
            b'#' => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'"' | b'\'' => string_length(rest),
            _ => 0,
        };
        if length == 0 {
            code.push(*first);
            rest = tail;
            continue;
        }
        let (passed, after) = rest.split_at(length);
        if *first != b'#' && !drop_strings {
            code.extend_from_slice(passed);
        }
        rest = after;
    }
    code
}

/// The length of the string literal at the start, with its quotes.
fn string_length(source: &[u8]) -> usize {
    let quote = source[0];
    let triple = [quote; 3];
    let end: &[u8] = if source.starts_with(&triple) { &triple } else { &triple[..1] };
    let mut at = end.len();
    while at < source.len() {
        match source[at] {
            b'\\' => at += 2,
            b'\n' if end.len() == 1 => return at,
            _ if source[at..].starts_with(end) => return at + end.len(),
            _ => at += 1,
        }
    }
    source.len()
}

#[cfg(test)]
mod tests {
    use super::{may_assign, mentions};

    #[test]
    fn finds_assignments() {
        for source in
            ["accesslog = '-'", "x = 1\nif x:\n    accesslog: str = 'a'", "errorlog, accesslog = 'a', 'b'"]
        {
            assert!(may_assign(source.as_bytes(), "accesslog"), "{source}");
        }
        assert!(may_assign(b"from shared import *\n", "accesslog"));
        assert!(may_assign(b"from shared import*", "accesslog"));
    }

    #[test]
    fn ignores_comments_strings_and_attributes() {
        let sources = [
            "# accesslog = '-'",
            "'''\naccesslog = 1\n'''\nx = 2 * 3",
            "x = 'it\\'s accesslog'",
            "log.accesslog = 1",
            "my_accesslog = 1",
            "accesslogs = 'a' # accesslog",
            "important * 2",
            "x = \"unclosed accesslog\ny = 1",
        ];
        for source in sources {
            assert!(!may_assign(source.as_bytes(), "accesslog"), "{source}");
        }
    }

    #[test]
    fn a_string_may_contain_the_name() {
        assert!(mentions(b"CELERY_BEAT_SCHEDULE_FILENAME = 'x'", "schedule_filename"));
        assert!(mentions(b"app.conf.update({'beat_schedule_filename': 1})", "schedule_filename"));
        assert!(!mentions(b"# beat_schedule_filename", "schedule_filename"));
        assert!(!mentions(b"", "schedule_filename"));
    }
}
