//! Finds options among the caller's arguments, so that a default can be left out.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// Whether the arguments contain one of these options: `--long`,
/// `--long=VALUE`, `-s` and `-sVALUE`.
pub(super) fn has_option(arguments: &[OsString], options: &[&str]) -> bool {
    arguments.iter().any(|argument| options.iter().any(|option| is_option(argument.as_bytes(), option)))
}

fn is_option(argument: &[u8], option: &str) -> bool {
    match argument.strip_prefix(option.as_bytes()) {
        Some(rest) => rest.is_empty() || rest[0] == b'=' || !option.starts_with("--"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::has_option;
    use std::ffi::OsString;

    #[test]
    fn finds_every_spelling_of_an_option() {
        let has = |line: &str, options: &[&str]| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            has_option(&words, options)
        };
        let options = ["-s", "--schedule"];
        for line in ["-s x", "-sx", "-Q a --schedule x", "--schedule=x"] {
            assert!(has(line, &options), "{line}");
        }
        for line in ["", "--scheduler x", "--s", "x -S y", "s"] {
            assert!(!has(line, &options), "{line}");
        }
    }
}
