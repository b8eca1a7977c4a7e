//! No message shows a value with `{:?}`: in the binary as it is shipped that shows nothing
//! (scripts/binary.sh).

use std::path::Path;

/// The lines of the sources that are no tests and no panics' words, with their places.
fn lines(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lines(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let own = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in own.lines().enumerate().filter(|(_, line)| line.contains('?')) {
            found.push(format!("{}:{}: {line}", path.display(), number + 1));
        }
    }
}

#[test]
fn nothing_with_debug() {
    let mut found = Vec::new();
    lines(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    assert!(found.len() > 500, "the sources were not read");
    let is_test = |line: &String| line.contains("/tests/") || line.contains("tests.rs:");
    let is_comment = |line: &String| line.contains(": /// ") || line.contains("    /// ");
    let shows = |line: &String| line.contains(":?}") || line.contains(":#?}");
    found.retain(|line| shows(line) && !is_test(line) && !is_comment(line));
    assert_eq!(found, Vec::<String>::new());
}
