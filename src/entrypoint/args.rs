//! What the caller's arguments say, as far as a default of ours depends on it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// Whether one of these options is among the arguments: `--long`,
/// `--long=VALUE`, `-s` and `-sVALUE`.
pub(super) fn says(arguments: &[OsString], options: &[&str]) -> bool {
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
    use super::says;
    use std::ffi::OsString;

    #[test]
    fn options_in_their_spellings() {
        let says = |line: &str, options: &[&str]| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            says(&words, options)
        };
        let options = ["-s", "--schedule"];
        for line in ["-s x", "-sx", "-Q a --schedule x", "--schedule=x"] {
            assert!(says(line, &options), "{line}");
        }
        for line in ["", "--scheduler x", "--s", "x -S y", "s"] {
            assert!(!says(line, &options), "{line}");
        }
    }
}
