//! CHECK_URL and CHECK_HOST: the page that must respond on every web host.

use crate::url::HttpUrl;

/// A page that is requested on every web host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The URL as it was given, for messages.
    pub url: String,
    /// Where to connect to, as `HOST:PORT`.
    pub address: String,
    /// Path and query.
    pub path: String,
    /// The Host header.
    pub host: String,
}

impl Check {
    /// Parses `http://HOST[:PORT][/PATH][?QUERY]`. Each web host requests its own
    /// page, so there is neither TLS nor a user.
    pub fn parse(url: &str, host: Option<String>) -> Result<Self, &'static str> {
        let parsed = HttpUrl::parse(url)?;
        Ok(Self {
            url: url.to_owned(),
            address: parsed.address,
            path: parsed.target,
            host: host.unwrap_or(parsed.host),
        })
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.url)
    }
}

crate::record!(Check { url, address, path, host });

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn address_path_and_host() {
        let parse = |url| Check::parse(url, None).map(|check| (check.address, check.path, check.host));
        let parts = |address: &str, path: &str, host: &str| Ok((address.into(), path.into(), host.into()));
        assert_eq!(parse("http://a"), parts("a:80", "/", "a"));
        assert_eq!(
            parse("http://127.0.0.1:8000/up?b=c#d"),
            parts("127.0.0.1:8000", "/up?b=c", "127.0.0.1:8000")
        );
        assert_eq!(parse("http://a:1?b=http://c:d@e/"), parts("a:1", "/?b=http://c:d@e/", "a:1"));
        assert_eq!(parse("http://[::1]:80/"), parts("[::1]:80", "/", "[::1]:80"));
        assert_eq!(parse("http://[::1]/"), parts("[::1]:80", "/", "[::1]"));
        assert_eq!(Check::parse("http://a:1/", Some("www.b.c".into())).unwrap().host, "www.b.c");
    }

    #[test]
    fn invalid_urls() {
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
