//! Version 0 of the journal, written by release 0.1.0: records without `version`. A record is an
//! object with one member, whose name is the kind. The fields of version 0, and of its history and
//! holder, differ from those of version 1 in their names only, which are aliases in the records.

use super::RecordError;
use serde_json::{Map, Value};

/// The kinds in version 0 and in version 1.
const KINDS: [(&str, &str); 5] = [
    ("begun", "begin"),
    ("stage", "stage"),
    ("about", "step-start"),
    ("did", "step-end"),
    ("said", "output"),
];

/// Converts a record into one of version 1.
pub(super) fn to_version_1(record: Value) -> Result<Value, RecordError> {
    let Value::Object(members) = record else { return Err(invalid()) };
    let mut members = members.into_iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else { return Err(invalid()) };
    let Some((_, kind)) = KINDS.iter().find(|(old, _)| *old == name) else {
        return Err(RecordError::UnknownKind(name));
    };
    let mut fields = match value {
        Value::Object(fields) => fields,
        text => Map::from_iter([("text".to_owned(), text)]),
    };
    fields.insert("kind".into(), (*kind).into());
    Ok(fields.into())
}

fn invalid() -> RecordError {
    RecordError::Invalid("not an object with one member".into())
}
