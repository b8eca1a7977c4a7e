//! A URL as far as it names a server. What it is not: the password is read
//! over and kept nowhere, so that nothing can print it.

use crate::url_secrets::percent_decoded_byte;

/// Where a URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// The scheme, in lower case.
    pub(crate) scheme: String,
    /// The user's name, decoded.
    pub(crate) user: Option<String>,
    /// The hosts, several where commas part them (libpq's "Connection URIs"); none where the URL names none.
    pub(crate) hosts: Vec<HostPort>,
    /// The path with its first slash, as it was written.
    pub(crate) path: String,
    /// The query with its names and values decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The query as it was written.
    pub(crate) raw_query: Option<String>,
}

/// A host, and the port where one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// A name, an address (IPv6 without brackets), or a path that begins with a slash.
    pub(crate) name: String,
    /// The port where one is given.
    pub(crate) port: Option<u16>,
}

/// Why a URL can't be read. No part of it is kept: any part may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No `scheme://`.
    #[error("has no scheme: write it as scheme://host:port")]
    Scheme,
    /// Not UTF-8, or a blank or a control character in it.
    #[error("holds a blank or another character that a URL can't: write it percent-encoded")]
    Character,
    /// An `@` after the host, which a password with a bare `/`, `?` or `#` leaves there.
    #[error(
        "has an @ behind its host: write /, ?, # and @ in a password percent-encoded (%2F, %3F, %23, %40)"
    )]
    Stray,
    /// A host that is no name and no address.
    #[error("has a host that is neither a name nor an address")]
    Host,
    /// A port that is none.
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("has a % that two hexadecimal digits don't follow: write % itself as %25")]
    Escape,
}

impl Url {
    /// Reads a URL (RFC 3986, and the several hosts of libpq).
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let (scheme, rest) = text.split_once("://").ok_or(Error::Scheme)?;
        if !is_scheme(scheme) {
            return Err(Error::Scheme);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::Character);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if rest.contains('@') && authority.contains(':') {
            return Err(Error::Stray); // without a colon there is no password
        }
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (user(credentials)?, hosts),
            None => (None, authority),
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            hosts: parse_hosts(hosts)?,
            path: path.to_owned(),
            query: query.map(parameters).transpose()?.unwrap_or_default(),
            raw_query: query.map(str::to_owned),
        })
    }

    /// A URL that says a host and perhaps a port, and nothing else.
    pub(crate) fn of_host(name: String, port: Option<u16>) -> Self {
        let (scheme, path) = (String::new(), String::new());
        Self {
            scheme,
            user: None,
            hosts: vec![HostPort { name, port }],
            path,
            query: Vec::new(),
            raw_query: None,
        }
    }

    /// The value of a parameter of the query that is there and not empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads `host`, `host:port` and `[address]:port`, several parted by commas.
pub(crate) fn parse_hosts(text: &str) -> Result<Vec<HostPort>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(parse_host).collect()
}

/// A port from 1 to 65535.
pub(crate) fn parse_port(text: &str) -> Result<u16, Error> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().map_err(|_| Error::Port)?;
    if digits && port != 0 { Ok(port) } else { Err(Error::Port) }
}

/// Replaces each `%XX` by its byte.
pub(crate) fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) =
            if byte == b'%' { percent_decoded_byte(rest).ok_or(Error::Escape)? } else { (byte, after) };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| Error::Escape)
}

fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

fn user(credentials: &str) -> Result<Option<String>, Error> {
    let name = credentials.split_once(':').map_or(credentials, |(name, _)| name);
    if name.is_empty() { Ok(None) } else { decode(name).map(Some) }
}

fn parse_host(text: &str) -> Result<HostPort, Error> {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']').ok_or(Error::Host)?;
            let port = if rest.is_empty() { "" } else { rest.strip_prefix(':').ok_or(Error::Host)? };
            (address, port)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    // RFC 6874: the % before an address's zone is itself encoded.
    let name = decode(name)?;
    if !is_host(&name) {
        return Err(Error::Host);
    }
    let port = if port.is_empty() { None } else { Some(parse_port(port)?) };
    Ok(HostPort { name, port })
}

fn is_host(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.:%".contains(c);
    name.starts_with('/') && !name.contains('\0') || !name.is_empty() && name.chars().all(plain)
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, Error> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    };
    pairs.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{Error, HostPort, Url, decode};

    fn host(name: &str, port: Option<u16>) -> HostPort {
        HostPort { name: name.to_owned(), port }
    }

    #[test]
    fn the_parts_of_a_url() {
        let url =
            Url::parse("POSTGRES://ma%40x:s%2Fcret@db:5433/shop?sslmode=require&host=%2Frun%2Fpg").unwrap();
        assert_eq!(url.scheme, "postgres");
        assert_eq!(url.user.as_deref(), Some("ma@x"));
        assert_eq!(url.hosts, [host("db", Some(5433))]);
        assert_eq!(url.path, "/shop");
        assert_eq!((url.parameter("sslmode"), url.parameter("host")), (Some("require"), Some("/run/pg")));
        assert!(!format!("{url:?}").contains("cret"), "the password is kept nowhere");
    }

    #[test]
    fn hosts_of_every_kind() {
        let hosts = |text: &str| Url::parse(text).unwrap().hosts;
        assert_eq!(hosts("redis://[::1]:6380/0"), [host("::1", Some(6380))]);
        assert_eq!(hosts("redis://[fe80::1%25eth0]"), [host("fe80::1%eth0", None)]);
        assert_eq!(
            hosts("postgres://u:p@a:1,b,[::2]:3/db"),
            [host("a", Some(1)), host("b", None), host("::2", Some(3))]
        );
        assert_eq!(hosts("postgres://u:p@%2Frun%2Fpostgresql/db"), [host("/run/postgresql", None)]);
        assert_eq!(hosts("amqp://guest:guest@rabbit:/"), [host("rabbit", None)]);
        assert_eq!(hosts("redis+socket:///run/redis.sock?virtual_host=1"), []);
        assert_eq!(hosts("redis://:p@ss@cache_1"), [host("cache_1", None)], "the last @ ends the password");
    }

    #[test]
    fn a_password_that_breaks_the_url_is_not_taken_for_a_host() {
        for bad in
            ["redis://:12/34@cache", "redis://u:1?2@h/0", "redis://u:1#2@h", "postgres://u:p@12/3@h/db"]
        {
            assert_eq!(Url::parse(bad), Err(Error::Stray), "{bad}");
        }
        assert_eq!(Url::parse("http://api/users/@me").unwrap().path, "/users/@me");
    }

    #[test]
    fn what_is_no_url() {
        for (text, error) in [
            ("db:5432", Error::Scheme),
            ("://db", Error::Scheme),
            ("postgres://db:x", Error::Port),
            ("postgres://db:0", Error::Port),
            ("postgres://db:+1", Error::Port),
            ("postgres://db:65536", Error::Port),
            ("redis://[::1", Error::Host),
            ("redis://[::1]6379", Error::Host),
            ("redis://a,,b", Error::Host),
            ("redis://a(b)", Error::Host),
            ("redis://a b", Error::Character),
            ("redis://a%2", Error::Escape),
            ("redis://a%zz", Error::Escape),
            ("redis://a%ff", Error::Escape),
        ] {
            assert_eq!(Url::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn decoding() {
        assert_eq!(decode("a%20b%C3%a4+").as_deref(), Ok("a b\u{e4}+"));
    }
}
