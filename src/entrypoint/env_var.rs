//! Variables of ours, read one at a time.

use super::error::Error;
use crate::report;
use crate::world::World;

/// A variable that says something, as text.
pub(super) fn text<'a>(name: &'static str, world: &'a World) -> Result<Option<&'a str>, Error> {
    world.non_empty(name).map(|value| value.to_str().ok_or(Error::NotText { name })).transpose()
}

/// A variable that is 1 or 0.
pub(super) fn flag(name: &'static str, default: bool, world: &World) -> Result<bool, Error> {
    match text(name, world)? {
        None => Ok(default),
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(value) => Err(Error::Flag { name, value: value.to_owned() }),
    }
}

/// A value as part of a message: in quotes where it would not be seen that
/// there is one, or where it ends.
pub(super) fn shown(value: &str) -> String {
    let name = report::name(value);
    if value.is_empty() || value.trim() != value { format!("\"{name}\"") } else { name }
}

#[cfg(test)]
mod tests {
    use super::{flag, shown, text};
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn world(value: &[u8]) -> World {
        World { environment: vec![("A".into(), OsStr::from_bytes(value).into())], ..World::default() }
    }

    #[test]
    fn an_empty_one_is_none_and_bytes_are_no_text() {
        assert_eq!(text("A", &world(b"x")).unwrap(), Some("x"));
        assert_eq!(text("A", &world(b"")).unwrap(), None);
        assert_eq!(text("B", &world(b"x")).unwrap(), None);
        assert!(matches!(text("A", &world(b"\xff")), Err(Error::NotText { name: "A" })));
    }

    #[test]
    fn a_flag_is_1_or_0() {
        assert!(flag("A", false, &world(b"1")).unwrap() && !flag("A", true, &world(b"0")).unwrap());
        assert!(flag("A", true, &world(b"")).unwrap() && !flag("B", false, &world(b"1")).unwrap());
        assert_eq!(flag("A", true, &world(b"off")).unwrap_err().to_string(), "A=off is neither 1 nor 0");
    }

    #[test]
    fn what_would_not_be_seen_is_in_quotes() {
        for (value, text) in [("80", "80"), ("", "\"\""), (" ", "\" \""), ("80 ", "\"80 \""), ("a b", "a b")]
        {
            assert_eq!(shown(value), text);
        }
    }
}
