//! The TAG and REVERT files, as a deploy writes and compares them.

use crate::runner;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The contents of an app's TAG and REVERT files on a host. The whole texts are kept, so that an
/// undo restores the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagFiles {
    /// The text of TAG; `None` if the file does not exist.
    #[serde(rename = "tag")]
    pub tag_text: Option<String>,
    /// The text of REVERT; `None` if the file does not exist.
    #[serde(rename = "revert")]
    pub revert_text: Option<String>,
}

impl TagFiles {
    /// The tag in TAG: the current one.
    pub fn tag(&self) -> Option<String> {
        self.tag_text.as_deref().and_then(parse)
    }

    /// The tag in REVERT: the previous one.
    pub fn revert(&self) -> Option<String> {
        self.revert_text.as_deref().and_then(parse)
    }

    /// The contents after a deploy of `tag`: REVERT gets the previous tag. A retry of the same
    /// tag does not change it, so REVERT never gets the new tag.
    pub fn with_tag(&self, tag: &str) -> Self {
        if self.tag().as_deref() == Some(tag) {
            return self.clone();
        }
        let previous = self.tag().map(|tag| render(&tag)).or_else(|| self.revert_text.clone());
        let revert_text = previous.filter(|previous| parse(previous).as_deref() != Some(tag));
        Self { tag_text: Some(render(tag)), revert_text }
    }
}

/// The text of a TAG file. Scripts read it too, so its format does not change.
pub fn render(tag: &str) -> String {
    format!("export TAG={tag}\n")
}

/// Whether it is a Docker tag, optionally with a digest.
pub fn is_tag(tag: &str) -> bool {
    runner::image::is_tag_with_digest(tag)
}

/// The tag in a TAG file as docker-runner reads it; `None` if the text is not one assignment of a
/// valid tag.
pub fn parse(text: &str) -> Option<String> {
    runner::tag::tag_in_file(Path::new("TAG"), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{TagFiles, is_tag, parse, render};

    fn tag_files(tag: &str, revert: &str) -> TagFiles {
        TagFiles { tag_text: Some(render(tag)), revert_text: Some(render(revert)) }
    }

    #[test]
    fn parses_every_form_of_a_tag_file() {
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
        assert_eq!(tag_files("b1", "b0").with_tag("b2"), tag_files("b2", "b1"));
        assert_eq!(tag_files("b2", "b1").with_tag("b2"), tag_files("b2", "b1"));
        let b1 = TagFiles { tag_text: Some(render("b1")), revert_text: None };
        assert_eq!(TagFiles::default().with_tag("b1"), b1);
        let reverted = |revert: &str| TagFiles { tag_text: None, revert_text: Some(revert.into()) };
        assert_eq!(reverted("export TAG=\"b1\"").with_tag("b1"), b1);
        assert_eq!(reverted("TAG=b0").with_tag("b1").revert(), Some("b0".into()));
    }
}
