//! Evaluates any bytes as a file: accepted or an error with a place, never a panic.
#![no_main]

use docker_runner::shell::scope::{Scope, Text, Value, Variable};
use docker_runner::shell::{Error, Evaluation, evaluate, literal_assignments};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fn initial_scope() -> Scope {
    let mut scope = Scope::default();
    for (name, value) in [("HOME", "/h"), ("E", "a  b"), ("EMPTY", "")] {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    scope
}

fn line_count(text: &[u8]) -> usize {
    1 + text.iter().filter(|byte| **byte == b'\n').count()
}

fn check_text(text: &Text, file: &[u8]) {
    assert!(text.runs.is_sorted_by(|one, other| one.start < other.start), "runs in order");
    for run in &text.runs {
        let is_empty_element = text.bytes.is_empty() && text.runs.len() == 1;
        assert!(run.start < text.bytes.len() || is_empty_element, "a run has bytes");
        assert!(run.place.as_ref().is_none_or(|place| (1..=line_count(file)).contains(&place.line)));
    }
}

fn check_evaluation(evaluation: &Evaluation, file: &[u8]) {
    for variable in evaluation.scope.variables.values() {
        match &variable.value {
            Some(Value::Text(text)) => check_text(text, file),
            Some(Value::Array(words)) => words.iter().for_each(|word| check_text(word, file)),
            None => {} // marks without a value
        }
    }
}

fn check_error(error: &Error, file: &[u8]) {
    assert!((1..=line_count(file)).contains(&error.place.line) && error.place.column >= 1);
    let excerpt = error.excerpt().expect("an excerpt");
    assert!(excerpt.line.chars().count() <= 100 && excerpt.offset <= 100 && excerpt.length >= 1);
    assert!(!excerpt.line.chars().any(char::is_control), "one line without control characters");
    assert!(!error.to_string().chars().any(char::is_control));
}

fuzz_target!(|file: &[u8]| {
    let look_up_home = |user: Option<&[u8]>| user.is_none().then(|| b"/passwd".to_vec());
    let result = evaluate(Path::new("f"), file, &initial_scope(), &look_up_home);
    match &result {
        Ok(evaluation) => check_evaluation(evaluation, file),
        Err(error) => check_error(error, file),
    }
    // Both functions read the same value from a file that is data.
    if let (Ok(evaluation), Ok(assignments)) = (&result, literal_assignments(Path::new("f"), file))
        && let Some(last) = assignments.last()
    {
        let value = evaluation.scope.string_value(&last.name).map(|text| &text.bytes);
        assert_eq!(value, Some(&last.value));
    }
});
