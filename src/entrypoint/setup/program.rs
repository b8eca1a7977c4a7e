//! `setup.py` as it is carried along: without comments, blank lines and three
//! quarters of its indentation. All of that is done when we are compiled.

const SOURCE: &[u8] = include_bytes!("setup.py");

const LENGTH: usize = tight(&mut [0; SOURCE.len()]);

static TIGHT: [u8; LENGTH] = {
    let mut text = [0; LENGTH];
    tight(&mut text);
    text
};

/// The program.
pub(super) fn text() -> &'static str {
    std::str::from_utf8(&TIGHT).unwrap_or_default() // it is ASCII, a test says
}

/// Writes the lines that Python needs, and tells how long they are. No string
/// in the source goes over several lines.
const fn tight(into: &mut [u8]) -> usize {
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
    fn is_ascii_and_says_the_same() {
        let source = std::str::from_utf8(SOURCE).unwrap();
        let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let carried: Vec<&str> = text().lines().map(str::trim).collect();
        assert_eq!(carried, lines.collect::<Vec<_>>());
        assert!(source.is_ascii() && !source.contains("\"\"\"") && !source.contains('\t'));
        assert!(text().contains("\ndef tell(text):\n print("), "{}", text());
    }
}
