//! Files that are data, such as TAG.

use crate::shell::literal_assignments;
use std::path::Path;

fn read_literals(text: &str) -> Result<Vec<(String, String)>, String> {
    let found = literal_assignments(Path::new("TAG"), text.as_bytes());
    let pairs = |found: Vec<crate::shell::LiteralAssignment>| {
        found.into_iter().map(|one| (one.name, String::from_utf8(one.value).unwrap())).collect()
    };
    found.map(pairs).map_err(|error| {
        assert_eq!(error.excerpt(), None, "shows nothing of the file");
        error.to_string()
    })
}

fn tag_assignment(value: &str) -> Result<Vec<(String, String)>, String> {
    Ok(vec![("TAG".into(), value.into())])
}

#[test]
fn literal_assignments_are_read() {
    assert_eq!(read_literals("TAG=build-42"), tag_assignment("build-42"));
    assert_eq!(
        read_literals("# by the deploy\n\n  export TAG=\"build-42\"; # x\r\n"),
        tag_assignment("build-42")
    );
    assert_eq!(read_literals("export 'TAG=v1'\n"), tag_assignment("v1"));
    assert_eq!(read_literals("TAG=a'b'\"c\"\\d"), tag_assignment("abcd"));
    assert_eq!(read_literals(""), Ok(vec![]));
    assert_eq!(read_literals("TAG=1 B=2").map(|found| found.len()), Ok(2));
}

#[test]
fn anything_else_is_an_error_that_shows_nothing() {
    let rejected = |place: &str| {
        Err(format!("TAG:{place}: only assignments of literal values, NAME=VALUE, are allowed in this file"))
    };
    assert_eq!(read_literals("TAG=$(id)"), rejected("1:5"));
    assert_eq!(read_literals("TAG=1\nTAG=$HOME"), rejected("2:1"));
    assert_eq!(read_literals("TAG=~/x"), rejected("1:1"));
    assert_eq!(read_literals("readonly TAG=1"), rejected("1:1"));
    assert_eq!(read_literals("TAG=1\nset -a"), rejected("2:1"));
    assert_eq!(read_literals("unset TAG"), rejected("1:7"));
    assert_eq!(read_literals("export TAG"), rejected("1:8"));
    assert_eq!(read_literals("secret"), rejected("1:1"));
    assert_eq!(read_literals("TAG='x"), rejected("1:5"));
    assert_eq!(read_literals("OPTS=(x)"), rejected("1:1"));
    assert_eq!(read_literals("TAG=\0"), rejected("1:5"));
}
