//! MySQL and MariaDB: "Protocol::Handshake" in MySQL's internals manual. The
//! server speaks first; who leaves after its greeting counts as a broken
//! connection (`max_connect_errors`), so a greeting is asked for only once.

use super::{Verdict, foreign};
use crate::entrypoint::wait::reason::Reason;

pub(super) const NAME: &str = "the MySQL protocol";

/// A packet's head: its length in three bytes, low one first, and its number.
const HEAD: usize = 4;
/// Greetings and refusals are far shorter, in bytes.
const LONGEST: usize = 4096;

/// A greeting is ready; an error packet in its place says why not.
pub(super) fn judge(received: &[u8]) -> Verdict {
    match received {
        [a, b, c, number, kind, ..] => {
            let length = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
            if *number > 1 || !(3..=LONGEST).contains(&length) || ![10, 0xff].contains(kind) {
                return foreign(NAME, received);
            }
            match received.get(HEAD..HEAD + length) {
                None => Verdict::Incomplete,
                Some([0xff, low, high, said @ ..]) => error(u16::from_le_bytes([*low, *high]), said),
                Some(_) => Verdict::Ready,
            }
        }
        [_, _, third, ..] if *third > 0 => foreign(NAME, received),
        _ => Verdict::Incomplete,
    }
}

/// The verdict, where the answer begins as MySQL's do and PostgreSQL's can't.
pub(super) fn judge_if_mysql(received: &[u8]) -> Option<Verdict> {
    matches!(received, [_, _, 0, 0 | 1, 10 | 0xff, ..]).then(|| judge(received))
}

/// ER_SERVER_SHUTDOWN: on its way down, or up again.
const SHUTDOWN: u16 = 1053;

fn error(number: u16, said: &[u8]) -> Verdict {
    // The SQLSTATE, `#HY000`, stands before the text where it is sent at all.
    let said = if said.first() == Some(&b'#') { said.get(6..).unwrap_or_default() } else { said };
    let said = format!("{} (error {number})", Reason::words(said));
    Verdict::NotReady(if number == SHUTDOWN { Reason::Starting { said } } else { Reason::Refusing { said } })
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::entrypoint::wait::protocol::Verdict;
    use crate::entrypoint::wait::reason::Reason;

    fn packet(body: &[u8]) -> Vec<u8> {
        [&[u8::try_from(body.len()).unwrap(), 0, 0, 0], body].concat()
    }

    #[test]
    fn a_whole_greeting_is_ready() {
        let greeting = packet(b"\x0a5.5.5-10.11-MariaDB\0and more");
        assert_eq!(judge(&greeting), Verdict::Ready);
        for cut in 0..greeting.len() {
            assert_eq!(judge(&greeting[..cut]), Verdict::Incomplete, "{cut}");
        }
    }

    #[test]
    fn refusals_are_told_in_the_server_s_words() {
        let blocked = packet(b"\xff\x69\x04Host 'app' is blocked, etc.");
        let said = "Host 'app' is blocked, etc. (error 1129)".to_owned();
        assert_eq!(judge(&blocked), Verdict::NotReady(Reason::Refusing { said }));
        let full = packet(b"\xff\x10\x04#08004Too many");
        let said = "Too many (error 1040)".to_owned();
        assert_eq!(judge(&full), Verdict::NotReady(Reason::Refusing { said }));
        let down = packet(b"\xff\x1d\x04Server shutdown");
        let said = "Server shutdown (error 1053)".to_owned();
        assert_eq!(judge(&down), Verdict::NotReady(Reason::Starting { said }));
    }

    #[test]
    fn anything_else_is_foreign() {
        for answer in [&b"HTTP/1.1 200 OK"[..], b"+PONG\r\n", b"\x05\0\0\0\x09abcd"] {
            assert!(matches!(judge(answer), Verdict::NotReady(Reason::Foreign { .. })), "{answer:?}");
        }
    }
}
