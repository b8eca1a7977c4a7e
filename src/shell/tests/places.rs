//! Each byte of a value has the line on which it was written.

use super::evaluate_text;
use crate::shell::scope::Text;
use crate::shell::{DEFAULT_IFS, split};

/// The start and the line of each run; line 0 is the environment.
fn lines(text: &Text) -> Vec<(usize, usize)> {
    text.runs.iter().map(|run| (run.start, run.place.as_ref().map_or(0, |place| place.line))).collect()
}

fn runs(file: &str, name: &str) -> Vec<(usize, usize)> {
    lines(evaluate_text(file).unwrap().scope.string_value(name).unwrap())
}

#[test]
fn a_value_over_several_lines() {
    let file = "A=\"--rm \\\n  -e X=1 \\\n\" B='x\ny'";
    assert_eq!(runs(file, "A"), [(0, 1), (5, 2)]);
    assert_eq!(runs(file, "B"), [(0, 3), (2, 4)]);
}

#[test]
fn a_value_from_other_variables() {
    let file = "A=one\nB=\"x $A\n$E y\"\nB=\"$B $A\"\nC=${NO:-\n$A}";
    assert_eq!(runs(file, "B"), [(0, 2), (2, 1), (5, 2), (6, 0), (26, 3), (28, 4), (29, 1)]);
    assert_eq!(runs(file, "C"), [(0, 5), (1, 1)]);
}

#[test]
fn a_value_from_tildes_and_arguments() {
    assert_eq!(runs("\nA=~/x\n", "A"), [(0, 2)]);
    assert_eq!(runs("W='A=1\nB=2'\nexport $W", "B"), [(0, 2)]);
    assert_eq!(runs("export \"A=x\ny\"", "A"), [(0, 1), (2, 2)]);
}

#[test]
fn each_word_of_a_split_value() {
    let scope = evaluate_text("OPTS=\"--rm \\\n -e A=$E\"\nOPTS=\"$OPTS\n --more\"").unwrap().scope;
    let words = split(scope.string_value("OPTS").unwrap(), DEFAULT_IFS);
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
fn a_variable_has_the_place_of_its_last_assignment() {
    let scope = evaluate_text("A=1\n  export \\\nB=2; set -a; : ${C:=3}").unwrap().scope;
    let place = |name: &str| scope.variables[name].place.as_ref().unwrap().to_string();
    assert_eq!(
        ["A", "B", "C"].map(place),
        ["/etc/default/site:1:1", "/etc/default/site:3:1", "/etc/default/site:3:16"]
    );
    assert_eq!(scope.variables["E"].place, None);
}
