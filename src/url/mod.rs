//! A URL as far as it names a server. The password is skipped and stored
//! nowhere, so that nothing can print it.

pub mod credentials;

/// The parts of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// In lower case.
    pub(crate) scheme: String,
    /// The decoded user name.
    pub(crate) user: Option<String>,
    /// Several where they are separated by commas (libpq's "Connection URIs").
    pub(crate) hosts: Vec<HostPort>,
    /// With its first slash, not decoded.
    pub(crate) path: String,
    /// Decoded names and values.
    pub(crate) query: Vec<(String, String)>,
    /// The query, not decoded.
    pub(crate) raw_query: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPort {
    /// A name, an address (IPv6 without brackets), or a path that begins with a slash.
    pub(crate) name: String,
    pub(crate) port: Option<u16>,
}

/// Why a URL is not valid. It contains no part of the URL, since any part may
/// be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No `scheme://`.
    #[error("has no scheme: write it as scheme://host:port")]
    Scheme,
    /// A space or a control character.
    #[error("contains a space or a control character: write it percent-encoded")]
    Character,
    /// An `@` after the host, a sign of an unencoded `/`, `?` or `#` in the password.
    #[error(
        "has an @ after its host: write /, ?, # and @ in a password percent-encoded (%2F, %3F, %23, %40)"
    )]
    AtAfterHost,
    /// Neither a name nor an address.
    #[error("has a host that is neither a name nor an address")]
    Host,
    /// Not a number from 1 to 65535.
    #[error("has an invalid port: use a number from 1 to 65535")]
    Port,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("has a % that is not followed by two hexadecimal digits: write % itself as %25")]
    Escape,
}

/// The raw parts of a URL.
struct Parts<'a> {
    scheme: &'a str,
    authority: &'a str,
    /// Path, query and fragment.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, Error> {
        let (scheme, rest) = text.split_once("://").ok_or(Error::Scheme)?;
        if !is_scheme(scheme) {
            return Err(Error::Scheme);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::Character);
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Ok(Self { scheme, authority, rest })
    }
}

impl Url {
    /// Parses the URL of a service, which may contain a password (RFC 3986, and
    /// the several hosts of libpq).
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let parts = Parts::split(text)?;
        if parts.rest.contains('@') && parts.authority.contains(':') {
            return Err(Error::AtAfterHost); // without a colon there is no password
        }
        Self::from_parts(&parts)
    }

    fn from_parts(parts: &Parts<'_>) -> Result<Self, Error> {
        let (user, hosts) = match parts.authority.rsplit_once('@') {
            Some((credentials, hosts)) => (user_name(credentials)?, hosts),
            None => (None, parts.authority),
        };
        let rest = parts.rest.split_once('#').map_or(parts.rest, |(before, _)| before);
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        Ok(Self {
            scheme: parts.scheme.to_ascii_lowercase(),
            user,
            hosts: parse_hosts(hosts)?,
            path: path.to_owned(),
            query: query.map(parse_query).transpose()?.unwrap_or_default(),
            raw_query: query.map(str::to_owned),
        })
    }

    /// A URL of a host and perhaps a port.
    pub(crate) fn from_host(name: String, port: Option<u16>) -> Self {
        Self {
            scheme: String::new(),
            user: None,
            hosts: vec![HostPort { name, port }],
            path: String::new(),
            query: Vec::new(),
            raw_query: None,
        }
    }

    /// The value of a query parameter; `None` where it is empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Path and query as an HTTP request names them.
    pub(crate) fn request_target(&self) -> String {
        let slash = if self.path.is_empty() { "/" } else { "" };
        let query = self.raw_query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{slash}{}{query}", self.path)
    }
}

/// A plain `http://` URL, of which a request can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpUrl {
    /// `HOST:PORT`, an IPv6 address in brackets.
    pub(crate) address: String,
    /// The Host header: the authority as it is written.
    pub(crate) host: String,
    /// Path and query.
    pub(crate) target: String,
}

impl HttpUrl {
    /// Parses `http://HOST[:PORT][/PATH][?QUERY]`. The error is a text that
    /// follows the name of the variable.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("contains a space or a character that must be percent-encoded");
        }
        let parts = Parts::split(text).ok().filter(|parts| parts.scheme == "http");
        let parts = parts.ok_or("must begin with http://")?;
        if parts.authority.contains('@') {
            return Err("must not contain a user name");
        }
        let url = match Url::from_parts(&Parts { rest: "", ..parts }) {
            Err(Error::Port) => return Err("must have a port from 1 to 65535"),
            url => url.ok(),
        };
        let (Some([host]), false) =
            (url.as_ref().map(|url| url.hosts.as_slice()), parts.authority.contains('%'))
        else {
            return Err("must name a host");
        };
        if parts.authority.ends_with(':') {
            return Err("must have a port from 1 to 65535");
        }
        let rest = parts.rest.split_once('#').map_or(parts.rest, |(before, _)| before);
        let slash = if rest.starts_with('/') { "" } else { "/" };
        Ok(Self {
            address: format!("{}:{}", bracketed(&host.name), host.port.unwrap_or(80)),
            host: parts.authority.to_owned(),
            target: format!("{slash}{rest}"),
        })
    }
}

/// An IPv6 address in brackets, as in a URL; any other name as it is.
pub(crate) fn bracketed(name: &str) -> String {
    if name.contains(':') { format!("[{name}]") } else { name.to_owned() }
}

/// Parses `host`, `host:port` and `[address]:port`, several separated by commas.
pub(crate) fn parse_hosts(text: &str) -> Result<Vec<HostPort>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(parse_host).collect()
}

/// Parses a port from 1 to 65535.
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
            if byte == b'%' { percent_byte(rest).ok_or(Error::Escape)? } else { (byte, after) };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| Error::Escape)
}

/// The byte of the `%XX` at the start, and the rest (RFC 3986, 2.1).
fn percent_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

fn user_name(credentials: &str) -> Result<Option<String>, Error> {
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
    if port.contains(':') {
        return Err(Error::Host); // an IPv6 address without brackets
    }
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

fn parse_query(query: &str) -> Result<Vec<(String, String)>, Error> {
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
        assert!(!format!("{url:?}").contains("cret"), "the password is not stored");
    }

    #[test]
    fn all_kinds_of_hosts() {
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
    fn an_unencoded_password_is_not_taken_for_a_host() {
        for bad in
            ["redis://:12/34@cache", "redis://u:1?2@h/0", "redis://u:1#2@h", "postgres://u:p@12/3@h/db"]
        {
            assert_eq!(Url::parse(bad), Err(Error::AtAfterHost), "{bad}");
        }
        assert_eq!(Url::parse("http://api/users/@me").unwrap().path, "/users/@me");
    }

    #[test]
    fn invalid_urls() {
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
            ("redis://fd00::5:6379", Error::Host),
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
    fn percent_decoding() {
        assert_eq!(decode("a%20b%C3%a4+").as_deref(), Ok("a b\u{e4}+"));
    }
}
