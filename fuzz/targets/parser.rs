//! Any bytes as a file: read or refused, never a panic, always a place.
#![no_main]

use docker_runner::shell::scope::{Scope, Text, Value, Variable};
use docker_runner::shell::{Error, Evaluated, evaluate, literal_assignments};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fn scope() -> Scope {
    let mut scope = Scope::default();
    for (name, value) in [("HOME", "/h"), ("E", "a  b"), ("EMPTY", "")] {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    scope
}

fn lines(text: &[u8]) -> usize {
    1 + text.iter().filter(|byte| **byte == b'\n').count()
}

fn good_text(text: &Text, file: &[u8]) {
    assert!(text.runs.is_sorted_by(|one, other| one.start < other.start), "runs in order");
    for run in &text.runs {
        let is_of_nothing = text.bytes.is_empty() && text.runs.len() == 1; // an empty element has its place
        assert!(run.start < text.bytes.len() || is_of_nothing, "a run has bytes");
        assert!(run.place.as_ref().is_none_or(|place| (1..=lines(file)).contains(&place.line)));
    }
}

fn good_outcome(evaluated: &Evaluated, file: &[u8]) {
    for variable in evaluated.scope.variables.values() {
        match &variable.value {
            Some(Value::Text(text)) => good_text(text, file),
            Some(Value::Array(words)) => words.iter().for_each(|word| good_text(word, file)),
            None => {} // only marked, or unset
        }
    }
}

fn good_error(error: &Error, file: &[u8]) {
    assert!((1..=lines(file)).contains(&error.place.line) && error.place.column >= 1);
    let excerpt = error.excerpt().expect("a line to show");
    assert!(excerpt.line.chars().count() <= 100 && excerpt.offset <= 100 && excerpt.length >= 1);
    assert!(!excerpt.line.chars().any(char::is_control), "one line, and safe on a terminal");
    assert!(!error.to_string().chars().any(char::is_control));
}

fuzz_target!(|file: &[u8]| {
    let read = evaluate(Path::new("f"), file, &scope(), &|user| user.is_none().then(|| b"/passwd".to_vec()));
    match &read {
        Ok(evaluated) => good_outcome(evaluated, file),
        Err(error) => good_error(error, file),
    }
    // A file that is data says the same to both readers.
    if let (Ok(evaluated), Ok(found)) = (&read, literal_assignments(Path::new("f"), file)) {
        for one in found.iter().rev().take(1) {
            let value = evaluated.scope.text(&one.name).map(|text| &text.bytes);
            assert_eq!(value, Some(&one.value));
        }
    }
});
