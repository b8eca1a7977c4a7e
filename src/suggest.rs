//! The name that somebody probably meant.

/// The nearest of `names` to what was typed: the one it begins, else the one
/// with the fewest slips of the finger, where there are few enough of them.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    begun(typed, names.clone()).or_else(|| mistyped(typed, names))
}

/// The only name that begins with at least three typed letters.
fn begun<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut names = names.into_iter().filter(|name| typed.len() >= 3 && name.starts_with(typed));
    names.next().filter(|_| names.next().is_none())
}

fn mistyped<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = names.into_iter().map(|name| (distance(typed, name), name));
    let few = |slips: usize, name: &str| slips * 3 <= typed.chars().count().max(name.chars().count());
    let (slips, name) = slips.min_by_key(|(slips, _)| *slips)?;
    few(slips, name).then_some(name)
}

/// How many letters were left out, added, changed, or swapped with their
/// neighbour (the optimal string alignment distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    const NAMES: [&str; 6] = ["run", "migrate", "collectstatic", "worker", "beat", "manage"];

    #[test]
    fn counts_slips() {
        assert_eq!(distance("migrate", "migrate"), 0);
        assert_eq!(distance("migrat", "migrate"), 1);
        assert_eq!(distance("wroker", "worker"), 1);
        assert_eq!(distance("", "run"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn finds_what_was_meant() {
        let meant = |typed| nearest(typed, NAMES);
        assert_eq!(meant("migrat"), Some("migrate"));
        assert_eq!(meant("colectstatci"), Some("collectstatic"));
        assert_eq!(meant("collect"), Some("collectstatic"));
        assert_eq!(meant("rnu"), Some("run"));
        assert_eq!(meant("Worker"), Some("worker"));
    }

    #[test]
    fn and_nothing_far_away() {
        assert_eq!(nearest("bash", NAMES), None);
        assert_eq!(nearest("ls", NAMES), None);
        assert_eq!(nearest("", NAMES), None);
    }
}
