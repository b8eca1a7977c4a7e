//! What a probe sends first and what the response means: pure functions from
//! bytes to a [`Verdict`]. Nothing here opens a connection or authenticates.

mod amqp;
mod http;
mod mysql;
mod postgres;
mod redis;
mod tls;

use super::reason::{Reason, TlsFault};
use crate::http_probe::Request;

/// The protocol of a service, with what the first packet needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Version 3 of PostgreSQL's protocol.
    Postgres {
        /// A start-up packet has to name a user.
        user: String,
        /// Where it is empty, the database with the user's name.
        database: String,
        /// Whether the server has to support TLS (`sslmode=require` and above).
        tls: bool,
    },
    /// PostgreSQL's SSLRequest and the TLS handshake after it.
    PostgresTls,
    /// MySQL and MariaDB: the server sends first.
    Mysql,
    /// PostgreSQL or MySQL, where a setting names a port and no protocol.
    Database,
    Redis,
    /// AMQP 0-9-1.
    Amqp,
    /// An HTTP service.
    Http {
        /// The Host header.
        host: String,
        /// The request target.
        path: String,
    },
    /// The app's own web server, with a request as a proxy sends it.
    Site {
        /// The Host header.
        host: String,
        /// The request target.
        path: String,
    },
    /// TLS from the first byte on; the protocol inside is not probed.
    Tls {
        /// The name in the server_name extension.
        name: String,
    },
    /// Any protocol: a connection is enough.
    Open,
}

/// What the bytes received so far mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Ready,
    /// The response is incomplete.
    Incomplete,
    /// Send these bytes, then judge all that is received.
    Send(Vec<u8>),
    /// Ready so far: probe this protocol on a new connection.
    Reconnect(Protocol),
    NotReady(Reason),
}

/// A longer response, in bytes, is of another protocol.
pub(crate) const LIMIT: usize = 64 * 1024;

/// Random bytes for a ClientHello. They protect nothing, since no handshake is
/// completed.
pub(crate) type Salt = [u8; 96];

impl Protocol {
    /// What the probe sends first; empty where the server sends first, or nothing is sent.
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

