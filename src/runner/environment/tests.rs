//! Whole option lines, and what is left of them.

use super::{Handover, hand_over, last_of_each};
use crate::runner::docker_opts::{Word, bytes};
use crate::runner::error::Error;
use crate::runner::opts_parser::parse;
use crate::runner::warning::Warning;
use crate::shell::scope::Text;
use std::cell::Cell;
use std::cmp::Ordering;

/// The words are separated by `|`.
fn try_handed(line: &str) -> Result<Handover, Error> {
    let words: Vec<Word> = line
        .split('|')
        .map(|word| Word { text: Text::from_environment(word), from: "OPTS", shown: None })
        .collect();
    let parsed = parse(&bytes(&words));
    hand_over(&words, &parsed, &[("SET".into(), "1".into())])
}

fn handed(line: &str) -> Handover {
    try_handed(line).unwrap()
}

/// What is left, and the file; `@` stands where the file comes in.
fn told(line: &str) -> (String, String) {
    let handover = handed(line);
    let mut left: Vec<String> =
        handover.arguments.iter().map(|argument| argument.value.to_string_lossy().into_owned()).collect();
    let file = handover.file.map_or_else(String::new, |file| {
        left.insert(file.before, "@".into());
        String::from_utf8(file.text).unwrap()
    });
    (left.join("|"), file)
}

#[test]
fn every_way_to_write_it() {
    for line in ["-e|A=b", "-eA=b", "-e=A=b", "--env|A=b", "--env=A=b"] {
        assert_eq!(told(&format!("--rm|{line}|--init")), ("--rm|--init|@".into(), "A=b\n".into()), "{line}");
    }
    assert_eq!(told("-ite|A=b"), ("-it|@".into(), "A=b\n".into()));
    assert_eq!(told("-iteA=b=c"), ("-it|@".into(), "A=b=c\n".into()));
    assert_eq!(told("--name|-e|-e|A=b"), ("--name|-e|@".into(), "A=b\n".into()));
    assert_eq!(told("-e|A="), ("@".into(), "A=\n".into()));
}

#[test]
fn the_file_comes_after_the_users_own_and_before_the_end_of_options() {
    assert_eq!(told("-e|A=b|--env-file|/f|--"), ("--env-file|/f|@|--".into(), "A=b\n".into()));
}

#[test]
fn the_last_one_decides() {
    assert_eq!(told("-e|A=1|-eA=2|-e|B=3"), ("@".into(), "A=2\nB=3\n".into()));
    assert_eq!(told("-e|SET=1|-e|SET"), ("-e|SET".into(), String::new()));
    assert_eq!(told("-e|SET|-e|SET=1"), ("@".into(), "SET=1\n".into()));
}

#[test]
fn the_last_of_thousands() {
    let line: Vec<String> = (0..10_000).map(|number| format!("-eA{}={number}", number % 6_000)).collect();
    let (left, file) = told(&line.join("|"));
    assert_eq!((left.as_str(), file.lines().count()), ("@", 6_000));
    assert_eq!(file.lines().next(), Some("A4000=4000"));
    assert_eq!(file.lines().last(), Some("A3999=9999"));
}

/// A name that counts how often one is compared.
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

/// Each name beside each other one would be 50 million.
#[test]
fn the_last_of_thousands_is_found_by_few_comparisons() {
    let count = Cell::new(0);
    let names: Vec<_> = (0..10_000).map(|number| Counted(number * 7919 % 6_000, &count)).collect();
    assert_eq!(last_of_each(&names).iter().filter(|last| **last).count(), 6_000);
    assert!(count.get() < 1_000_000, "{}", count.get());
}

#[test]
fn a_name_with_a_blank_of_unicode_fits_in_no_file() {
    assert_eq!(told("-e|\u{a0}NB=1"), ("-e|\u{a0}NB".into(), String::new()));
    assert_eq!(told("-e|N\u{2003}B=1"), ("-e|N\u{2003}B".into(), String::new()));
    assert_eq!(told("-e|NB=\u{a0}"), ("@".into(), "NB=\u{a0}\n".into()));
}

#[test]
fn a_bare_name_that_is_not_set_is_told() {
    let warnings = handed("-e|GONE|-e|SET").warnings;
    assert_eq!(warnings, [Warning::UnsetBare { name: "GONE".into(), place: None }]);
    assert_eq!(told("-e|GONE").0, "-e|GONE");
}

#[test]
fn what_no_line_can_carry_goes_through_the_environment() {
    let long = format!("A={}", "x".repeat(65_534));
    for (setting, name) in [
        ("A=1\n2", "A"),
        ("A=1\r", "A"),
        (long.as_str(), "A"),
        ("A B=c", "A B"),
        ("#A=b", "#A"),
        ("A\u{b}=b", "A\u{b}"),
    ] {
        let handover = handed(&format!("-ite|{setting}|--rm"));
        let left: Vec<_> = handover.arguments.iter().map(|argument| argument.value.clone()).collect();
        assert_eq!(left, ["-it", "-e", name, "--rm"]);
        let value = setting.split_once('=').unwrap().1;
        assert_eq!(handover.variables, [(name.into(), value.into())]);
        assert_eq!(handover.file, None);
    }
    assert_eq!(told(&long[..65_535]).0.len(), 65_535, "a word, no option");
    assert_eq!(told(&format!("-e|{}", &long[..65_535])).0, "@");
}

#[test]
fn but_never_where_it_would_change_docker() {
    for name in ["PATH", "HOME", "DOCKER_HOST", "https_proxy", "NO_PROXY", "LD_PRELOAD", "SSL_CERT_FILE"] {
        let error = try_handed(&format!("-e|{name}=1\n2")).unwrap_err();
        assert!(matches!(&error, Error::DockersOwn { name: told, .. } if told == name), "{error}");
        assert_eq!(told(&format!("-e|{name}=1")).0, "@");
    }
    assert!(try_handed("-e|HOMEPAGE=1\n2").is_ok());
}

#[test]
fn a_name_is_needed() {
    assert!(matches!(try_handed("-e|=secret"), Err(Error::NoVariable { .. })));
    assert!(matches!(try_handed("-e|"), Err(Error::NoVariable { .. })));
}

#[test]
fn bytes_that_docker_cannot_carry_become_what_it_makes_of_them() {
    let text = Text::from_environment(b"A=\xff\xe2\x82x".to_vec());
    let option = Word { text: Text::from_environment("-e"), from: "OPTS", shown: None };
    let words = [option, Word { text, from: "OPTS", shown: None }];
    let handover = hand_over(&words, &parse(&bytes(&words)), &[]).unwrap();
    assert_eq!(handover.file.unwrap().text, "A=\u{fffd}\u{fffd}\u{fffd}x\n".as_bytes());
    assert_eq!(handover.warnings, [Warning::NotUtf8 { name: "A".into(), place: None }]);
}
