//! "Did you mean": the known name that is closest to a typed one.

use strsim::osa_distance;

/// The only name that begins with `typed`, or else the name with the fewest typing
/// errors, if these are at most a third of its letters.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    completed(typed, names.clone()).or_else(|| misspelt(typed, names))
}

/// The only name that begins with the typed letters, of which there must be three or more.
fn completed<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut names = names.into_iter().filter(|name| typed.len() >= 3 && name.starts_with(typed));
    names.next().filter(|_| names.next().is_none())
}

/// The name with the fewest letters left out, added, changed, or swapped with a neighbour.
fn misspelt<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = names.into_iter().map(|name| (osa_distance(typed, name), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= typed.chars().count().max(name.chars().count())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{nearest, osa_distance};

    const NAMES: [&str; 6] = ["run", "migrate", "collectstatic", "worker", "beat", "manage"];

    #[test]
    fn counts_typing_errors() {
        assert_eq!(osa_distance("migrate", "migrate"), 0);
        assert_eq!(osa_distance("migrat", "migrate"), 1);
        assert_eq!(osa_distance("wroker", "worker"), 1);
        assert_eq!(osa_distance("", "run"), 3);
        assert_eq!(osa_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn suggests_the_nearest_name() {
        let suggested = |typed| nearest(typed, NAMES);
        assert_eq!(suggested("migrat"), Some("migrate"));
        assert_eq!(suggested("colectstatci"), Some("collectstatic"));
        assert_eq!(suggested("collect"), Some("collectstatic"));
        assert_eq!(suggested("rnu"), Some("run"));
        assert_eq!(suggested("Worker"), Some("worker"));
    }

    #[test]
    fn suggests_nothing_that_is_far_away() {
        assert_eq!(nearest("bash", NAMES), None);
        assert_eq!(nearest("ls", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }
}
