//! CHECK_URL and CHECK_HOST: the URL that every web host must answer.

use serde::{Deserialize, Serialize};

/// A URL to request, and the Host header to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The URL as it was configured, for messages.
    pub url: String,
    /// Host and port to connect to.
    pub address: String,
    /// Path and query.
    pub path: String,
    /// The Host header.
    pub host: String,
}

impl Check {
    /// Parses `http://HOST[:PORT][/PATH][?QUERY]`. A web host sends the request
    /// to itself, so there is no TLS and no user. The error is the reason; it
    /// never contains the URL, which may hold a password.
    pub fn parse(url: &str, host: Option<String>) -> Result<Self, &'static str> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains a space or a character that must be percent-encoded");
        }
        let rest = url.strip_prefix("http://").ok_or("must begin with http://")?;
        let first = |bytes: &[u8], text: &str| {
            text.bytes().position(|byte| bytes.contains(&byte)).unwrap_or(text.len())
        };
        let rest = &rest[..first(b"#", rest)];
        let (authority, path) = rest.split_at(first(b"/?", rest));
        if authority.contains('@') {
            return Err("must not contain a user name");
        }
        // An IPv6 address has colons inside its brackets.
        let (name, port) = match authority.rfind(':').filter(|colon| !authority[*colon..].ends_with(']')) {
            Some(colon) => (&authority[..colon], &authority[colon + 1..]),
            None => (authority, "80"),
        };
        let ipv6 = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let punctuation: &[u8] = if ipv6.is_some() { b".:" } else { b"._-" };
        let bare = ipv6.unwrap_or(name);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || punctuation.contains(&byte);
        if bare.is_empty() || !bare.bytes().all(allowed) {
            return Err("must name a host");
        }
        if port.starts_with('+') || !port.parse().is_ok_and(|port: u16| port > 0) {
            return Err("must have a port from 1 to 65535");
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
    fn a_url_is_split_into_address_path_and_host() {
        let parsed = |url| Check::parse(url, None).map(|check| (check.address, check.path, check.host));
        let expected = |address: &str, path: &str, host: &str| Ok((address.into(), path.into(), host.into()));
        assert_eq!(parsed("http://a"), expected("a:80", "/", "a"));
        assert_eq!(
            parsed("http://127.0.0.1:8000/up?b=c#d"),
            expected("127.0.0.1:8000", "/up?b=c", "127.0.0.1:8000")
        );
        assert_eq!(parsed("http://a:1?b=http://c:d@e/"), expected("a:1", "/?b=http://c:d@e/", "a:1"));
        assert_eq!(parsed("http://[::1]:80/"), expected("[::1]:80", "/", "[::1]:80"));
        assert_eq!(parsed("http://[::1]/"), expected("[::1]:80", "/", "[::1]"));
        assert_eq!(Check::parse("http://a:1/", Some("www.b.c".into())).unwrap().host, "www.b.c");
    }

    #[test]
    fn invalid_urls_are_refused() {
        let bad = |url| Check::parse(url, None).unwrap_err();
        assert_eq!(bad("https://user:hunter2secret@x/"), "must begin with http://");
        assert_eq!(bad("http://user:hunter2secret@x/"), "must not contain a user name");
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
        assert_eq!(hosts.map(bad), ["must name a host"; 7]);
        let ports = ["http://a:/", "http://a:0/", "http://a:65536/", "http://a:+80/"];
        assert_eq!(ports.map(bad), ["must have a port from 1 to 65535"; 4]);
    }
}
