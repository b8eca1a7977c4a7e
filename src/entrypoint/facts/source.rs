//! Python source, looked through for names without a Python.

/// Whether the code (not its comments, nor its strings) names `name` as a
/// variable, or takes in names from elsewhere with `import *`.
pub(super) fn may_assign(source: &[u8], name: &str) -> bool {
    let code = without(source, true);
    let mut words = words(&code);
    let named = words.any(|(before, word)| word == name.as_bytes() && before != Some(b'.'));
    named || imports_all(&code)
}

/// Whether the code or one of its strings mentions `name`, in any case.
pub(super) fn mentions(source: &[u8], name: &str) -> bool {
    let code = without(source, false);
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

/// The source without its comments, and where `strings` says so without its
/// strings (Language Reference, 2.4).
fn without(source: &[u8], strings: bool) -> Vec<u8> {
    let mut code = Vec::with_capacity(source.len());
    let mut rest = source;
    while let [first, tail @ ..] = rest {
        let length = match first {
            b'#' => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            b'"' | b'\'' => string(rest),
            _ => 0,
        };
        if length == 0 {
            code.push(*first);
            rest = tail;
            continue;
        }
        let (passed, after) = rest.split_at(length);
        if *first != b'#' && !strings {
            code.extend_from_slice(passed);
        }
        rest = after;
    }
    code
}

/// The length of the string at the start, its quotes included.
fn string(source: &[u8]) -> usize {
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
    fn passes_over_comments_strings_and_attributes() {
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
    fn a_mention_may_be_in_a_string() {
        assert!(mentions(b"CELERY_BEAT_SCHEDULE_FILENAME = 'x'", "schedule_filename"));
        assert!(mentions(b"app.conf.update({'beat_schedule_filename': 1})", "schedule_filename"));
        assert!(!mentions(b"# beat_schedule_filename", "schedule_filename"));
        assert!(!mentions(b"", "schedule_filename"));
    }
}
