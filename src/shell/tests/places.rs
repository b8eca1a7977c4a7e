//! Each byte of a value knows the line that it was written on.

use super::read;
use crate::shell::scope::Text;
use crate::shell::{DEFAULT_IFS, split};

/// The text's runs: from where, and the line (0: from the environment).
fn lines(text: &Text) -> Vec<(usize, usize)> {
    text.runs.iter().map(|run| (run.start, run.place.as_ref().map_or(0, |place| place.line))).collect()
}

fn runs(file: &str, name: &str) -> Vec<(usize, usize)> {
    lines(read(file).unwrap().scope.text(name).unwrap())
}

#[test]
fn a_value_over_several_lines() {
    let file = "A=\"--rm \\\n  -e X=1 \\\n\" B='x\ny'";
    assert_eq!(runs(file, "A"), [(0, 1), (5, 2)]);
    assert_eq!(runs(file, "B"), [(0, 3), (2, 4)]);
}

#[test]
fn through_other_variables() {
    let file = "A=one\nB=\"x $A\n$E y\"\nB=\"$B $A\"\nC=${NO:-\n$A}";
    assert_eq!(runs(file, "B"), [(0, 2), (2, 1), (5, 2), (6, 0), (26, 3), (28, 4), (29, 1)]);
    assert_eq!(runs(file, "C"), [(0, 5), (1, 1)]);
}

#[test]
fn of_homes_and_arguments() {
    assert_eq!(runs("\nA=~/x\n", "A"), [(0, 2)]);
    assert_eq!(runs("W='A=1\nB=2'\nexport $W", "B"), [(0, 2)]);
    assert_eq!(runs("export \"A=x\ny\"", "A"), [(0, 1), (2, 2)]);
}

#[test]
fn each_word_of_opts() {
    let scope = read("OPTS=\"--rm \\\n -e A=$E\"\nOPTS=\"$OPTS\n --more\"").unwrap().scope;
    let words = split(scope.text("OPTS").unwrap(), DEFAULT_IFS);
    let found: Vec<_> =
        words.iter().map(|word| (word.bytes.escape_ascii().to_string(), lines(word))).collect();
    let expect = [
        ("--rm", vec![(0, 1)]),
        ("-e", vec![(0, 2)]),
        ("A=from", vec![(0, 2), (2, 0)]),
        ("the", vec![(0, 0)]),
        ("environment", vec![(0, 0)]),
        ("--more", vec![(0, 4)]),
    ];
    assert_eq!(found, expect.map(|(word, lines)| (word.to_owned(), lines)));
}

#[test]
fn of_the_assignment() {
    let scope = read("A=1\n  export \\\nB=2; set -a; : ${C:=3}").unwrap().scope;
    let place = |name: &str| scope.variables[name].place.as_ref().unwrap().to_string();
    assert_eq!(
        ["A", "B", "C"].map(place),
        ["/etc/default/site:1:1", "/etc/default/site:3:1", "/etc/default/site:3:16"]
    );
    assert_eq!(scope.variables["E"].place, None);
}