    /// Judges all the bytes received so far.
    pub(crate) fn judge(&self, received: &[u8], salt: &Salt) -> Verdict {
        let verdict = match self {
            Self::Postgres { tls: false, .. } => postgres::judge(received),
            // A server that is starting up sends a ServerHello too: so first the server, then TLS.
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

    /// Whether a connection is enough.
    pub(crate) fn is_ready_when_connected(&self) -> bool {
        *self == Self::Open
    }

    /// Why it is not ready as long as nothing is received.
    pub(crate) fn silent_reason(&self) -> Reason {
        if matches!(self, Self::Tls { .. }) { Reason::Tls(TlsFault::Silent) } else { Reason::Silent }
    }

    /// Why it is not ready when it is closed before anything is received.
    pub(crate) fn closed_reason(&self) -> Reason {
        if matches!(self, Self::Tls { .. }) { Reason::Tls(TlsFault::Closed) } else { Reason::Closed }
    }

    fn foreign(&self, received: &[u8]) -> Reason {
        Reason::Foreign { expected: self.name(), found: recognise(received) }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Postgres { .. } | Self::PostgresTls => postgres::NAME,
            Self::Mysql => mysql::NAME,
            Self::Database => "PostgreSQL or MySQL",
            Self::Redis => redis::NAME,
            Self::Amqp => amqp::NAME,
            Self::Http { .. } | Self::Site { .. } => http::NAME,
            Self::Tls { .. } => "TLS",
            Self::Open => "any protocol",
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

/// The protocol that a response looks like.
fn recognise(received: &[u8]) -> Option<&'static str> {
    match received {
        [b'H', b'T', b'T', b'P', b'/', ..] => Some("HTTP"),
        [b'S', b'S', b'H', b'-', ..] => Some("SSH"),
        [b'A', b'M', b'Q', b'P', ..] | [1, 0, 0, 0, 0, _, _, 0, 10, ..] => Some("AMQP"),
        [0x15 | 0x16, 3, ..] => Some("TLS"),
        [_, _, 0, 0, 10 | 0xff, ..] => Some("MySQL"),
        [b'E' | b'R', 0, 0, ..] => Some("PostgreSQL"),
        [b'+', ..] => Some("Redis"),
        [b'-', b'A'..=b'Z', b'A'..=b'Z', ..] => Some("Redis"),
        [b'2', b'2', b'0', b' ' | b'-', ..] => Some("SMTP or FTP"),
        _ => None,
    }
}

/// A big-endian number of four bytes.
fn parse_u32(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Protocol, Verdict};
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn another_protocol_is_named() {
        let responses: [(&[u8], &str); 7] = [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
            (b"AMQP\0\0\x09\x01", "AMQP"),
            (b"\x15\x03\x01\0\x02\x02\x46", "TLS"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
            (b"-ERR unknown command\r\n", "Redis"),
            (b"220 mail.example.org ESMTP\r\n", "SMTP or FTP"),
            (b"\x4a\0\0\0\x0a8.0.35\0", "MySQL"),
        ];
        let postgres = Protocol::Postgres { user: "a".into(), database: String::new(), tls: false };
        for (response, found) in responses {
            let expected = Reason::Foreign { expected: "PostgreSQL", found: Some(found) };
            assert_eq!(postgres.judge(response, &[0; 96]), Verdict::NotReady(expected));
        }
    }

    #[test]
    fn only_a_client_that_speaks_first_sends_an_opening() {
        let opening = |protocol: Protocol| protocol.opening(&[0; 96]);
        let http = Protocol::Http { host: "h:1".to_owned(), path: "/x".to_owned() };
        assert!(opening(http.clone()).starts_with(b"GET /x HTTP/1."));
        assert_eq!(opening(Protocol::Mysql), b"");
        assert!(Protocol::Open.is_ready_when_connected() && !http.is_ready_when_connected());
    }

    #[test]
    fn names_of_protocols() {
        let host = || "h".to_owned();
        for (protocol, name) in [
            (Protocol::PostgresTls, "PostgreSQL"),
            (Protocol::Mysql, "MySQL"),
            (Protocol::Database, "PostgreSQL or MySQL"),
            (Protocol::Redis, "Redis"),
            (Protocol::Amqp, "AMQP 0-9-1"),
            (Protocol::Http { host: host(), path: "/".to_owned() }, "HTTP"),
            (Protocol::Tls { name: host() }, "TLS"),
            (Protocol::Open, "any protocol"),
        ] {
            assert_eq!(protocol.name(), name);
        }
        let found = |response: &[u8]| Protocol::Amqp.foreign(response);
        let amqp = |found| Reason::Foreign { expected: "AMQP 0-9-1", found };
        assert_eq!(found(b"R\0\0\0\x08"), amqp(Some("PostgreSQL")));
        assert_eq!(found(b"+PONG\r\n"), amqp(Some("Redis")));
        assert_eq!(found(b"hello"), amqp(None));
    }

    #[test]
    fn an_endless_response_is_of_another_protocol() {
        let endless = [b'+'; LIMIT];
        let verdict = Protocol::Redis.judge(&endless, &[0; 96]);
        assert!(matches!(verdict, Verdict::NotReady(Reason::Foreign { .. })), "{verdict:?}");
    }

    #[test]
    fn a_database_of_unknown_kind() {
        let judge = |received: &[u8]| Protocol::Database.judge(received, &[0; 96]);
        assert_eq!(judge(b"R\0\0\0\x08\0\0\0\0"), Verdict::Ready);
        assert_eq!(judge(b"\x09\0\0\0\x0a8.0.35\0x"), Verdict::Ready);
        assert_eq!(judge(b"\x52\0\0\0\x0a8.0"), Verdict::Incomplete, "0x52 is R: a greeting of 82 bytes");
    }
}
