//! The environment of the process that will run.

use crate::world::variable;
use std::ffi::{OsStr, OsString};

/// Variables in their order; names and values may be any bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    pub(super) fn new(variables: &[(OsString, OsString)]) -> Self {
        Self(variables.to_vec())
    }

    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        variable(&self.0, name)
    }

    /// Sets a variable in place, or appends it. Duplicates are removed.
    pub(super) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.put(name, value.into());
    }

    fn put(&mut self, name: &str, value: OsString) {
        match self.0.iter().position(|(key, _)| *key == *name) {
            Some(first) => {
                self.0[first].1 = value;
                let mut index = 0;
                self.0.retain(|(key, _)| {
                    index += 1;
                    *key != *name || index == first + 1
                });
            }
            None => self.0.push((name.into(), value)),
        }
    }

    /// Sets a variable that is not set or empty.
    pub(super) fn set_default(&mut self, name: &str, value: impl Into<OsString>) {
        if self.get(name).is_none_or(OsStr::is_empty) {
            self.set(name, value);
        }
    }

    pub(super) fn into_variables(self) -> Vec<(OsString, OsString)> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn sets_in_place_and_removes_duplicates() {
        let pairs = [("A", "1"), ("B", "2"), ("A", "3"), ("C", "")].map(|(a, b)| (a.into(), b.into()));
        let mut environment = Environment::new(&pairs);
        environment.set("A", "4");
        environment.set_default("B", "5");
        environment.set_default("C", "6");
        environment.set_default("D", "7");
        let expected = [("A", "4"), ("B", "2"), ("C", "6"), ("D", "7")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(environment.into_variables(), expected);
    }
}
