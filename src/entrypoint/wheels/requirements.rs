//! The part of a requirements file that names other inputs of pip.

use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Requirements {
    /// Files of `-r` and `-c`, relative to the folder of this file.
    pub(super) files: Vec<PathBuf>,
    /// Local packages, relative to pip's working folder.
    pub(super) paths: Vec<PathBuf>,
    /// Whether every requirement needs a hash.
    pub(super) has_hashes: bool,
    /// Whether nothing is required.
    pub(super) is_empty: bool,
}

/// Parses a requirements file (pip's Requirements File Format).
pub(super) fn parse(text: &str) -> Requirements {
    let mut found = Requirements { is_empty: true, ..Requirements::default() };
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").lines() {
        let line = strip_comment(line).trim();
        found.has_hashes |= line.contains("--hash") || line.starts_with("--require-hashes");
        if let Some(file) = option(line, &["--requirement", "--constraint", "-r", "-c"]) {
            found.is_empty &= !line.starts_with("-r") && !line.starts_with("--r");
            found.files.extend(Some(file).filter(|file| !file.contains("://")).map(PathBuf::from));
        } else if let Some(package) = option(line, &["--editable", "-e"]) {
            found.is_empty = false;
            found.paths.extend(
                local_path(package)
                    .or_else(|| Some(strip_markers(package).into()))
                    .filter(|path| is_not_url(path)),
            );
        } else if !line.is_empty() && !line.starts_with('-') {
            found.is_empty = false;
            found.paths.extend(local_path(line));
        }
    }
    found
}

/// The line without its comment, which begins the line or follows a space.
fn strip_comment(line: &str) -> &str {
    let mut before = ' ';
    let start = line.char_indices().find(|(_, character)| {
        let is_start = *character == '#' && before.is_whitespace();
        before = *character;
        is_start
    });
    start.map_or(line, |(index, _)| &line[..index])
}

/// The value of an option: `-r FILE`, `-rFILE`, `--requirement=FILE`.
fn option<'a>(line: &'a str, names: &[&str]) -> Option<&'a str> {
    let name = names.iter().find(|name| line.starts_with(**name))?;
    let rest = &line[name.len()..];
    let is_long = name.starts_with("--");
    let value = rest.strip_prefix('=').or_else(|| rest.strip_prefix(char::is_whitespace));
    let value = if is_long { value? } else { value.unwrap_or(rest) };
    let value = value.trim().trim_matches(['"', '\'']);
    Some(value).filter(|value| !value.is_empty())
}

/// The path of a local package: `./lib`, `lib[extra]`, `name @ file:lib`.
fn local_path(requirement: &str) -> Option<PathBuf> {
    let url = requirement
        .split_once('@')
        .map_or(requirement, |(name, url)| if name.contains("://") { requirement } else { url.trim_start() });
    let path = strip_markers(url);
    let is_path = path.starts_with(['.', '/']) || path.contains('/');
    Some(PathBuf::from(path)).filter(|_| is_path).filter(|path| is_not_url(path))
}

/// The path without extras, markers and fragments.
fn strip_markers(text: &str) -> &str {
    let text = text.strip_prefix("file://").or_else(|| text.strip_prefix("file:")).unwrap_or(text);
    let end = text.find(|character: char| character.is_whitespace() || "[;#".contains(character));
    end.map_or(text, |end| &text[..end])
}

fn is_not_url(path: &Path) -> bool {
    !path.to_string_lossy().contains("://") && !path.to_string_lossy().starts_with("git+")
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::path::Path;

    #[test]
    fn other_files() {
        let found = parse(
            "-r base.txt\n--requirement=more.txt # why\n-cpins.txt\n--constraint x\n-r https://h/x.txt\n",
        );
        let files = ["base.txt", "more.txt", "pins.txt", "x"].map(Path::new);
        assert_eq!(found.files, files);
        assert!(!found.is_empty && !found.has_hashes);
        assert!(parse("# nothing\n\n-c pins.txt\n--pre\n").is_empty);
    }

    #[test]
    fn local_packages() {
        let found = parse(
            "-e ./vendor/a\n--editable=b\n./c[x,y] ; python_version > '3'\nd @ file:///src/d#egg=d\n../e.whl\nf/g\n\
             Django>=4.2  # ./not/this\nh @ https://example.com/h.zip\ngit+https://example.com/i@v1\ni @ git+ssh://git@h/i\n-e git+https://h/j#egg=j\n",
        );
        let paths = ["./vendor/a", "b", "./c", "/src/d", "../e.whl", "f/g"].map(Path::new);
        assert_eq!(found.paths, paths);
    }

    #[test]
    fn hashes_on_continued_lines() {
        assert!(parse("six==1.17 \\\n    --hash=sha256:00\n").has_hashes);
        assert!(parse("--require-hashes\nsix==1\n").has_hashes);
        assert!(!parse("six # --hash\n").has_hashes);
    }
}
