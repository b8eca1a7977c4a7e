//! Why something is not ready, a layer at a time.

use std::fmt;

/// Why something is not ready. In order of the layers: where several
/// addresses were tried, the one that got furthest tells most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The name service has not answered yet, or can't.
    Unresolved,
    /// The name service knows no such name.
    NameNotFound,
    /// No such file or socket.
    Absent,
    /// We may not go there (a socket of another user).
    Forbidden,
    /// The network has no way there.
    Unreachable,
    /// Nothing answers to the request for a connection.
    Unanswered,
    /// The port is closed, or nobody listens on the socket.
    Refused,
    /// It was open, and was closed before anything was said.
    Closed,
    /// It is open and says nothing.
    Silent,
    /// It stopped in the middle of its answer.
    Half,
    /// It is open, but no TLS comes about.
    Tls(TlsFault),
    /// It speaks, but something else.
    Foreign {
        /// What was expected.
        expected: &'static str,
        /// What it looks like, where that can be told.
        found: Option<&'static str>,
    },
    /// An HTTP status that is no sign of readiness.
    Status(u16),
    /// The right protocol, and it says that it does not want us.
    Refusing {
        /// Its own words.
        said: String,
    },
    /// The right protocol, and it says that it is starting up.
    Starting {
        /// Its own words.
        said: String,
    },
}

/// Why no TLS came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsFault {
    /// It does not answer the first packet.
    Silent,
    /// It closes the connection at the first packet.
    Closed,
    /// The server said that it has none (PostgreSQL's `N`).
    NotOffered,
    /// An answer that is not TLS; what it looks like, where that can be told.
    Plain(Option<&'static str>),
    /// A fatal alert (RFC 8446 section 6); its number.
    Alert(u8),
}

/// How much of a server's own words is shown, in characters.
const WORDS: usize = 160;

impl Reason {
    /// A server's words: one line, no control characters, not too long. They
    /// can't hold a password, for it was never told one.
    pub(crate) fn words(bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => f.write_str("the name service does not answer"),
            Self::NameNotFound => f.write_str("name not found"),
            Self::Absent => f.write_str("is not there"),
            Self::Forbidden => f.write_str("permission denied"),
            Self::Unreachable => f.write_str("no route to it"),
            Self::Unanswered => f.write_str("no answer to the connection"),
            Self::Refused => f.write_str("connection refused"),
            Self::Closed => f.write_str("closes the connection without an answer"),
            Self::Silent => f.write_str("is open but does not answer"),
            Self::Half => f.write_str("stops in the middle of its answer"),
            Self::Tls(fault) => write!(f, "TLS: {fault}"),
            Self::Foreign { expected, found: Some(found) } => {
                write!(f, "wrong protocol: answers in {found}, not in {expected}")
            }
            Self::Foreign { expected, found: None } => {
                write!(f, "wrong protocol: does not answer in {expected}")
            }
            Self::Status(status) => write!(f, "answers with HTTP status {status}"),
            Self::Refusing { said } => write!(f, "refuses: {said}"),
            Self::Starting { said } => write!(f, "starting up: {said}"),
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("the server does not answer the handshake"),
            Self::Closed => f.write_str("the server closes the connection at the handshake"),
            Self::NotOffered => f.write_str("the server offers none"),
            Self::Plain(Some(found)) => write!(f, "answers in {found} without TLS"),
            Self::Plain(None) => f.write_str("the answer is no TLS"),
            Self::Alert(number) => match alert(*number) {
                Some(name) => write!(f, "the server sends the alert {name}"),
                None => write!(f, "the server sends the alert {number}"),
            },
        }
    }
}

/// The alerts that answer a first packet.
fn alert(number: u8) -> Option<&'static str> {
    Some(match number {
        40 => "handshake_failure",
        42 => "bad_certificate",
        47 => "illegal_parameter",
        50 => "decode_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        112 => "unrecognized_name",
        120 => "no_application_protocol",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn the_layers_are_in_order() {
        let starting = Reason::Starting { said: String::new() };
        assert!(
            Reason::NameNotFound < Reason::Refused
                && Reason::Refused < Reason::Silent
                && Reason::Silent < starting
        );
    }

    #[test]
    fn words_stay_one_short_line() {
        assert_eq!(Reason::words(b" not\nyet\x1b[0m\xff "), "not yet [0m\u{fffd}");
        assert_eq!(Reason::words(&[b'x'; 500]).len(), 160);
    }
}
