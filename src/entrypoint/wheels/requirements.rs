//! A requirements file, as far as we have to understand it: what else it makes
//! pip read. What it requires is pip's own business.

use std::path::{Path, PathBuf};

/// What a requirements file makes pip read or do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Requirements {
    /// Other files, of `-r` and `-c`; relative to the file's own folder.
    pub(super) files: Vec<PathBuf>,
    /// Local packages; relative to pip's working folder.
    pub(super) paths: Vec<PathBuf>,
    /// Whether every requirement has to have a hash.
    pub(super) has_hashes: bool,
    /// Whether anything is required at all.
    pub(super) is_empty: bool,
}

/// Reads a requirements file (pip's Requirements File Format).
pub(super) fn read(text: &str) -> Requirements {
    let mut found = Requirements { is_empty: true, ..Requirements::default() };
    for line in text.replace("\\\r\n", " ").replace("\\\n", " ").lines() {
        let line = uncommented(line).trim();
        found.has_hashes |= line.contains("--hash") || line.starts_with("--require-hashes");
        if let Some(file) = option(line, &["--requirement", "--constraint", "-r", "-c"]) {
            found.is_empty &= !line.starts_with("-r") && !line.starts_with("--r");
            found.files.extend(Some(file).filter(|file| !file.contains("://")).map(PathBuf::from));
        } else if let Some(package) = option(line, &["--editable", "-e"]) {
            found.is_empty = false;
            found
                .paths
                .extend(local(package).or_else(|| Some(bare(package).into())).filter(|path| is_no_url(path)));
        } else if !line.is_empty() && !line.starts_with('-') {
            found.is_empty = false;
            found.paths.extend(local(line));
        }
    }
    found
}

/// A comment begins a line, or follows a blank.
fn uncommented(line: &str) -> &str {
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
fn local(requirement: &str) -> Option<PathBuf> {
    let url = requirement
        .split_once('@')
        .map_or(requirement, |(name, url)| if name.contains("://") { requirement } else { url.trim_start() });
    let path = bare(url);
    let is_path = path.starts_with(['.', '/']) || path.contains('/');
    Some(PathBuf::from(path)).filter(|_| is_path).filter(|path| is_no_url(path))
}

/// The path without extras, markers and fragments.
fn bare(text: &str) -> &str {
    let text = text.strip_prefix("file://").or_else(|| text.strip_prefix("file:")).unwrap_or(text);
    let end = text.find(|character: char| character.is_whitespace() || "[;#".contains(character));
    end.map_or(text, |end| &text[..end])
}

fn is_no_url(path: &Path) -> bool {
    !path.to_string_lossy().contains("://") && !path.to_string_lossy().starts_with("git+")
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::path::Path;

    #[test]
    fn finds_other_files() {
        let found = read(
            "-r base.txt\n--requirement=more.txt # why\n-cpins.txt\n--constraint x\n-r https://h/x.txt\n",
        );
        let files = ["base.txt", "more.txt", "pins.txt", "x"].map(Path::new);
        assert_eq!(found.files, files);
        assert!(!found.is_empty && !found.has_hashes);
        assert!(read("# nothing\n\n-c pins.txt\n--pre\n").is_empty);
    }

    #[test]
    fn finds_local_packages() {
        let found = read(
            "-e ./vendor/a\n--editable=b\n./c[x,y] ; python_version > '3'\nd @ file:///src/d#egg=d\n../e.whl\nf/g\n\
             Django>=4.2  # ./not/this\nh @ https://example.com/h.zip\ngit+https://example.com/i@v1\ni @ git+ssh://git@h/i\n-e git+https://h/j#egg=j\n",
        );
        let paths = ["./vendor/a", "b", "./c", "/src/d", "../e.whl", "f/g"].map(Path::new);
        assert_eq!(found.paths, paths);
    }

    #[test]
    fn sees_hashes_over_continued_lines() {
        assert!(read("six==1.17 \\\n    --hash=sha256:00\n").has_hashes);
        assert!(read("--require-hashes\nsix==1\n").has_hashes);
        assert!(!read("six # --hash\n").has_hashes);
    }
}
