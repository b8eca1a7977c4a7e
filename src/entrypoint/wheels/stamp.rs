//! The two files beside the wheels: the stamp lists the wheels, the record their
//! inputs.

use std::collections::BTreeMap;

/// The file of the stamp. It changes only when the wheels do.
pub(super) const STAMP: &str = "stamp";

/// The file of the record. Hidden, since it changes with every input.
pub(super) const RECORD: &str = ".inputs";

/// What wheels are built for. They do not fit another platform.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Platform {
    /// `debian trixie`
    pub(super) release: String,
    /// `cpython-313-x86_64-linux-gnu`
    pub(super) abi: String,
}

/// The wheels by name, each with its SHA-256.
pub(super) type Wheels = BTreeMap<String, String>;

/// The content of a wheelhouse, in a format that `sha256sum --check` reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) platform: Platform,
    pub(super) wheels: Wheels,
}

impl Stamp {
    pub(super) fn to_text(&self) -> String {
        let head = format!("# {}\n# {}\n", self.platform.release, self.platform.abi);
        self.wheels.iter().fold(head, |text, (name, sum)| text + &format!("{sum}  {name}\n"))
    }

    /// Parses a stamp; an invalid one is empty.
    pub(super) fn parse(text: &str) -> Self {
        let mut head = text.lines().filter_map(|line| line.strip_prefix("# ")).map(str::to_owned);
        let platform =
            Platform { release: head.next().unwrap_or_default(), abi: head.next().unwrap_or_default() };
        let wheels = text.lines().filter_map(|line| line.split_once("  "));
        let wheels = wheels.map(|(sum, name)| (name.to_owned(), sum.to_owned()));
        Self { platform, wheels: wheels.collect() }
    }
}

/// What the wheels were built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The digest of all inputs.
    pub(super) inputs: String,
    /// The wheels of vendor packages, by the digest of the package's source.
    pub(super) vendor: BTreeMap<String, String>,
}

impl Record {
    pub(super) fn to_text(&self) -> String {
        let head = format!("inputs {}\n", self.inputs);
        self.vendor.iter().fold(head, |text, (source, wheel)| text + &format!("vendor {source} {wheel}\n"))
    }

    /// Parses a record; an invalid one is empty.
    pub(super) fn parse(text: &str) -> Self {
        let mut record = Self::default();
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("inputs"), Some(inputs), None) => record.inputs = inputs.to_owned(),
                (Some("vendor"), Some(source), Some(wheel)) => {
                    record.vendor.insert(source.to_owned(), wheel.to_owned());
                }
                _ => {}
            }
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::{Platform, Record, Stamp};

    #[test]
    fn a_round_trip() {
        let platform =
            Platform { release: "debian trixie".into(), abi: "cpython-313-x86_64-linux-gnu".into() };
        let wheels = [("b-1-py3-none-any.whl", "22"), ("a-1-py3-none-any.whl", "11")];
        let wheels = wheels.map(|(name, sum)| (name.to_owned(), sum.to_owned())).into_iter().collect();
        let stamp = Stamp { platform, wheels };
        assert_eq!(
            stamp.to_text(),
            "# debian trixie\n# cpython-313-x86_64-linux-gnu\n11  a-1-py3-none-any.whl\n22  b-1-py3-none-any.whl\n"
        );
        assert_eq!(Stamp::parse(&stamp.to_text()), stamp);
        let record =
            Record { inputs: "ab".into(), vendor: [("cd".into(), "m-1.whl".into())].into_iter().collect() };
        assert_eq!(Record::parse(&record.to_text()), record);
    }

    #[test]
    fn invalid_files_are_empty() {
        assert_eq!(Stamp::parse("hello\n"), Stamp::default());
        assert_eq!(Record::parse("hello\nvendor x\n"), Record::default());
    }
}
