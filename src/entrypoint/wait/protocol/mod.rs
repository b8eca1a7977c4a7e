//! What is said first, and what the answer means: pure functions, bytes in
//! and a [`Verdict`] out. Nothing here opens a connection, and nothing
//! authenticates.

mod amqp;
mod http;
mod mysql;
mod postgres;
mod redis;
mod tls;

use super::reason::{Reason, TlsFault};
use crate::http_probe::Request;

/// A language, with what our first words in it need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// PostgreSQL's, version 3.
    Postgres {
        /// The user who is named in the start-up packet, which may not go without one.
        user: String,
        /// The database; the user's own where it is empty.
        database: String,
        /// Whether the server has to offer TLS (`sslmode=require` and above).
        tls: bool,
    },
    /// PostgreSQL's request for TLS, and the handshake after it.
    PostgresTls,
    /// MySQL's and MariaDB's: the server speaks first.
    Mysql,
    /// PostgreSQL's or MySQL's, where a setting names a port and no language.
    Database,
    /// Redis's.
    Redis,
    /// AMQP 0-9-1.
    Amqp,
    /// HTTP/1.1.
    Http {
        /// The Host header.
        host: String,
        /// The request target.
        path: String,
    },
    /// HTTP/1.1 as a proxy would pass it on to a site.
    Site {
        /// The Host header.
        host: String,
        /// The request target.
        path: String,
    },
    /// TLS from the first byte on; what is inside stays closed to us.
    Tls {
        /// The name for the server's choice of certificate.
        name: String,
    },
    /// None: that it is open is enough.
    Open,
}

/// What an answer so far means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Ready.
    Ready,
    /// Not the whole answer yet.
    Incomplete,
    /// Say this, and judge what comes.
    Send(Vec<u8>),
    /// So far so good: connect again, and speak this.
    Reconnect(Protocol),
    /// Not ready.
    NotReady(Reason),
}

/// An answer longer than this, in bytes, is none of ours.
pub(crate) const LIMIT: usize = 64 * 1024;

/// Random bytes for a ClientHello; they keep no secret, for no handshake is
/// ever finished.
pub(crate) type Salt = [u8; 96];

impl Protocol {
    /// What we say first; empty where the server does, or nobody needs to.
    pub(crate) fn opening(&self, salt: &Salt) -> Vec<u8> {
        match self {
            Self::PostgresTls => postgres::SSL_REQUEST.to_vec(),
            Self::Postgres { user, database, .. } => postgres::startup(user, database),
            Self::Database => postgres::startup("postgres", ""),
            Self::Redis => redis::PING.to_vec(),
            Self::Amqp => amqp::HEADER.to_vec(),
            Self::Http { host, path } => request(host, path, false),
            Self::Site { host, path } => request(host, path, true),
            Self::Tls { name } => tls::client_hello(name, salt),
            Self::Mysql | Self::Open => Vec::new(),
        }
    }

    /// What all the bytes received so far mean.
    pub(crate) fn judge(&self, received: &[u8], salt: &Salt) -> Verdict {
        let verdict = match self {
            Self::Postgres { tls: false, .. } => postgres::judge(received),
            // A ServerHello does not tell whether the server has started: first the server, then TLS.
            Self::Postgres { tls: true, .. } => match postgres::judge(received) {
                Verdict::Ready => Verdict::Reconnect(Self::PostgresTls),
                verdict => verdict,
            },
            Self::PostgresTls => postgres::judge_tls(received, salt),
            Self::Database => mysql::judge_if_mysql(received).unwrap_or_else(|| postgres::judge(received)),
            Self::Mysql => mysql::judge(received),
            Self::Redis => redis::judge(received),
            Self::Amqp => amqp::judge(received),
            Self::Http { .. } => http::judge(received),
            Self::Site { .. } => http::judge_site(received),
            Self::Tls { .. } => tls::judge(received),
            Self::Open => Verdict::Ready,
        };
        if verdict == Verdict::Incomplete && received.len() >= LIMIT {
            Verdict::NotReady(self.foreign(received))
        } else {
            verdict
        }
    }

