//! MySQL and MariaDB: "Protocol::Handshake" in MySQL's internals manual. The
//! server sends first. It counts a client that disconnects after its greeting as
//! a connection error (`max_connect_errors`), so the first greeting ends the wait.

use super::{Verdict, foreign};
use crate::entrypoint::wait::reason::Reason;

pub(super) const NAME: &str = "MySQL";

/// A packet's header: its length in three bytes (little-endian) and its number.
const HEADER: usize = 4;
/// A longer packet, in bytes, is neither a greeting nor an error.
const LONGEST: usize = 4096;

/// A greeting means ready; an error packet says why not.
pub(super) fn judge(received: &[u8]) -> Verdict {
    match received {
        [a, b, c, number, kind, ..] => {
            let length = usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16;
            if *number > 1 || !(3..=LONGEST).contains(&length) || ![10, 0xff].contains(kind) {
                return foreign(NAME, received);
            }
            match received.get(HEADER..HEADER + length) {
                None => Verdict::Incomplete,
                Some([0xff, low, high, message @ ..]) => error(u16::from_le_bytes([*low, *high]), message),
                Some(_) => Verdict::Ready,
            }
        }
        [_, _, third, ..] if *third > 0 => foreign(NAME, received),
        _ => Verdict::Incomplete,
    }
}

/// The verdict on a response that begins as MySQL's do and PostgreSQL's cannot.
pub(super) fn judge_if_mysql(received: &[u8]) -> Option<Verdict> {
    matches!(received, [_, _, 0, 0 | 1, 10 | 0xff, ..]).then(|| judge(received))
}

/// ER_SERVER_SHUTDOWN: the server is shutting down or restarting.
const SHUTDOWN: u16 = 1053;

fn error(number: u16, message: &[u8]) -> Verdict {
    // An SQLSTATE such as `#HY000` may precede the text.
    let message = if message.first() == Some(&b'#') { message.get(6..).unwrap_or_default() } else { message };
    let message = format!("{} (error {number})", Reason::printable(message));
    Verdict::NotReady(if number == SHUTDOWN {
        Reason::Starting { message }
    } else {
        Reason::Refusing { message }
    })
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
    fn a_complete_greeting_is_ready() {
        let greeting = packet(b"\x0a5.5.5-10.11-MariaDB\0and more");
        assert_eq!(judge(&greeting), Verdict::Ready);
        for cut in 0..greeting.len() {
            assert_eq!(judge(&greeting[..cut]), Verdict::Incomplete, "{cut}");
        }
    }

    #[test]
    fn the_length_has_three_bytes_and_the_number_is_0_or_1() {
        let mut greeting = vec![0x2c, 1, 0, 0];
        greeting.extend([10; 300]);
        assert_eq!(judge(&greeting), Verdict::Ready);
        assert_eq!(judge(&greeting[..303]), Verdict::Incomplete);
        let is_foreign = |start: &[u8]| matches!(judge(start), Verdict::NotReady(Reason::Foreign { .. }));
        assert!(is_foreign(&[0x4a, 0, 1, 0, 10]) && is_foreign(&[0x4a, 0, 0, 2, 10]));
        assert!(!is_foreign(&[0x4a, 0, 0, 1, 10]) && !is_foreign(&[0x4a, 0, 0, 0, 10]));
    }

    #[test]
    fn three_bytes_show_another_protocol() {
        assert!(matches!(judge(b"HTT"), Verdict::NotReady(Reason::Foreign { .. })));
        assert_eq!(judge(b"HT"), Verdict::Incomplete);
    }

    #[test]
    fn refusals_show_the_message_of_the_server() {
        let blocked = packet(b"\xff\x69\x04Host 'app' is blocked, etc.");
        let message = "Host 'app' is blocked, etc. (error 1129)".to_owned();
        assert_eq!(judge(&blocked), Verdict::NotReady(Reason::Refusing { message }));
        let full = packet(b"\xff\x10\x04#08004Too many");
        let message = "Too many (error 1040)".to_owned();
        assert_eq!(judge(&full), Verdict::NotReady(Reason::Refusing { message }));
        let down = packet(b"\xff\x1d\x04Server shutdown");
        let message = "Server shutdown (error 1053)".to_owned();
        assert_eq!(judge(&down), Verdict::NotReady(Reason::Starting { message }));
    }

    #[test]
    fn another_protocol_is_foreign() {
        for response in [&b"HTTP/1.1 200 OK"[..], b"+PONG\r\n", b"\x05\0\0\0\x09abcd"] {
            assert!(matches!(judge(response), Verdict::NotReady(Reason::Foreign { .. })), "{response:?}");
        }
    }
}
