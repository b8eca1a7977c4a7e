//! Dash and bash read quoted words back as the same words, and split an unquoted `$OPTS` into
//! the same words as this program.

use crate::random::Random;
use docker_runner::shell::scope::Text;
use docker_runner::shell::{DEFAULT_IFS, quote, split};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

/// Any bytes but NUL, most of them with a meaning in the shell.
fn random_word(random: &mut Random) -> Vec<u8> {
    let special = b"'\"\\$`!~#&;|<>(){}[]*?= \t\n\r^%@+-,.:/aZ0\x01\x7f";
    let length = random.below(9);
    (0..length)
        .map(|_| match random.below(3) {
            0 => 1 + random.below(255) as u8,
            _ => special[random.below(special.len())],
        })
        .collect()
}

/// The output of a script.
fn run_script(shell: &str, script: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("script");
    std::fs::write(&path, script).expect("a file can be written");
    let output =
        Command::new(shell).arg(&path).stdin(Stdio::null()).output().expect("the shell is installed");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}");
    output.stdout
}

#[test]
fn quoted_words_are_read_back() {
    let mut random = Random::new(7);
    let words: Vec<Vec<u8>> = (0..20_000).map(|_| random_word(&mut random)).collect();
    let mut script = Vec::new();
    for words in words.chunks(50) {
        script.extend_from_slice(b"printf '%s\\0'");
        for word in words {
            script.push(b' ');
            script.extend_from_slice(quote::word(OsStr::from_bytes(word)).as_bytes());
        }
        script.push(b'\n');
    }
    let expected: Vec<u8> = words.iter().flat_map(|word| [word.as_slice(), b"\0"].concat()).collect();
    for shell in ["/bin/dash", "/bin/bash"] {
        assert!(run_script(shell, &script) == expected, "{shell} reads the same words");
    }
}

#[test]
fn quoted_names_of_programs_are_run_as_programs() {
    let names = ["A=1", "if", "time", "{", "!", "[[", "case", "a b", "~", "x=", "in", "function", ":="];
    for shell in ["/bin/dash", "/bin/bash"] {
        for name in names {
            let mut script = b"PATH=/nonexistent; ".to_vec();
            script.extend_from_slice(quote::program(OsStr::new(name)).as_bytes());
            script.extend_from_slice(b" 2>/dev/null; echo $?");
            assert_eq!(run_script(shell, &script), b"127\n", "{shell} looks for {name:?}");
        }
    }
}

#[test]
fn words_of_an_unquoted_variable() {
    let mut random = Random::new(11);
    let texts: Vec<Vec<u8>> = (0..2000)
        .map(|_| {
            let pieces = 1 + random.below(4);
            (0..pieces).flat_map(|_| random_word(&mut random)).collect()
        })
        .collect();
    compare_splits(texts.iter().map(|text| (text.as_slice(), DEFAULT_IFS)));
}

#[test]
fn words_of_an_unquoted_variable_with_another_ifs() {
    let mut random = Random::new(12);
    let pieces = ["a", "b", " ", " ", "\t", "\n", ",", ",", ":", "1", "\\", "-", "x y", "'"];
    let separators = ["", ",", ", ", ",:", " \t\n,", "\n", "1", "\\", ":\t", "a", "-", " ", "\n ,1"];
    let cases: Vec<(Vec<u8>, &str)> = (0..4000)
        .map(|_| {
            let text = (0..random.below(9)).flat_map(|_| random.pick(&pieces).bytes()).collect();
            (text, random.pick(&separators))
        })
        .collect();
    compare_splits(cases.iter().map(|(text, ifs)| (text.as_slice(), ifs.as_bytes())));
}

/// Compares our words of each text with those of the shells.
fn compare_splits<'a>(cases: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
    let mut script = b"set -f\n".to_vec();
    let mut expected = Vec::new();
    for (text, ifs) in cases {
        for (name, value) in [("IFS", ifs), ("A", text)] {
            script.extend_from_slice(format!("{name}=").as_bytes());
            script.extend_from_slice(quote::word(OsStr::from_bytes(value)).as_bytes());
            script.push(b'\n');
        }
        script.extend_from_slice(b"set x $A; printf '<%s>\\0' \"$@\"\n");
        let words = split(&Text::from_environment(text), ifs).into_iter().map(|word| word.bytes);
        for word in std::iter::once(b"x".to_vec()).chain(words) {
            expected.extend_from_slice(&[b"<", word.as_slice(), b">\0"].concat());
        }
    }
    for shell in ["/bin/dash", "/bin/bash"] {
        let output = run_script(shell, &script);
        let pairs = output.split(|byte| *byte == 0).zip(expected.split(|byte| *byte == 0));
        let different = pairs.enumerate().find(|(_, (theirs, ours))| theirs != ours);
        assert!(output == expected, "{shell} splits differently: {different:?}");
    }
}
