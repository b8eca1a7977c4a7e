//! docs/entrypoint.md has a row for each variable, with a default and an example.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/entrypoint.md");

/// Declares the variables.
const VARIABLES: &str = include_str!("../../../src/entrypoint/env_var.rs");

/// Variables and options for internal use.
const OUR_OWN: [&str; 1] = ["ENTRYPOINT_PROGRAM"];

/// The names that begin with `ENTRYPOINT_` in a text.
fn names(text: &str) -> impl Iterator<Item = String> {
    let is_name = |byte: char| byte.is_ascii_uppercase() || byte == '_';
    text.match_indices("ENTRYPOINT_").map(move |(at, _)| {
        let name: String = text[at..].chars().take_while(|byte| is_name(*byte)).collect();
        name.trim_end_matches('_').to_owned()
    })
}

fn in_folder(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_folder(&path, found);
        } else {
            found.extend(names(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The variants of `Name` that begin with `Entrypoint`, as names of variables.
fn variants() -> impl Iterator<Item = String> {
    let variants =
        VARIABLES.lines().filter_map(|line| line.strip_prefix("    Entrypoint")?.strip_suffix(','));
    let word = |letter: char| match letter {
        'A'..='Z' => format!("_{letter}"),
        _ => letter.to_ascii_uppercase().to_string(),
    };
    variants.map(move |variant| format!("ENTRYPOINT{}", variant.chars().map(word).collect::<String>()))
}

#[test]
fn every_variable_has_its_row() {
    let mut found: BTreeSet<String> = variants().collect();
    assert!(found.len() > 15, "{found:?}");
    in_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/entrypoint"), &mut found);
    for name in found.iter().filter(|name| *name != "ENTRYPOINT" && !OUR_OWN.contains(&name.as_str())) {
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        assert!(row.is_some(), "{name} has no row in docs/entrypoint.md");
    }
}

#[test]
fn every_row_has_a_default_and_an_example() {
    let table = PAGE.split("| variable | ").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(2).map(|row| row.split(" | ").collect()).collect();
    assert!(rows.len() > 25);
    for row in rows {
        let is_full = row.len() == 4 && row.iter().all(|cell| !cell.trim_matches([' ', '|']).is_empty());
        assert!(is_full, "{row:?}");
    }
}
