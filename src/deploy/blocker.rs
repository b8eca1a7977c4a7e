//! What makes the preflight fail.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// What prevents a rollout. The host finds most of them and sends them with its
/// state; the last ones are found by the deployer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocker {
    /// The app's settings file is not valid.
    #[error("{0}")]
    Config(String),
    /// TAG or REVERT is not valid.
    #[error("{path} does not contain exactly one TAG assignment: write 'export TAG=…', or remove the file")]
    TagFile { path: String },
    #[error("cannot use docker: {0}")]
    Docker(String),
    /// systemctl or initctl refuses.
    #[error("cannot restart units: {0}")]
    Manager(String),
    #[error("cannot restart units: the host has neither systemd nor Upstart")]
    NoManager,
    /// TAG can't be written.
    #[error("cannot write in {path}: {text}; the deploying user must own it")]
    Folder { path: String, text: String },
    /// The journal or the history can't be read.
    #[error("cannot read {path}: {text}")]
    State { path: String, text: String },
    /// The host can't be reached, or its docker-deploy is another version.
    #[error("{0}")]
    Connection(String),
    #[error("unit {unit} does not exist: create it with docker-runner --unit systemd")]
    NoUnit { unit: String },
    #[error("IMAGE={here} here, but IMAGE={there} on {other}")]
    OtherImage { here: String, there: String, other: String },
    #[error(
        "only {free_mb} MB are free where Docker stores images: remove unused ones with docker image prune"
    )]
    Full { free_mb: u64 },
    /// A blocker that an agent of another release sent.
    #[error("unknown blocker {0}")]
    #[serde(untagged, skip_deserializing)]
    Unknown(Value),
}

/// Deserializes blockers, of which an agent of another release may send unknown ones.
pub fn deserialize_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Blocker>, D::Error> {
    let values: Vec<Value> = Deserialize::deserialize(deserializer)?;
    let blocker = |value| Blocker::deserialize(&value).unwrap_or(Blocker::Unknown(value));
    Ok(values.into_iter().map(blocker).collect())
}
