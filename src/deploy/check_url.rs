//! What must answer on every web host: CHECK_URL and CHECK_HOST.

use serde::{Deserialize, Serialize};

/// An address to ask, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// As it was given; people are shown this.
    pub url: String,
    /// Where to connect: host and port.
    pub address: String,
    /// Path and query.
    pub path: String,
    /// The Host header.
    pub host: String,
}

/// Why a URL can't be asked. It is not shown: it may hold a password.
pub type Why = &'static str;

impl Check {
    /// Reads `http://HOST[:PORT][/PATH][?QUERY]`. A web host asks itself, so
    /// there is no TLS and nobody to log in as.
    pub fn parse(url: &str, host: Option<String>) -> Result<Self, Why> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("has a blank in it, or a letter that must be percent-encoded");
        }
        let rest = url.strip_prefix("http://").ok_or("must begin with http://")?;
        let first =
            |of: &[u8], text: &str| text.bytes().position(|byte| of.contains(&byte)).unwrap_or(text.len());
        let rest = &rest[..first(b"#", rest)];
        let (authority, path) = rest.split_at(first(b"/?", rest));
        if authority.contains('@') {
            return Err("must name no user");
        }
        // The port is behind the brackets of an address.
        let (name, port) = match authority.rfind(':').filter(|colon| !authority[*colon..].ends_with(']')) {
            Some(colon) => (&authority[..colon], &authority[colon + 1..]),
            None => (authority, "80"),
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let more: &[u8] = if bare.is_some() { b".:" } else { b"._-" };
        let bare = bare.unwrap_or(name);
        if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte)) {
            return Err("names no host");
        }
        if port.starts_with('+') || !port.parse().is_ok_and(|port: u16| port > 0) {
            return Err("names no port between 1 and 65535");
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            url: url.to_owned(),
            address: format!("{name}:{port}"),
            path: format!("{slash}{path}"),
            host: host.unwrap_or_else(|| authority.to_owned()),
        })
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn the_parts_of_an_address() {
        let read = |url| Check::parse(url, None).map(|check| (check.address, check.path, check.host));
        let told = |address: &str, path: &str, host: &str| Ok((address.into(), path.into(), host.into()));
        assert_eq!(read("http://a"), told("a:80", "/", "a"));
        assert_eq!(
            read("http://127.0.0.1:8000/up?b=c#d"),
            told("127.0.0.1:8000", "/up?b=c", "127.0.0.1:8000")
        );
        assert_eq!(read("http://a:1?b=http://c:d@e/"), told("a:1", "/?b=http://c:d@e/", "a:1"));
        assert_eq!(read("http://[::1]:80/"), told("[::1]:80", "/", "[::1]:80"));
        assert_eq!(read("http://[::1]/"), told("[::1]:80", "/", "[::1]"));
        assert_eq!(Check::parse("http://a:1/", Some("www.b.c".into())).unwrap().host, "www.b.c");
    }

    #[test]
    fn what_is_refused() {
        let bad = |url| Check::parse(url, None).unwrap_err();
        assert_eq!(bad("https://user:hunter2secret@x/"), "must begin with http://");
        assert_eq!(bad("http://user:hunter2secret@x/"), "must name no user");
        assert_eq!(["http://a b/", "http://a/\n", "http://\u{e4}/"].map(bad)[2], bad("http://a\tb"));
        let hosts = [
            "http://",
            "http:///x",
            "http://?x",
            "http://:80/",
            "http://a:b:1/",
            "http://::1/",
            "http://[]/",
        ];
        assert_eq!(hosts.map(bad), ["names no host"; 7]);
        let ports = ["http://a:/", "http://a:0/", "http://a:65536/", "http://a:+80/"];
        assert_eq!(ports.map(bad), ["names no port between 1 and 65535"; 4]);
    }
}
