//! Whole option lines, and what is left of each.

use super::{EnvTransfer, last_of_each, transfer};
use crate::runner::docker_opts::DockerOpts;
use crate::runner::error::Error;
use crate::runner::warning::Warning;
use crate::shell::scope::Text;
use std::cell::Cell;
use std::cmp::Ordering;

/// The words are separated by `|`.
fn try_transfer(line: &str) -> Result<EnvTransfer, Error> {
    let words = line.split('|').map(|word| ("OPTS", Text::from_environment(word)));
    transfer(&DockerOpts::from_words(words), &[("SET".into(), "1".into())])
}

fn transferred(line: &str) -> EnvTransfer {
    try_transfer(line).unwrap()
}

/// The arguments that are left, with `@` for the env file, and the text of the file.
fn left_and_file(line: &str) -> (String, String) {
    let transfer = transferred(line);
    let mut left: Vec<String> =
        transfer.arguments.iter().map(|argument| argument.value.to_string_lossy().into_owned()).collect();
    let file = transfer.file.map_or_else(String::new, |file| {
        left.insert(file.before, "@".into());
        String::from_utf8(file.text).unwrap()
    });
    (left.join("|"), file)
}

#[test]
fn transfers_every_way_to_write_e() {
    for line in ["-e|A=b", "-eA=b", "-e=A=b", "--env|A=b", "--env=A=b"] {
        assert_eq!(
            left_and_file(&format!("--rm|{line}|--init")),
            ("--rm|--init|@".into(), "A=b\n".into()),
            "{line}"
        );
    }
    assert_eq!(left_and_file("-ite|A=b"), ("-it|@".into(), "A=b\n".into()));
    assert_eq!(left_and_file("-iteA=b=c"), ("-it|@".into(), "A=b=c\n".into()));
    assert_eq!(left_and_file("--name|-e|-e|A=b"), ("--name|-e|@".into(), "A=b\n".into()));
    assert_eq!(left_and_file("-e|A="), ("@".into(), "A=\n".into()));
}

#[test]
fn the_file_comes_after_those_of_the_user_and_before_the_end_of_options() {
    assert_eq!(left_and_file("-e|A=b|--env-file|/f|--"), ("--env-file|/f|@|--".into(), "A=b\n".into()));
}

#[test]
fn the_last_of_one_name_takes_effect() {
    assert_eq!(left_and_file("-e|A=1|-eA=2|-e|B=3"), ("@".into(), "A=2\nB=3\n".into()));
    assert_eq!(left_and_file("-e|SET=1|-e|SET"), ("-e|SET".into(), String::new()));
    assert_eq!(left_and_file("-e|SET|-e|SET=1"), ("@".into(), "SET=1\n".into()));
}

#[test]
fn the_last_of_thousands_takes_effect() {
    let line: Vec<String> = (0..10_000).map(|number| format!("-eA{}={number}", number % 6_000)).collect();
    let (left, file) = left_and_file(&line.join("|"));
    assert_eq!((left.as_str(), file.lines().count()), ("@", 6_000));
    assert_eq!(file.lines().next(), Some("A4000=4000"));
    assert_eq!(file.lines().last(), Some("A3999=9999"));
}

/// A name that counts comparisons.
struct Counted<'a>(u32, &'a Cell<usize>);

impl Ord for Counted<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.1.set(self.1.get() + 1);
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Counted<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Counted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Counted<'_> {}

/// To compare each name with each other one would take 50 million.
#[test]
fn finds_the_last_of_thousands_with_few_comparisons() {
    let count = Cell::new(0);
    let names: Vec<_> = (0..10_000).map(|number| Counted(number * 7919 % 6_000, &count)).collect();
    assert_eq!(last_of_each(&names).iter().filter(|last| **last).count(), 6_000);
    assert!(count.get() < 1_000_000, "{}", count.get());
}

#[test]
fn a_name_with_a_blank_of_unicode_is_not_in_the_file() {
    assert_eq!(left_and_file("-e|\u{a0}NB=1"), ("-e|\u{a0}NB".into(), String::new()));
    assert_eq!(left_and_file("-e|N\u{2003}B=1"), ("-e|N\u{2003}B".into(), String::new()));
    assert_eq!(left_and_file("-e|NB=\u{a0}"), ("@".into(), "NB=\u{a0}\n".into()));
}

#[test]
fn warns_of_a_bare_name_that_is_not_set() {
    let warnings = transferred("-e|GONE|-e|SET").warnings;
    assert_eq!(warnings, [Warning::UnsetVariable { name: "GONE".into(), place: None }]);
    assert_eq!(left_and_file("-e|GONE").0, "-e|GONE");
}

#[test]
fn a_value_that_no_line_can_carry_goes_through_the_environment() {
    let long = format!("A={}", "x".repeat(65_534));
    for (setting, name) in [
        ("A=1\n2", "A"),
        ("A=1\r", "A"),
        (long.as_str(), "A"),
        ("A B=c", "A B"),
        ("#A=b", "#A"),
        ("A\u{b}=b", "A\u{b}"),
    ] {
        let transfer = transferred(&format!("-ite|{setting}|--rm"));
        let left: Vec<_> = transfer.arguments.iter().map(|argument| argument.value.clone()).collect();
        assert_eq!(left, ["-it", "-e", name, "--rm"]);
        let value = setting.split_once('=').unwrap().1;
        assert_eq!(transfer.variables, [(name.into(), value.into())]);
        assert_eq!(transfer.file, None);
    }
    assert_eq!(left_and_file(&long[..65_535]).0.len(), 65_535, "a word, not an option");
    assert_eq!(left_and_file(&format!("-e|{}", &long[..65_535])).0, "@");
}

#[test]
fn a_variable_that_affects_docker_does_not_go_through_the_environment() {
    for name in ["PATH", "HOME", "DOCKER_HOST", "https_proxy", "NO_PROXY", "LD_PRELOAD", "SSL_CERT_FILE"] {
        let error = try_transfer(&format!("-e|{name}=1\n2")).unwrap_err();
        assert!(matches!(&error, Error::DockersOwn { name: refused, .. } if refused == name), "{error}");
        assert_eq!(left_and_file(&format!("-e|{name}=1")).0, "@");
    }
    assert!(try_transfer("-e|HOMEPAGE=1\n2").is_ok());
}

#[test]
fn refuses_an_empty_name() {
    assert!(matches!(try_transfer("-e|=secret"), Err(Error::NoVariable { .. })));
    assert!(matches!(try_transfer("-e|"), Err(Error::NoVariable { .. })));
}

#[test]
fn invalid_utf8_becomes_what_docker_makes_of_it() {
    let text = Text::from_environment(b"A=\xff\xe2\x82x".to_vec());
    let opts = DockerOpts::from_words([("OPTS", Text::from_environment("-e")), ("OPTS", text)]);
    let transfer = transfer(&opts, &[]).unwrap();
    assert_eq!(transfer.file.unwrap().text, "A=\u{fffd}\u{fffd}\u{fffd}x\n".as_bytes());
    assert_eq!(transfer.warnings, [Warning::NotUtf8 { name: "A".into(), place: None }]);
}

#[test]
fn debug_output_shows_no_value() {
    let file = transferred("-e|A=secret").file.unwrap();
    assert_eq!(format!("{file:?}"), "EnvFile(9 bytes before 0)");
}
