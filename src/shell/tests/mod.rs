//! The language from outside: a file in, variables or an error out.

mod accepted;
mod literal;
mod places;
mod refused;
mod secrets;

use super::scope::{Scope, Text, Value, Variable};
use super::{Error, Evaluated, evaluate};
use std::path::Path;

/// The variables that the tests start with.
fn scope() -> Scope {
    let mut scope = Scope::default();
    for (name, value) in [("HOME", "/home/ann"), ("E", "from the environment"), ("EMPTY", "")] {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    scope
}

fn homes(user: Option<&[u8]>) -> Option<Vec<u8>> {
    match user {
        None => Some(b"/home/passwd".to_vec()),
        Some(b"root") => Some(b"/root".to_vec()),
        Some(_) => None,
    }
}

fn read(text: impl AsRef<[u8]>) -> Result<Evaluated, Error> {
    evaluate(Path::new("/etc/default/site"), text.as_ref(), &scope(), &homes)
}

/// A variable's value after a file.
fn value(text: impl AsRef<[u8]>, name: &str) -> Option<Vec<u8>> {
    let evaluated = read(text).unwrap();
    evaluated.scope.text(name).map(|text| text.bytes.clone())
}

/// An error as the user sees it, the mend aside.
fn shown(error: &Error) -> String {
    let text = error.to_string();
    match error.excerpt() {
        None => text,
        Some(excerpt) => {
            let caret = "^".repeat(excerpt.length);
            format!("{text}\n{}\n{}{caret}", excerpt.line, " ".repeat(excerpt.offset))
        }
    }
}
