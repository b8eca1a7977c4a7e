//! The records that several of the files contain.

use super::{RecordError, parse_name};
use crate::deploy::history::{DeployKind, Ticket};
use crate::deploy::host_state::{Health, ImageIdentity, InspectedUnit, Snapshot};
use crate::deploy::tag_files::{self, TagFiles};
use serde::{Deserialize, Serialize};

/// The maximum length of a deploy id, in bytes.
const ID_LENGTH: usize = 128;

/// The identity of a deploy. The aliases are the names in version 0.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TicketRecord {
    id: String,
    kind: String,
    tag: String,
    #[serde(default, alias = "who")]
    user: String,
    #[serde(default, alias = "from")]
    machine: String,
    /// In seconds of Unix time.
    #[serde(default, alias = "began")]
    started: u64,
}

const KINDS: [(&str, DeployKind); 2] = [("push", DeployKind::Push), ("rollback", DeployKind::Rollback)];

impl From<&Ticket> for TicketRecord {
    fn from(ticket: &Ticket) -> Self {
        let Ticket { id, kind, tag, user, machine, started } = ticket.clone();
        Self { id, kind: kind.name().into(), tag, user, machine, started }
    }
}

impl TryFrom<TicketRecord> for Ticket {
    type Error = RecordError;

    fn try_from(record: TicketRecord) -> Result<Self, RecordError> {
        let TicketRecord { id, kind, tag, user, machine, started } = record;
        let kind = parse_name(&kind, &KINDS)?;
        check(is_id(&id), "id of a deploy", &id)?;
        check(tag_files::is_tag(&tag), "tag", &tag)?;
        Ok(Self { id, kind, tag, user, machine, started })
    }
}

/// What a host ran before a deploy.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotRecord {
    #[serde(alias = "marks")]
    tag_files: TagFilesRecord,
    image: Option<ImageRecord>,
    units: Vec<UnitRecord>,
}

/// The whole text of each file; null if the file does not exist.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TagFilesRecord {
    tag: Option<String>,
    revert: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ImageRecord {
    id: String,
    digest: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct UnitRecord {
    name: String,
    #[serde(default)]
    exists: bool,
    #[serde(default)]
    active: bool,
    #[serde(default)]
    enabled: bool,
    health: Option<HealthRecord>,
    #[serde(default, alias = "answers")]
    check_url_ok: bool,
    #[serde(alias = "since")]
    running_since: Option<String>,
    #[serde(alias = "runs")]
    running_tag: Option<String>,
}

/// The result of a health check, with its text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum HealthRecord {
    #[serde(alias = "good")]
    Healthy(String),
    #[serde(alias = "bad")]
    Unhealthy(String),
}

impl From<&Snapshot> for SnapshotRecord {
    fn from(snapshot: &Snapshot) -> Self {
        let Snapshot { tag_files: TagFiles { tag_text: tag, revert_text: revert }, image, units } =
            snapshot.clone();
        Self {
            tag_files: TagFilesRecord { tag, revert },
            image: image.map(|ImageIdentity { id, digest }| ImageRecord { id, digest }),
            units: units.into_iter().map(UnitRecord::from).collect(),
        }
    }
}

impl From<InspectedUnit> for UnitRecord {
    fn from(unit: InspectedUnit) -> Self {
        let InspectedUnit { name, exists, active, enabled, health, check_url_ok, running_since, running_tag } =
            unit;
        Self {
            name,
            exists,
            active,
            enabled,
            health: health.map(|health| match health {
                Health::Healthy(text) => HealthRecord::Healthy(text),
                Health::Unhealthy(text) => HealthRecord::Unhealthy(text),
            }),
            check_url_ok,
            running_since,
            running_tag,
        }
    }
}

impl TryFrom<SnapshotRecord> for Snapshot {
    type Error = RecordError;

    fn try_from(record: SnapshotRecord) -> Result<Self, RecordError> {
        let SnapshotRecord { tag_files: TagFilesRecord { tag, revert }, image, units } = record;
        for text in tag.iter().chain(&revert) {
            check(tag_files::parse(text).is_some(), "TAG file", text)?;
        }
        let units = units.into_iter().map(InspectedUnit::try_from).collect::<Result<_, _>>()?;
        let image = image.map(ImageIdentity::try_from).transpose()?;
        Ok(Self { tag_files: TagFiles { tag_text: tag, revert_text: revert }, image, units })
    }
}