    /// Whether a connection alone is enough.
    pub(crate) fn is_silent(&self) -> bool {
        *self == Self::Open
    }

    /// Why it is not ready when nothing is received.
    pub(crate) fn silence(&self) -> Reason {
        if matches!(self, Self::Tls { .. }) { Reason::Tls(TlsFault::Silent) } else { Reason::Silent }
    }

    /// Why it is not ready when it is closed before anything is received.
    pub(crate) fn closing(&self) -> Reason {
        if matches!(self, Self::Tls { .. }) { Reason::Tls(TlsFault::Closed) } else { Reason::Closed }
    }

    fn foreign(&self, received: &[u8]) -> Reason {
        Reason::Foreign { expected: self.name(), found: recognise(received) }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Postgres { .. } | Self::PostgresTls => postgres::NAME,
            Self::Mysql => mysql::NAME,
            Self::Database => "the PostgreSQL or MySQL protocol",
            Self::Redis => redis::NAME,
            Self::Amqp => amqp::NAME,
            Self::Http { .. } | Self::Site { .. } => http::NAME,
            Self::Tls { .. } => "TLS",
            Self::Open => "anything",
        }
    }
}

fn request(host: &str, target: &str, is_forwarded: bool) -> Vec<u8> {
    Request { host, target, is_forwarded }.to_bytes()
}

/// The verdict on a response in another protocol.
fn foreign(expected: &'static str, received: &[u8]) -> Verdict {
    Verdict::NotReady(Reason::Foreign { expected, found: recognise(received) })
}

/// What an answer looks like.
fn recognise(received: &[u8]) -> Option<&'static str> {
    match received {
        [b'H', b'T', b'T', b'P', b'/', ..] => Some("HTTP"),
        [b'S', b'S', b'H', b'-', ..] => Some("SSH"),
        [b'A', b'M', b'Q', b'P', ..] | [1, 0, 0, 0, 0, _, _, 0, 10, ..] => Some("AMQP"),
        [0x15 | 0x16, 3, ..] => Some("TLS"),
        [_, _, 0, 0, 10 | 0xff, ..] => Some("the MySQL protocol"),
        [b'E' | b'R', 0, 0, ..] => Some("the PostgreSQL protocol"),
        [b'+', ..] => Some("the Redis protocol"),
        [b'-', b'A'..=b'Z', b'A'..=b'Z', ..] => Some("the Redis protocol"),
        [b'2', b'2', b'0', b' ' | b'-', ..] => Some("SMTP or FTP"),
        _ => None,
    }
}

/// A big-endian number of four bytes.
fn long(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Protocol, Verdict};
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn whoever_answers_in_another_language_is_named() {
        let answers: [(&[u8], &str); 6] = [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
            (b"AMQP\0\0\x09\x01", "AMQP"),
            (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
            (b"-ERR unknown command\r\n", "the Redis protocol"),
            (b"\x4a\0\0\0\x0a8.0.35\0", "the MySQL protocol"),
        ];
        let postgres = Protocol::Postgres { user: "a".into(), database: String::new(), tls: false };
        for (answer, found) in answers {
            let expected = Reason::Foreign { expected: "the PostgreSQL protocol", found: Some(found) };
            assert_eq!(postgres.judge(answer, &[0; 96]), Verdict::NotReady(expected));
        }
    }

    #[test]
    fn an_answer_without_an_end_is_none() {
        let endless = [b'+'; LIMIT];
        let verdict = Protocol::Redis.judge(&endless, &[0; 96]);
        assert!(matches!(verdict, Verdict::NotReady(Reason::Foreign { .. })), "{verdict:?}");
    }

    #[test]
    fn a_database_of_either_kind() {
        let judge = |received: &[u8]| Protocol::Database.judge(received, &[0; 96]);
        assert_eq!(judge(b"R\0\0\0\x08\0\0\0\0"), Verdict::Ready);
        assert_eq!(judge(b"\x09\0\0\0\x0a8.0.35\0x"), Verdict::Ready);
        assert_eq!(judge(b"\x52\0\0\0\x0a8.0"), Verdict::Incomplete, "0x52 is R: a greeting of 82 bytes");
    }
}
