//! `setup.py` as it is embedded: without comments, blank lines and three quarters
//! of its indentation, which are removed at compile time.

const SOURCE: &[u8] = include_bytes!("setup.py");

const LENGTH: usize = minify(&mut [0; SOURCE.len()]);

static MINIFIED: [u8; LENGTH] = {
    let mut text = [0; LENGTH];
    minify(&mut text);
    text
};

pub(super) fn text() -> &'static str {
    std::str::from_utf8(&MINIFIED).unwrap_or_default() // ASCII, as a test asserts
}

/// Writes the lines that Python needs and returns their length. No string in the
/// source spans several lines.
const fn minify(into: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while from < SOURCE.len() {
        let start = from;
        while SOURCE[from] == b' ' {
            from += 1;
        }
        let indentation = (from - start) / 4;
        let is_needed = SOURCE[from] != b'#' && SOURCE[from] != b'\n';
        let mut column = 0;
        while is_needed && column < indentation {
            into[to] = b' ';
            to += 1;
            column += 1;
        }
        loop {
            let byte = SOURCE[from];
            if is_needed {
                into[to] = byte;
                to += 1;
            }
            from += 1;
            if byte == b'\n' {
                break;
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::{SOURCE, text};

    #[test]
    fn the_embedded_program_has_the_same_lines() {
        let source = std::str::from_utf8(SOURCE).unwrap();
        let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let embedded: Vec<&str> = text().lines().map(str::trim).collect();
        assert_eq!(embedded, lines.collect::<Vec<_>>());
        assert!(source.is_ascii() && !source.contains("\"\"\"") && !source.contains('\t'));
        assert!(text().contains("\ndef log(text):\n print("), "{}", text());
    }
}
