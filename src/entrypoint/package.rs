//! The dotted name of a Python module or package.

use std::path::PathBuf;

/// A dotted name. Every part is a Python identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package(String);

impl Package {
    /// Accepts names like `bookmarks` and `project.core`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        name.split('.').all(is_identifier).then(|| Self(name.to_owned()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// Its folder, relative to the import path.
    pub(super) fn path(&self) -> PathBuf {
        self.0.split('.').collect()
    }

    /// The dotted name of a module in this package.
    pub(super) fn module(&self, name: &str) -> String {
        format!("{}.{name}", self.0)
    }
}

/// Approximates Python's rule for names (Language Reference, 2.3): letters, digits
/// and underscores of any script, and no digit first.
fn is_identifier(part: &str) -> bool {
    let mut characters = part.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::Package;

    #[test]
    fn accepts_only_valid_names() {
        for name in ["bookmarks", "_site2", "project.core", "naïve"] {
            assert_eq!(Package::parse(name).unwrap().name(), name);
        }
        for name in ["", ".", "../x", "a..b", "a.", ".a", "2nd", "my-site", "a/b", "a b", "a:b", "a\n"] {
            assert_eq!(Package::parse(name), None, "{name}");
        }
    }

    #[test]
    fn has_a_folder_and_modules() {
        let package = Package::parse("project.core").unwrap();
        assert_eq!(package.path().to_str(), Some("project/core"));
        assert_eq!(package.module("wsgi"), "project.core.wsgi");
    }
}
