//! JSON (RFC 8259), written.

use std::fmt::Write;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// A whole number.
    Number(usize),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values, in this order.
    Object(Vec<(&'static str, Json)>),
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => string(f, text),
            Self::List(values) => sequence(f, ('[', ']'), values, |f, value| value.fmt(f)),
            Self::Object(members) => sequence(f, ('{', '}'), members, |f, (name, value)| {
                string(f, name)?;
                f.write_char(':')?;
                value.fmt(f)
            }),
        }
    }
}

fn sequence<T>(
    f: &mut std::fmt::Formatter<'_>,
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&mut std::fmt::Formatter<'_>, &T) -> std::fmt::Result,
) -> std::fmt::Result {
    f.write_char(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write(f, item)?;
    }
    f.write_char(close)
}

fn string(f: &mut std::fmt::Formatter<'_>, text: &str) -> std::fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn is_json() {
        let list: Json = ["a\"b\\", "\n\u{1f}é"].into_iter().collect();
        let object = Json::Object(vec![("n", 3.into()), ("none", None::<&str>.into()), ("list", list)]);
        assert_eq!(object.to_string(), r#"{"n":3,"none":null,"list":["a\"b\\","\u000a\u001fé"]}"#);
    }
}
