//! HTTP: which status of a response means that a server is ready.

use super::{Verdict, foreign};
use crate::entrypoint::wait::reason::Reason;
use crate::http_probe::{Status, parse_status};

pub(super) const NAME: &str = "HTTP";

/// A service is ready when it has the page (2xx), redirects to it (3xx) or
/// restricts it (401, 403, 405). A 404 may be a page that does not exist yet.
pub(super) fn judge(received: &[u8]) -> Verdict {
    judge_status(received, |code| matches!(code, 200..=399 | 401 | 403 | 405))
}

/// A site is healthy with every status below 500 but 400, with which Django
/// responds to a host that it does not allow.
pub(super) fn judge_site(received: &[u8]) -> Verdict {
    judge_status(received, |code| code < 500 && code != 400)
}

fn judge_status(received: &[u8], is_ready: impl Fn(u16) -> bool) -> Verdict {
    match parse_status(received) {
        Status::Code(code) if is_ready(code) => Verdict::Ready,
        Status::Code(code) => Verdict::NotReady(Reason::Status(code)),
        Status::Incomplete => Verdict::Incomplete,
        Status::Foreign => foreign(NAME, received),
    }
}

#[cfg(test)]
mod tests {
    use super::{judge, judge_site};
    use crate::entrypoint::wait::protocol::Verdict;
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn a_site_is_healthy_as_long_as_it_responds() {
        let judge = |status: u16| judge_site(format!("HTTP/1.1 {status} X\r\n").as_bytes());
        for healthy in [200, 301, 403, 404, 429] {
            assert_eq!(judge(healthy), Verdict::Ready, "{healthy}");
        }
        for unhealthy in [400, 500, 503] {
            assert_eq!(judge(unhealthy), Verdict::NotReady(Reason::Status(unhealthy)), "{unhealthy}");
        }
    }

    #[test]
    fn statuses() {
        for ready in ["200 OK", "204 No Content", "302 Found", "401 Unauthorized", "403 Forbidden"] {
            assert_eq!(judge(format!("HTTP/1.1 {ready}\r\n").as_bytes()), Verdict::Ready, "{ready}");
        }
        for (line, status) in
            [("404 Not Found", 404), ("503 Service Unavailable", 503), ("400 Bad Request", 400)]
        {
            let verdict = judge(format!("HTTP/1.0 {line}\r\n").as_bytes());
            assert_eq!(verdict, Verdict::NotReady(Reason::Status(status)));
        }
        assert_eq!(judge(b"HTTP/1.1 200 OK"), Verdict::Incomplete);
        assert_eq!(judge(b""), Verdict::Incomplete);
        for foreign in [&b"HTTP/1.1 abc\r\n"[..], b"+PONG\r\n", b"HTTP/1.1 999 X\n"] {
            assert!(matches!(judge(foreign), Verdict::NotReady(Reason::Foreign { .. })));
        }
    }
}
