//! One GET request over HTTP/1.1 (RFC 9112) and the status of its response:
//! bytes only, the caller has the connection.

/// A GET request after which the server closes the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The Host header.
    pub(crate) host: &'a str,
    /// Path and query.
    pub(crate) target: &'a str,
    /// Whether it claims to come from a proxy that received it over HTTPS:
    /// Django then sends no redirect to HTTPS.
    pub(crate) is_forwarded: bool,
}

impl Request<'_> {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { host, target, is_forwarded } = self;
        let version = env!("CARGO_PKG_VERSION");
        let forwarded = if is_forwarded { "X-Forwarded-Proto: https\r\n" } else { "" };
        format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: docker-runner/{version}\r\n\
             {forwarded}Accept: */*\r\nConnection: close\r\n\r\n"
        )
        .into_bytes()
    }
}

/// The status line of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Code(u16),
    Incomplete,
    /// The response is not HTTP/1.
    Foreign,
}

/// Parses the status line of a response: `HTTP/1.1 200 OK`.
pub(crate) fn parse_status(received: &[u8]) -> Status {
    const START: &[u8] = b"HTTP/1.";
    let known = received.len().min(START.len());
    if received[..known] != START[..known] {
        return Status::Foreign;
    }
    if !received.contains(&b'\n') {
        return Status::Incomplete;
    }
    let code = received.get(START.len() + 2..START.len() + 5).and_then(|code| std::str::from_utf8(code).ok());
    match code.and_then(|code| code.parse().ok()) {
        Some(code @ 100..=599) => Status::Code(code),
        _ => Status::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::{Request, Status, parse_status};

    #[test]
    fn a_request() {
        let request = Request { host: "search:9200", target: "/_cluster/health?wait=1", is_forwarded: false };
        let text = String::from_utf8(request.to_bytes()).unwrap();
        assert!(text.starts_with("GET /_cluster/health?wait=1 HTTP/1.1\r\nHost: search:9200\r\n"));
        assert!(text.ends_with("Connection: close\r\n\r\n"));
        assert!(!text.contains("X-Forwarded-Proto"));
        let forwarded = Request { is_forwarded: true, ..request };
        let text = String::from_utf8(forwarded.to_bytes()).unwrap();
        assert!(text.contains("\r\nX-Forwarded-Proto: https\r\n"), "{text}");
    }

    #[test]
    fn status_lines() {
        assert_eq!(parse_status(b"HTTP/1.0 503 Service Unavailable\r\n"), Status::Code(503));
        assert_eq!(parse_status(b"HTTP/1.1 200\r\n"), Status::Code(200));
        for incomplete in [&b""[..], b"HTT", b"HTTP/1.1 200 OK"] {
            assert_eq!(parse_status(incomplete), Status::Incomplete, "{incomplete:?}");
        }
        for foreign in [&b"HTTP/1.1 abc\r\n"[..], b"+PONG\r\n", b"HTTP/1.1 999 X\n", b"HTTP/1.1\n"] {
            assert_eq!(parse_status(foreign), Status::Foreign, "{foreign:?}");
        }
    }
}
