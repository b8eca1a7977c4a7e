//! PostgreSQL: "Message Formats" and "Start-up" in its manual, chapter
//! "Frontend/Backend Protocol".

use super::{Salt, Verdict, foreign, parse_u32, tls};
use crate::entrypoint::wait::reason::{Reason, TlsFault};

pub(super) const NAME: &str = "PostgreSQL";

/// SSLRequest: its length and the number 80877103.
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// SQLSTATEs of a server that is starting up, shutting down or in recovery.
const STARTING: [&[u8]; 3] = [b"57P03", b"57P01", b"57P02"];
/// SQLSTATE of a server that has no free connection.
const FULL: &[u8] = b"53300";

/// A start-up packet of version 3.0, with the user and the database of the app: a
/// server that needs no password then logs no failure.
pub(super) fn startup(user: &str, database: &str) -> Vec<u8> {
    let mut body = vec![0, 3, 0, 0];
    for (name, value) in [("user", user), ("database", database)] {
        if !value.is_empty() {
            body.extend([name.as_bytes(), b"\0", value.replace('\0', "").as_bytes(), b"\0"].concat());
        }
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], &body].concat()
}

/// A request for authentication means ready, and so does every error that only a
/// running server sends (no such role, no entry in pg_hba.conf), as in `PQping`.
pub(super) fn judge(received: &[u8]) -> Verdict {
    let Some(length) = received.get(1..).and_then(parse_u32) else {
        return if matches!(received.first(), None | Some(b'R' | b'E' | b'v')) {
            Verdict::Incomplete
        } else {
            foreign(NAME, received)
        };
    };
    match received.first() {
        Some(b'R' | b'v') if (8..4096).contains(&length) => complete(received, length, |_| Verdict::Ready),
        Some(b'E') if (5..super::LIMIT).contains(&length) => complete(received, length, error),
        // A server that cannot fork responds in version 2: E, text, NUL.
        Some(b'E') if received[1..].starts_with(b"could ") => {
            match received.iter().position(|&byte| byte == 0) {
                Some(end) => {
                    Verdict::NotReady(Reason::Refusing { message: Reason::printable(&received[1..end]) })
                }
                None => Verdict::Incomplete,
            }
        }
        _ => foreign(NAME, received),
    }
}

/// The response to [`SSL_REQUEST`] is one byte; TLS follows it.
pub(super) fn judge_tls(received: &[u8], salt: &Salt) -> Verdict {
    match received {
        [] => Verdict::Incomplete,
        [b'S'] => Verdict::Send(tls::client_hello("", salt)),
        [b'S', response @ ..] => tls::judge(response),
        [b'N'] => Verdict::NotReady(Reason::Tls(TlsFault::NotOffered)),
        [b'E', ..] => judge(received),
        _ => foreign(NAME, received),
    }
}

fn complete(received: &[u8], length: usize, verdict: impl Fn(&[u8]) -> Verdict) -> Verdict {
    received.get(5..=length).map_or(Verdict::Incomplete, verdict)
}

/// An ErrorResponse: fields of a letter, a text and a NUL.
fn error(fields: &[u8]) -> Verdict {
    let field = |letter: u8| {
        let mut fields = fields.split(|&byte| byte == 0);
        fields.find_map(|field| {
            field.split_first().filter(|(first, _)| **first == letter).map(|(_, text)| text)
        })
    };
    let message = Reason::printable(field(b'M').unwrap_or_default());
    match field(b'C') {
        Some(code) if STARTING.contains(&code) => Verdict::NotReady(Reason::Starting { message }),
        Some(FULL) => Verdict::NotReady(Reason::Refusing { message }),
        Some(code) if code.len() == 5 => Verdict::Ready,
        _ => Verdict::NotReady(Reason::Refusing { message }),
    }
}

#[cfg(test)]
mod tests {
    use super::{judge, judge_tls, startup};
    use crate::entrypoint::wait::protocol::{Protocol, Verdict};
    use crate::entrypoint::wait::reason::{Reason, TlsFault};

    fn error(code: &str, message: &str) -> Vec<u8> {
        let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0Fpostmaster.c\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        [b"E", &length[..], fields.as_bytes()].concat()
    }

    #[test]
    fn the_start_up_packet() {
        assert_eq!(startup("app", "shop"), b"\0\0\0\x20\0\x03\0\0user\0app\0database\0shop\0\0");
        assert_eq!(startup("app", ""), b"\0\0\0\x12\0\x03\0\0user\0app\0\0");
    }

    #[test]
    fn a_complete_authentication_request_is_ready() {
        let request = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0";
        assert_eq!(judge(request), Verdict::Ready);
        for cut in 0..request.len() {
            assert_eq!(judge(&request[..cut]), Verdict::Incomplete, "{cut}");
        }
    }

    #[test]
    fn an_impossible_length_is_of_another_protocol() {
        for response in [b"R\0\0\0\x07\0\0\0", b"R\0\0\x10\0\0\0\0", b"v\0\0\0\x04\0\0\0"] {
            let verdict = judge(response);
            assert!(matches!(verdict, Verdict::NotReady(Reason::Foreign { .. })), "{verdict:?}");
        }
    }

    #[test]
    fn errors() {
        let starting = Reason::Starting { message: "the database system is starting up".into() };
        let response = error("57P03", "the database system is starting up");
        assert_eq!(judge(&response), Verdict::NotReady(starting));
        assert_eq!(judge(&response[..response.len() - 1]), Verdict::Incomplete);
        assert_eq!(judge(&error("28000", "no pg_hba.conf entry")), Verdict::Ready);
        assert_eq!(judge(&error("3D000", "database \"x\" does not exist")), Verdict::Ready);
        let full = Reason::Refusing { message: "sorry, too many clients already".into() };
        assert_eq!(judge(&error("53300", "sorry, too many clients already")), Verdict::NotReady(full));
        let old = judge(b"Ecould not fork new process for connection: x\n\0");
        assert!(matches!(old, Verdict::NotReady(Reason::Refusing { .. })), "{old:?}");
        let other = judge(b"ERROR\r\n");
        assert!(matches!(other, Verdict::NotReady(Reason::Foreign { .. })), "{other:?}");
        let no_code = judge(&error("28", "x"));
        assert!(matches!(no_code, Verdict::NotReady(Reason::Refusing { .. })), "{no_code:?}");
    }

    #[test]
    fn tls_is_probed_after_the_server() {
        let plain = Protocol::Postgres { user: "app".into(), database: String::new(), tls: true };
        let ready = plain.judge(b"R\0\0\0\x08\0\0\0\x05", &[7; 96]);
        assert_eq!(ready, Verdict::Reconnect(Protocol::PostgresTls));
        let judge = |received: &[u8]| judge_tls(received, &[7; 96]);
        assert_eq!(judge(b"N"), Verdict::NotReady(Reason::Tls(TlsFault::NotOffered)));
        assert_eq!(judge(b""), Verdict::Incomplete);
        let message = "sorry, too many clients already";
        let full = Verdict::NotReady(Reason::Refusing { message: message.into() });
        assert_eq!(judge(&error("53300", message)), full);
        assert!(matches!(judge(b"S"), Verdict::Send(hello) if hello.starts_with(b"\x16\x03\x01")));
        assert_eq!(judge(b"S\x16\x03\x03\0\x04\x02\0\0"), Verdict::Incomplete);
        assert_eq!(judge(b"S\x16\x03\x03\0\x40\x02\0\0\x3c\x03\x03"), Verdict::Ready);
    }
}
