//! Reads single variables of the entrypoint.

use super::error::Error;
use crate::report;
use crate::world::World;

/// The value of a variable as text; `None` if it is not set or empty.
pub(super) fn text_var<'a>(name: &'static str, world: &'a World) -> Result<Option<&'a str>, Error> {
    world.non_empty(name).map(|value| value.to_str().ok_or(Error::NotText { name })).transpose()
}

/// The value of a variable that must be 1 or 0.
pub(super) fn flag_var(name: &'static str, default: bool, world: &World) -> Result<bool, Error> {
    match text_var(name, world)? {
        None => Ok(default),
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(value) => Err(Error::Flag { name, value: value.to_owned() }),
    }
}

/// A value for a message. It is quoted if it is empty, or if it begins or ends
/// with white space.
pub(super) fn display_value(value: &str) -> String {
    let name = report::printable(value);
    if value.is_empty() || value.trim() != value { format!("\"{name}\"") } else { name }
}

#[cfg(test)]
mod tests {
    use super::{display_value, flag_var, text_var};
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    fn world(value: &[u8]) -> World {
        World { environment: vec![("A".into(), OsStr::from_bytes(value).into())], ..World::default() }
    }

    #[test]
    fn an_empty_value_is_none_and_other_bytes_are_an_error() {
        assert_eq!(text_var("A", &world(b"x")).unwrap(), Some("x"));
        assert_eq!(text_var("A", &world(b"")).unwrap(), None);
        assert_eq!(text_var("B", &world(b"x")).unwrap(), None);
        assert!(matches!(text_var("A", &world(b"\xff")), Err(Error::NotText { name: "A" })));
    }

    #[test]
    fn a_flag_is_1_or_0() {
        assert!(flag_var("A", false, &world(b"1")).unwrap() && !flag_var("A", true, &world(b"0")).unwrap());
        assert!(flag_var("A", true, &world(b"")).unwrap() && !flag_var("B", false, &world(b"1")).unwrap());
        assert_eq!(flag_var("A", true, &world(b"off")).unwrap_err().to_string(), "A=off must be 1 or 0");
    }

    #[test]
    fn invisible_values_are_quoted() {
        for (value, text) in [("80", "80"), ("", "\"\""), (" ", "\" \""), ("80 ", "\"80 \""), ("a b", "a b")]
        {
            assert_eq!(display_value(value), text);
        }
    }
}
