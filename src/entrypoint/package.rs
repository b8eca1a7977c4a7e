//! The name of a Python module or package, with its dots.

use std::path::PathBuf;

/// A dotted name, each part of it a Python identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package(String);

impl Package {
    /// The name, where it is one: `bookmarks`, `project.core`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        name.split('.').all(is_identifier).then(|| Self(name.to_owned()))
    }

    /// The name itself.
    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// Its folder, relative to where Python finds it.
    pub(super) fn path(&self) -> PathBuf {
        self.0.split('.').collect()
    }

    /// A module inside it.
    pub(super) fn module(&self, name: &str) -> String {
        format!("{}.{name}", self.0)
    }
}

/// Python's rule for names, nearly (Language Reference, 2.3): letters, digits
/// and underscores of any script, no digit first.
fn is_identifier(part: &str) -> bool {
    let mut characters = part.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::Package;

    #[test]
    fn takes_names_and_nothing_else() {
        for name in ["bookmarks", "_site2", "project.core", "naïve"] {
            assert_eq!(Package::parse(name).unwrap().name(), name);
        }
        for name in ["", ".", "../x", "a..b", "a.", ".a", "2nd", "my-site", "a/b", "a b", "a:b", "a\n"] {
            assert_eq!(Package::parse(name), None, "{name}");
        }
    }

    #[test]
    fn knows_its_folder() {
        let package = Package::parse("project.core").unwrap();
        assert_eq!(package.path().to_str(), Some("project/core"));
        assert_eq!(package.module("wsgi"), "project.core.wsgi");
    }
}
