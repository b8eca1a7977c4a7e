//! Tests through the public functions: a file in, variables or an error out.

mod accepted;
mod errors;
mod literal_assignments;
mod places;
mod secrets;

use super::scope::{Scope, Text, Value, Variable};
use super::{Error, Evaluation, evaluate};
use std::path::Path;

fn initial_scope() -> Scope {
    let mut scope = Scope::default();
    for (name, value) in [("HOME", "/home/ann"), ("E", "from the environment"), ("EMPTY", "")] {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    scope
}

fn look_up_home(user: Option<&[u8]>) -> Option<Vec<u8>> {
    match user {
        None => Some(b"/home/passwd".to_vec()),
        Some(b"root") => Some(b"/root".to_vec()),
        Some(_) => None,
    }
}

fn evaluate_text(text: impl AsRef<[u8]>) -> Result<Evaluation, Error> {
    evaluate(Path::new("/etc/default/site"), text.as_ref(), &initial_scope(), &look_up_home)
}

/// The value of a variable after a file.
fn value_after(text: impl AsRef<[u8]>, name: &str) -> Option<Vec<u8>> {
    let evaluation = evaluate_text(text).unwrap();
    evaluation.scope.string_value(name).map(|text| text.bytes.clone())
}

/// An error as the user sees it, without the help.
fn render_error(error: &Error) -> String {
    let text = error.to_string();
    match error.excerpt() {
        None => text,
        Some(excerpt) => {
            let caret = "^".repeat(excerpt.length);
            format!("{text}\n{}\n{}{caret}", excerpt.line, " ".repeat(excerpt.offset))
        }
    }
}
