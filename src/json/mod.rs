//! JSON (RFC 8259): a value, written and read. Numbers keep their text, so
//! none is rounded and no floating-point code is linked.
//!
//! Derived readers are a function for every type and every reader; here a
//! type says its fields ([`record!`](crate::record), [`choice!`](crate::choice)) and goes through [`Json`],
//! which makes the binary 90 kB smaller.

mod read;
#[cfg(test)]
mod tests;
pub mod wire;

use std::borrow::Cow;
use std::fmt::Write;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Names and values, in this order.
    Object(Vec<(Cow<'static, str>, Json)>),
}

/// What a name that is not there has.
static NULL: Json = Json::Null;

impl Json {
    /// An object.
    pub fn object(members: Vec<(&'static str, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }

    /// Reads a text that is one value; `None` where it is not.
    pub fn read(text: &[u8]) -> Option<Self> {
        read::read(text)
    }

    /// A member of an object; null where there is none. Of several with one
    /// name the last counts.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(members) = self else { return &NULL };
        members.iter().rev().find(|(known, _)| known == name).map_or(&NULL, |(_, value)| value)
    }

    /// A string's text.
    pub fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    /// The values of a list; none where it is no list.
    pub fn list(&self) -> &[Self] {
        let Self::List(values) = self else { return &[] };
        values
    }
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
        Self::Number(number.to_string())
    }
}

impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl std::fmt::Display for Json {
    /// On one line; with `#` on several, as people read it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.write(f, 0)
    }
}

impl Json {
    fn write(&self, f: &mut std::fmt::Formatter<'_>, depth: usize) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(true) => f.write_str("true"),
            Self::Bool(false) => f.write_str("false"),
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => string(f, text),
            Self::List(values) => {
                f.write_char('[')?;
                for (index, value) in values.iter().enumerate() {
                    next(f, index, depth + 1)?;
                    value.write(f, depth + 1)?;
                }
                end(f, values.is_empty(), depth)?;
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (index, (name, value)) in members.iter().enumerate() {
                    next(f, index, depth + 1)?;
                    string(f, name)?;
                    f.write_str(if f.alternate() { ": " } else { ":" })?;
                    value.write(f, depth + 1)?;
                }
                end(f, members.is_empty(), depth)?;
                f.write_char('}')
            }
        }
    }
}

fn next(f: &mut std::fmt::Formatter<'_>, index: usize, depth: usize) -> std::fmt::Result {
    if index > 0 {
        f.write_char(',')?;
    }
    if f.alternate() { indent(f, depth) } else { Ok(()) }
}

fn end(f: &mut std::fmt::Formatter<'_>, empty: bool, depth: usize) -> std::fmt::Result {
    if f.alternate() && !empty { indent(f, depth) } else { Ok(()) }
}

fn indent(f: &mut std::fmt::Formatter<'_>, depth: usize) -> std::fmt::Result {
    f.write_char('\n')?;
    (0..depth).try_for_each(|_| f.write_str("  "))
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
