//! TAG and REVERT as the deploy writes and compares them.

use crate::runner;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What TAG and REVERT of an app say on a host. The texts are kept whole, so
/// that putting them back gives the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagFiles {
    #[serde(rename = "tag")]
    /// The text of TAG; `None` where there is no such file.
    pub tag: Option<String>,
    #[serde(rename = "revert")]
    /// The text of REVERT, the tag before.
    pub revert: Option<String>,
}

impl TagFiles {
    /// The tag that TAG says.
    pub fn tag(&self) -> Option<String> {
        self.tag.as_deref().and_then(value)
    }

    /// The tag that REVERT says.
    pub fn revert(&self) -> Option<String> {
        self.revert.as_deref().and_then(value)
    }

    /// What they say once `tag` is there: REVERT becomes the tag before, but
    /// never the new one, which a retry would make of it.
    pub fn with(&self, tag: &str) -> Self {
        if self.tag().as_deref() == Some(tag) {
            return self.clone();
        }
        let before = self.tag().map(|tag| text(&tag)).or_else(|| self.revert.clone());
        let revert = before.filter(|before| value(before).as_deref() != Some(tag));
        Self { tag: Some(text(tag)), revert }
    }
}

/// The text of a TAG file, as it always was.
pub fn text(tag: &str) -> String {
    format!("export TAG={tag}\n")
}

/// Whether it is a Docker tag, optionally with a digest.
pub fn is_tag(tag: &str) -> bool {
    runner::image::is_tag_with_digest(tag)
}

/// The value of a TAG file as docker-runner reads it; `None` where it is not
/// one assignment of a tag.
pub fn value(text: &str) -> Option<String> {
    runner::tag::value(Path::new("TAG"), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{TagFiles, is_tag, text, value};

    fn marks(tag: &str, revert: &str) -> TagFiles {
        TagFiles { tag: Some(text(tag)), revert: Some(text(revert)) }
    }

    #[test]
    fn the_ways_a_tag_is_written() {
        let texts =
            ["export TAG=b1\n", "TAG=b1", "# x\n\nexport TAG=\"b1\"\n", "export  TAG='b1' # note\r\n"];
        assert!(texts.iter().all(|text| value(text).as_deref() == Some("b1")));
        for bad in ["", "TAG=", "export TAG=a\nexport TAG=b", "TAG=$(id)", "b1", "TAG=a b", "TAG=\"a"] {
            assert_eq!(value(bad), None, "{bad}");
        }
        assert!(is_tag(&format!("b1@sha256:{}", "0".repeat(64))) && !is_tag("b1@sha256:0"));
    }

    #[test]
    fn revert_never_becomes_the_new_tag() {
        assert_eq!(marks("b1", "b0").with("b2"), marks("b2", "b1"));
        assert_eq!(marks("b2", "b1").with("b2"), marks("b2", "b1"));
        let b1 = TagFiles { tag: Some(text("b1")), revert: None };
        assert_eq!(TagFiles::default().with("b1"), b1);
        let reverted = |revert: &str| TagFiles { tag: None, revert: Some(revert.into()) };
        assert_eq!(reverted("export TAG=\"b1\"").with("b1"), b1);
        assert_eq!(reverted("TAG=b0").with("b1").revert(), Some("b0".into()));
    }
}
