//! The formats of the files in `/var/www/APP/.deploy`.
//!
//! Their format is public and has a version: docs/deploy.md, "Files on a host". The types here
//! describe the format only. The types that a deploy uses ([`crate::deploy::history`],
//! [`crate::deploy::host_state`]), and the protocol, can change without them.
//!
//! - A record is a JSON object on one line, with a `version`. A record without it is of version 0
//!   (module `version0`).
//! - A new field does not need a new version: readers ignore unknown fields, and every field that
//!   can have a default has one.
//! - A higher version, an unknown kind or an invalid record is an error that names the line.
//! - A line that is incomplete after a crash is skipped: see [`read_lines`].
//!
//! Every release reads the files in `tests/fixtures/state`.

pub mod history;
pub mod holder;
pub mod journal;
mod records;
mod version0;

use serde::Serialize;
use serde_json::Value;

/// The version of the format that this release writes. It reads this version and all earlier ones.
pub const VERSION: u64 = 1;

/// Why a record cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A later release wrote the record.
    #[error(
        "format version {0} is newer than this docker-deploy ({release}) reads; install a newer one: docker-deploy install HOST",
        release = env!("CARGO_PKG_VERSION")
    )]
    NewerVersion(u64),
    /// This release does not know the kind of the record, or of a value in it.
    #[error(
        "unknown kind '{0}'; this docker-deploy is {release}, install a newer one: docker-deploy install HOST",
        release = env!("CARGO_PKG_VERSION")
    )]
    UnknownKind(String),
    /// The record is not JSON, or does not have the format.
    #[error("{0}")]
    Invalid(String),
}

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct BadLine {
    /// The line number, from 1.
    pub line: usize,
    pub error: RecordError,
}

/// Reads the records of a file in order.
///
/// Each record is written with a newline before and after it, so an empty line follows every
/// complete record. A record that ends too early and is not followed by an empty line is incomplete,
/// because a crash interrupted the write. It is the last one in the file, or the last one before a
/// later deploy appended more. Its step was not started yet, so the record is skipped.
pub fn read_lines<T>(
    bytes: &[u8],
    parse: impl Fn(Value) -> Result<T, RecordError>,
) -> Vec<Result<T, BadLine>> {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let mut records = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        // Blocks that were not written before a crash contain zeros.
        let text = line.trim_ascii();
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let is_terminated = lines.get(index + 1).is_some_and(|next| next.is_empty());
        if text.is_empty() {
            continue;
        }
        let record = match serde_json::from_slice(text) {
            Err(error) if error.is_eof() && !is_terminated => continue,
            Err(error) => Err(RecordError::Invalid(error.to_string())),
            Ok(value) => parse(value),
        };
        records.push(record.map_err(|error| BadLine { line: index + 1, error }));
    }
    records
}

/// A record as a line, with a newline before and after it.
fn write_line(record: &impl Serialize) -> Vec<u8> {
    format!("\n{}", one_line(record)).into_bytes()
}

fn one_line(record: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Versioned<'a, T> {
        version: u64,
        #[serde(flatten)]
        record: &'a T,
    }
    crate::report::json_line(&Versioned { version: VERSION, record })
}

/// The version of a record, or an error if this release cannot read it.
fn version(record: &Value) -> Result<u64, RecordError> {
    match record.get("version").map(Value::as_u64) {
        None => Ok(0),
        Some(Some(version)) if version <= VERSION => Ok(version),
        Some(Some(version)) => Err(RecordError::NewerVersion(version)),
        Some(None) => Err(RecordError::Invalid("'version' is not a number".into())),
    }
}

/// The value of a name in a field such as `kind` or `outcome`.
fn parse_name<T: Copy>(name: &str, known: &[(&str, T)]) -> Result<T, RecordError> {
    let found = known.iter().find(|(found, _)| *found == name);
    found.map(|(_, value)| *value).ok_or_else(|| RecordError::UnknownKind(name.to_owned()))
}

fn from_value<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, RecordError> {
    T::deserialize(value).map_err(|error| RecordError::Invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{BadLine, RecordError, read_lines};

    fn read(text: &[u8]) -> Vec<Result<u64, BadLine>> {
        read_lines(text, |value| value["n"].as_u64().ok_or_else(|| RecordError::Invalid("no n".into())))
    }

    fn numbers(text: &[u8]) -> Vec<u64> {
        read(text).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn an_incomplete_last_line_is_skipped() {
        assert_eq!(numbers(b"\n{\"n\":1}\n\n{\"n\":2}\n"), [1, 2]);
        for incomplete in ["{", "{\"n\":2", "{\"n\":2,\"t\":\"\\u00", "{\"n\":2,\"t\":\"\u{e4}"] {
            assert_eq!(numbers(format!("\n{{\"n\":1}}\n\n{incomplete}").as_bytes()), [1], "{incomplete}");
            // A later deploy appended to the file.
            let text = format!("\n{{\"n\":1}}\n\n{incomplete}\n{{\"n\":3}}\n");
            assert_eq!(numbers(text.as_bytes()), [1, 3], "{incomplete}");
        }
        assert_eq!(numbers(b"\n{\"n\":1}\n\n{\"n\":2,\"t\":\"\xc3"), [1]);
        assert_eq!(numbers(b"\n{\"n\":1}\n\0\0\0\0"), [1]);
        // Only the newline is missing.
        assert_eq!(numbers(b"\n{\"n\":1}\n{\"n\":2}"), [1, 2]);
    }

    #[test]
    fn every_other_invalid_line_is_reported() {
        for bad in ["{\"n\":2", "{\"n\":}", "x", "{\"m\":2}", "{\"n\":2}}"] {
            let text = format!("\n{{\"n\":1}}\n\n{bad}\n\n{{\"n\":3}}\n");
            let read = read(text.as_bytes());
            assert_eq!(read.len(), 3, "{bad}");
            assert_eq!(read[1].as_ref().map_err(|bad| bad.line), Err(4), "{bad}");
        }
        assert!(read(b"\nx")[0].is_err());
    }
}
