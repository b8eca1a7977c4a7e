//! Image references: names, tags and digests
//! (the distribution project's reference grammar).

/// The parts of an image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The repository, with the host and port of its registry.
    pub name: &'a str,
    pub tag: Option<&'a str>,
    /// `sha256:…`
    pub digest: Option<&'a str>,
}

/// The help for an invalid IMAGE.
pub const IMAGE_RULE: &str = "use lower-case words separated by /, with an optional registry host before and an optional tag after them";

/// The help for an invalid TAG.
pub const TAG_RULE: &str = "letters, digits, '_', '.' and '-', at most 128";

/// The longest tag, in bytes.
const TAG_LENGTH: usize = 128;

/// Parses a reference; `None` if it is not valid. In `host:5000/x` the colon is followed
/// by a port and not a tag, because a slash comes after it.
pub fn parse(text: &str) -> Option<Reference<'_>> {
    let (rest, digest) = split_digest(text)?;
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    (is_repository(name) && tag.is_none_or(is_tag)).then_some(Reference { name, tag, digest })
}

/// Whether the text is valid in a TAG file: a tag, optionally with a digest.
pub fn is_tag_with_digest(text: &str) -> bool {
    split_digest(text).is_some_and(|(tag, _)| is_tag(tag))
}

fn split_digest(text: &str) -> Option<(&str, Option<&str>)> {
    match text.split_once('@') {
        Some((rest, digest)) => is_digest(digest).then_some((rest, Some(digest))),
        None => Some((text, None)),
    }
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = tag.bytes().next().is_some_and(word);
    first && tag.len() <= TAG_LENGTH && tag.bytes().all(|byte| word(byte) || b".-".contains(&byte))
}

fn is_digest(digest: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digest.strip_prefix("sha256:").is_some_and(|sum| sum.len() == 64 && sum.bytes().all(hex))
}

/// Path components in lower case, optionally after the host of a registry. A host without a port,
/// brackets or a capital letter is valid as a path component too.
fn is_repository(name: &str) -> bool {
    match name.split_once('/') {
        Some((host, path)) if is_host(host) => path.split('/').all(is_component),
        _ => name.split('/').all(is_component),
    }
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    port.is_none_or(is_port) && (is_ipv6(host) || host.split('.').all(is_label))
}

fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_label(label: &str) -> bool {
    let has_valid_edges = !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    has_valid_edges && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Lower-case letters and digits; between them `.`, `_`, `__` or dashes.
fn is_component(component: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let has_valid_edges =
        bytes.first().is_some_and(|byte| word(*byte)) && bytes.last().is_some_and(|byte| word(*byte));
    has_valid_edges && bytes.split(|byte| word(*byte)).all(is_separator)
}

fn is_separator(run: &[u8]) -> bool {
    matches!(run, b"" | b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::{is_tag_with_digest, parse};

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_port_is_not_a_tag() {
        let tag = |text| parse(text).unwrap().tag;
        assert_eq!(tag("thraxil/antisocial"), None);
        assert_eq!(tag("thraxil/antisocial:build-42"), Some("build-42"));
        assert_eq!(tag("host:5000/x"), None);
        assert_eq!(tag("host:5000/x:y"), Some("y"));
        assert_eq!(tag("[::1]:5000/x"), None);
        assert_eq!(tag("localhost/x"), None);
    }

    #[test]
    fn separates_the_digest() {
        let whole = format!("x:y@{DIGEST}");
        let reference = parse(&whole).unwrap();
        assert_eq!((reference.name, reference.tag, reference.digest), ("x", Some("y"), Some(DIGEST)));
        assert!(parse("x@sha256:0").is_none());
    }

    #[test]
    fn rejects_invalid_references() {
        for invalid in [
            "",
            ":",
            "x:",
            "X",
            "x y",
            "-x",
            "x//y",
            "x/",
            "/x",
            "a..b",
            "x:é",
            "x:-y",
            "--rm",
            "host:port/x",
            "[x]/y",
            "[x]:5000/y",
            "-Host/x",
            "a_Host/x",
            "Host..example/x",
        ] {
            assert!(parse(invalid).is_none(), "{invalid}");
        }
        assert!(parse("a__b/c--d/e.f").is_some());
        assert!(parse("Host.Example/x").is_some());
        for registry in
            ["localhost", "localhost:5000", "[::1]", "[::1]:5000", "my-registry.example:5000", "Host"]
        {
            assert!(parse(&format!("{registry}/x")).is_some(), "{registry}");
        }
    }

    #[test]
    fn accepts_valid_tags_only() {
        assert!(is_tag_with_digest("build-42") && is_tag_with_digest("_1.2"));
        assert!(is_tag_with_digest(&format!("v1@{DIGEST}")));
        assert!(is_tag_with_digest(&"x".repeat(128)) && !is_tag_with_digest(&"x".repeat(129)));
        for invalid in ["", ".x", "a b", "a/b", "a:b", "$(id)", "é", "v1@sha256:12"] {
            assert!(!is_tag_with_digest(invalid), "{invalid}");
        }
    }
}
