//! Files that are data, as TAG is.

use crate::shell::literal_assignments;
use std::path::Path;

fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let found = literal_assignments(Path::new("TAG"), text.as_bytes());
    let pairs = |found: Vec<crate::shell::Literal>| {
        found.into_iter().map(|one| (one.name, String::from_utf8(one.value).unwrap())).collect()
    };
    found.map(pairs).map_err(|error| {
        assert_eq!(error.excerpt(), None, "nothing of the file is shown");
        error.to_string()
    })
}

fn tag(value: &str) -> Result<Vec<(String, String)>, String> {
    Ok(vec![("TAG".into(), value.into())])
}

#[test]
fn assignments() {
    assert_eq!(read("TAG=build-42"), tag("build-42"));
    assert_eq!(read("# by the deploy\n\n  export TAG=\"build-42\"; # x\r\n"), tag("build-42"));
    assert_eq!(read("export 'TAG=v1'\n"), tag("v1"));
    assert_eq!(read("TAG=a'b'\"c\"\\d"), tag("abcd"));
    assert_eq!(read(""), Ok(vec![]));
    assert_eq!(read("TAG=1 B=2").map(|found| found.len()), Ok(2));
}

#[test]
fn anything_else_is_refused_and_not_shown() {
    let refused = |place: &str| {
        Err(format!("TAG:{place}: the file may hold nothing but assignments of plain values, NAME=VALUE"))
    };
    assert_eq!(read("TAG=$(id)"), refused("1:5"));
    assert_eq!(read("TAG=1\nTAG=$HOME"), refused("2:1"));
    assert_eq!(read("TAG=~/x"), refused("1:1"));
    assert_eq!(read("readonly TAG=1"), refused("1:1"));
    assert_eq!(read("TAG=1\nset -a"), refused("2:1"));
    assert_eq!(read("unset TAG"), refused("1:7"));
    assert_eq!(read("export TAG"), refused("1:8"));
    assert_eq!(read("secret"), refused("1:1"));
    assert_eq!(read("TAG='x"), refused("1:5"));
    assert_eq!(read("OPTS=(x)"), refused("1:1"));
    assert_eq!(read("TAG=\0"), refused("1:5"));
}
