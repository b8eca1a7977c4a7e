//! HTTP/1.1 (RFC 9112): one GET, of whose answer the status line is enough.

use super::{Verdict, foreign};
use crate::entrypoint::wait::reason::Reason;

pub(super) const NAME: &str = "HTTP";

/// A GET request that asks for the connection to be closed.
pub(super) fn request(host: &str, path: &str) -> Vec<u8> {
    let agent = concat!("docker-entrypoint/", env!("CARGO_PKG_VERSION"));
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

/// Ready is what is found (2xx), found elsewhere (3xx), or there for others
/// (401, 403, 405); a 404 may be a path that is yet to come.
pub(super) fn judge(received: &[u8]) -> Verdict {
    match status(received) {
        Status::Code(200..=399 | 401 | 403 | 405) => Verdict::Ready,
        Status::Code(code) => Verdict::NotReady(Reason::Status(code)),
        Status::More => Verdict::Incomplete,
        Status::Foreign => foreign(NAME, received),
    }
}

/// A request as a proxy in front of the site would pass it on: Django sends
/// no redirect to HTTPS then.
pub(super) fn request_of_site(host: &str, path: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&request(host, path)).into_owned();
    text.replacen("\r\nAccept:", "\r\nX-Forwarded-Proto: https\r\nAccept:", 1).into_bytes()
}

/// A site is well as long as it answers: below 500, but for the 400 with which
/// Django answers a host that it does not allow.
pub(super) fn judge_site(received: &[u8]) -> Verdict {
    match status(received) {
        Status::Code(400 | 500..) => judge(received),
        Status::Code(_) => Verdict::Ready,
        Status::More => Verdict::Incomplete,
        Status::Foreign => foreign(NAME, received),
    }
}

/// What a status line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its code.
    Code(u16),
    /// It is not whole yet.
    More,
    /// It is none.
    Foreign,
}

/// Reads the status line of an answer: `HTTP/1.1 200 OK`.
pub(crate) fn status(received: &[u8]) -> Status {
    const START: &[u8] = b"HTTP/1.";
    let known = received.len().min(START.len());
    if received[..known] != START[..known] {
        return Status::Foreign;
    }
    if !received.contains(&b'\n') {
        return Status::More;
    }
    let code = received.get(START.len() + 2..START.len() + 5).and_then(|code| std::str::from_utf8(code).ok());
    match code.and_then(|code| code.parse().ok()) {
        Some(code @ 100..=599) => Status::Code(code),
        _ => Status::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::{judge, judge_site, request, request_of_site};
    use crate::entrypoint::wait::protocol::Verdict;
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn a_request() {
        let text = String::from_utf8(request("search:9200", "/_cluster/health?wait=1")).unwrap();
        assert!(text.starts_with("GET /_cluster/health?wait=1 HTTP/1.1\r\nHost: search:9200\r\n"));
        assert!(text.ends_with("Connection: close\r\n\r\n"));
    }

    #[test]
    fn a_site_is_well_as_long_as_it_answers() {
        let text = String::from_utf8(request_of_site("example.org", "/")).unwrap();
        assert!(
            text.contains("\r\nHost: example.org\r\n") && text.contains("\r\nX-Forwarded-Proto: https\r\n")
        );
        let judge = |status: u16| judge_site(format!("HTTP/1.1 {status} X\r\n").as_bytes());
        for well in [200, 301, 403, 404, 429] {
            assert_eq!(judge(well), Verdict::Ready, "{well}");
        }
        for sick in [400, 500, 503] {
            assert_eq!(judge(sick), Verdict::NotReady(Reason::Status(sick)), "{sick}");
        }
    }

    #[test]
    fn statuses() {
        for ready in ["200 OK", "204 No Content", "302 Found", "401 Unauthorized", "403 Forbidden"] {
            assert_eq!(judge(format!("HTTP/1.1 {ready}\r\n").as_bytes()), Verdict::Ready, "{ready}");
        }
        for (not, status) in
            [("404 Not Found", 404), ("503 Service Unavailable", 503), ("400 Bad Request", 400)]
        {
            assert_eq!(
                judge(format!("HTTP/1.0 {not}\r\n").as_bytes()),
                Verdict::NotReady(Reason::Status(status))
            );
        }
        assert_eq!(judge(b"HTTP/1.1 200 OK"), Verdict::Incomplete);
        assert_eq!(judge(b""), Verdict::Incomplete);
        for foreign in [&b"HTTP/1.1 abc\r\n"[..], b"+PONG\r\n", b"HTTP/1.1 999 X\n"] {
            assert!(matches!(judge(foreign), Verdict::NotReady(Reason::Foreign { .. })));
        }
    }
}
