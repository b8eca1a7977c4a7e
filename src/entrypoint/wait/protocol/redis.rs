//! Redis and compatible servers: one PING in RESP, and one line as the response.

use super::{Verdict, foreign};
use crate::entrypoint::wait::reason::Reason;

pub(super) const NAME: &str = "Redis";

/// PING as an array of one string, which sentinels and proxies support too.
pub(super) const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

/// Errors of a server that cannot serve data yet: it is loading its file, has no
/// connection to its master, or runs a script.
const STARTING: [&str; 4] = ["LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN"];
/// Errors of a server that refuses clients.
const REFUSING: [&str; 2] = ["DENIED", "ERR max number of clients"];

/// A PONG means ready, and so does an error that only a running server sends (`-NOAUTH`).
pub(super) fn judge(received: &[u8]) -> Verdict {
    let line = match received.iter().position(|&byte| byte == b'\n') {
        Some(end) => &received[..end],
        None if matches!(received.first(), None | Some(b'+' | b'-')) => return Verdict::Incomplete,
        None => return foreign(NAME, received),
    };
    match line.split_first() {
        Some((b'+', word)) if word.trim_ascii().eq_ignore_ascii_case(b"PONG") => Verdict::Ready,
        Some((b'-', error)) => judge_error(&Reason::printable(error)),
        _ => foreign(NAME, received),
    }
}

fn judge_error(message: &str) -> Verdict {
    let starts = |known: &[&str]| known.iter().any(|known| message.starts_with(known));
    let message = message.to_owned();
    if starts(&STARTING) {
        Verdict::NotReady(Reason::Starting { message })
    } else if starts(&REFUSING) {
        Verdict::NotReady(Reason::Refusing { message })
    } else {
        Verdict::Ready
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::entrypoint::wait::protocol::Verdict;
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn responses() {
        assert_eq!(judge(b"+PONG\r\n"), Verdict::Ready);
        assert_eq!(judge(b"+PON"), Verdict::Incomplete);
        assert_eq!(judge(b"-NOAUTH Authentication required.\r\n"), Verdict::Ready);
        assert_eq!(judge(b"-ERR operation not permitted\r\n"), Verdict::Ready);
        let message = "LOADING Redis is loading the dataset in memory".to_owned();
        assert_eq!(
            judge(format!("-{message}\r\n").as_bytes()),
            Verdict::NotReady(Reason::Starting { message })
        );
        let message = "DENIED Redis is running in protected mode".to_owned();
        assert_eq!(
            judge(format!("-{message}\r\n").as_bytes()),
            Verdict::NotReady(Reason::Refusing { message })
        );
        for other in [&b"HTTP/1.0 400\r\n"[..], b"+OK\r\n", b"R\0\0\0"] {
            assert!(matches!(judge(other), Verdict::NotReady(Reason::Foreign { .. })), "{other:?}");
        }
    }
}