impl TryFrom<ImageRecord> for ImageIdentity {
    type Error = RecordError;

    fn try_from(ImageRecord { id, digest }: ImageRecord) -> Result<Self, RecordError> {
        check(is_digest(&id), "image id", &id)?;
        check_digest(digest.as_deref())?;
        Ok(Self { id, digest })
    }
}

impl TryFrom<UnitRecord> for InspectedUnit {
    type Error = RecordError;

    fn try_from(record: UnitRecord) -> Result<Self, RecordError> {
        let UnitRecord { name, exists, active, enabled, health, check_url_ok, running_since, running_tag } =
            record;
        check(is_unit(&name), "unit", &name)?;
        if let Some(tag) = &running_tag {
            check(tag_files::is_tag(tag), "tag", tag)?;
        }
        Ok(Self {
            name,
            exists,
            active,
            enabled,
            health: health.map(|health| match health {
                HealthRecord::Healthy(text) => Health::Healthy(text),
                HealthRecord::Unhealthy(text) => Health::Unhealthy(text),
            }),
            check_url_ok,
            running_since,
            running_tag,
        })
    }
}

/// Checks a digest, if there is one.
pub(super) fn check_digest(digest: Option<&str>) -> Result<(), RecordError> {
    digest.map_or(Ok(()), |digest| check(is_digest(digest), "digest", digest))
}

/// Checks a tag, if there is one.
pub(super) fn check_tag(tag: Option<&str>) -> Result<(), RecordError> {
    tag.map_or(Ok(()), |tag| check(tag_files::is_tag(tag), "tag", tag))
}

fn check(valid: bool, type_name: &str, value: &str) -> Result<(), RecordError> {
    let invalid =
        || RecordError::Invalid(format!("'{}' is not a valid {type_name}", crate::report::printable(value)));
    valid.then_some(()).ok_or_else(invalid)
}

/// Whether it is a valid id of a deploy, which is also the name of a file in `log`.
fn is_id(id: &str) -> bool {
    let first = id.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    first && id.len() <= ID_LENGTH && id.bytes().all(belongs)
}

/// Whether it is a valid digest: `ALGORITHM:VALUE`.
fn is_digest(digest: &str) -> bool {
    let is_word = |text: &str| {
        let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && text.bytes().all(belongs)
    };
    digest.split_once(':').is_some_and(|(algorithm, value)| is_word(algorithm) && is_word(value))
}

/// Whether it is a valid name of a unit: not an option and not a path.
fn is_unit(name: &str) -> bool {
    let belongs = |letter: char| !letter.is_control() && !letter.is_whitespace() && letter != '/';
    !name.is_empty() && !name.starts_with('-') && name.chars().all(belongs)
}

#[cfg(test)]
mod tests {
    use super::{ID_LENGTH, check_digest, check_tag, is_digest, is_id, is_unit};

    #[test]
    fn ids_digests_units_and_tags_are_checked() {
        let longest = "a".repeat(ID_LENGTH);
        for id in ["20261118-110640-7", "a", longest.as_str()] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "-a", ".a", "a/b", "a b", &format!("{longest}a")] {
            assert!(!is_id(id), "{id}");
        }
        assert!(is_digest("sha256:0a") && is_digest("sha256+b64:a_b"));
        for digest in ["", "sha256", ":0a", "sha256:", "-sha256:0a", "sha256:-0a", "sha256:0/a", "sha 256:0a"]
        {
            assert!(!is_digest(digest), "{digest}");
        }
        assert!(is_unit("site") && is_unit("site@staging-worker"));
        for unit in ["", "-site", "a/b", "a b", "a\u{7}", "a\n", "\u{a0}"] {
            assert!(!is_unit(unit), "{unit:?}");
        }
        assert!(check_digest(None).is_ok() && check_digest(Some("sha256:0a")).is_ok());
        assert!(check_digest(Some("0a")).is_err());
        assert!(check_tag(None).is_ok() && check_tag(Some("b7")).is_ok() && check_tag(Some("b 7")).is_err());
    }
}
