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
    pub tag_text: Option<String>,
    #[serde(rename = "revert")]
    /// The text of REVERT, the tag before.
    pub revert_text: Option<String>,
}

impl TagFiles {
    /// The tag that TAG says.
    pub fn tag(&self) -> Option<String> {
        self.tag_text.as_deref().and_then(parse)
    }

    /// The tag that REVERT says.
    pub fn revert(&self) -> Option<String> {
        self.revert_text.as_deref().and_then(parse)
    }

    /// What they say once `tag` is there: REVERT becomes the tag before, but
    /// never the new one, which a retry would make of it.
    pub fn with_tag(&self, tag: &str) -> Self {
        if self.tag().as_deref() == Some(tag) {
            return self.clone();
        }
        let before = self.tag().map(|tag| render(&tag)).or_else(|| self.revert_text.clone());
        let revert = before.filter(|before| parse(before).as_deref() != Some(tag));
        Self { tag_text: Some(render(tag)), revert_text: revert }
    }
}

/// The text of a TAG file, as it always was.
pub fn render(tag: &str) -> String {
    format!("export TAG={tag}\n")
}

/// Whether it is a Docker tag, optionally with a digest.
pub fn is_tag(tag: &str) -> bool {
    runner::image::is_tag_with_digest(tag)
}

/// The value of a TAG file as docker-runner reads it; `None` where it is not
/// one assignment of a tag.
pub fn parse(text: &str) -> Option<String> {
    runner::tag::tag_in_file(Path::new("TAG"), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{TagFiles, is_tag, parse, render};

    fn marks(tag: &str, revert: &str) -> TagFiles {
        TagFiles { tag_text: Some(render(tag)), revert_text: Some(render(revert)) }
    }

    #[test]
    fn the_ways_a_tag_is_written() {
        let texts =
            ["export TAG=b1\n", "TAG=b1", "# x\n\nexport TAG=\"b1\"\n", "export  TAG='b1' # note\r\n"];
        assert!(texts.iter().all(|text| parse(text).as_deref() == Some("b1")));
        for bad in ["", "TAG=", "export TAG=a\nexport TAG=b", "TAG=$(id)", "b1", "TAG=a b", "TAG=\"a"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert!(is_tag(&format!("b1@sha256:{}", "0".repeat(64))) && !is_tag("b1@sha256:0"));
    }

    #[test]
    fn revert_never_becomes_the_new_tag() {
        assert_eq!(marks("b1", "b0").with_tag("b2"), marks("b2", "b1"));
        assert_eq!(marks("b2", "b1").with_tag("b2"), marks("b2", "b1"));
        let b1 = TagFiles { tag_text: Some(render("b1")), revert_text: None };
        assert_eq!(TagFiles::default().with_tag("b1"), b1);
        let reverted = |revert: &str| TagFiles { tag_text: None, revert_text: Some(revert.into()) };
        assert_eq!(reverted("export TAG=\"b1\"").with_tag("b1"), b1);
        assert_eq!(reverted("TAG=b0").with_tag("b1").revert(), Some("b0".into()));
    }
}
