//! Why a service is not ready.

use std::fmt;

/// Why a service is not ready, in the order of the layers: of several addresses
/// the one that got furthest gives the reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// No response of the name service, or a temporary failure.
    Unresolved,
    NameNotFound,
    /// No such file or socket.
    Absent,
    /// No permission for the socket.
    Forbidden,
    /// No route to the host.
    Unreachable,
    /// No response to the connection request.
    Unanswered,
    /// The port is closed, or no process listens on the socket.
    Refused,
    /// Closed before any byte of a response.
    Closed,
    /// Connected, and no byte of a response.
    Silent,
    /// The response is incomplete.
    Half,
    /// The TLS handshake fails.
    Tls(TlsFault),
    /// The response is of another protocol.
    Foreign {
        expected: &'static str,
        /// What it looks like, if it is known.
        found: Option<&'static str>,
    },
    /// An HTTP status that does not mean ready.
    Status(u16),
    /// The server refuses clients, with its error message.
    Refusing {
        message: String,
    },
    /// The server is starting up, with its error message.
    Starting {
        message: String,
    },
}

/// Why a TLS handshake fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsFault {
    /// No response to the ClientHello.
    Silent,
    /// The connection is closed after the ClientHello.
    Closed,
    /// The server does not support TLS (PostgreSQL's `N`).
    NotOffered,
    /// A response that is not TLS; what it looks like, if it is known.
    Plain(Option<&'static str>),
    /// The number of a fatal alert (RFC 8446 section 6).
    Alert(u8),
}

/// The longest part of a server's message that is shown, in characters.
const LONGEST_MESSAGE: usize = 160;

impl Reason {
    /// A server's message as one short line without control characters. It cannot
    /// contain a password, since no probe sends one.
    pub(crate) fn printable(bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_MESSAGE).collect()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => f.write_str("the name service does not respond"),
            Self::NameNotFound => f.write_str("name not found"),
            Self::Absent => f.write_str("does not exist"),
            Self::Forbidden => f.write_str("permission denied"),
            Self::Unreachable => f.write_str("no route to host"),
            Self::Unanswered => f.write_str("no response to the connection request"),
            Self::Refused => f.write_str("connection refused"),
            Self::Closed => f.write_str("closes the connection without a response"),
            Self::Silent => f.write_str("accepts connections but does not respond"),
            Self::Half => f.write_str("sends an incomplete response"),
            Self::Tls(fault) => write!(f, "TLS: {fault}"),
            Self::Foreign { expected, found: Some(found) } => {
                write!(f, "wrong protocol: expected {expected}, got {found}")
            }
            Self::Foreign { expected, found: None } => {
                write!(f, "wrong protocol: expected {expected}, got an unknown protocol")
            }
            Self::Status(status) => write!(f, "responds with HTTP status {status}"),
            Self::Refusing { message } => write!(f, "refuses the connection: {message}"),
            Self::Starting { message } => write!(f, "starting up: {message}"),
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("the server does not respond to the handshake"),
            Self::Closed => f.write_str("the server closes the connection during the handshake"),
            Self::NotOffered => f.write_str("the server does not support it"),
            Self::Plain(Some(found)) => write!(f, "the response is {found} without TLS"),
            Self::Plain(None) => f.write_str("the response is not TLS"),
            Self::Alert(number) => match alert_name(*number) {
                Some(name) => write!(f, "the server sends the alert {name}"),
                None => write!(f, "the server sends the alert {number}"),
            },
        }
    }
}

/// The alerts that a server sends after a ClientHello.
fn alert_name(number: u8) -> Option<&'static str> {
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
    use super::{Reason, TlsFault};

    #[test]
    fn reasons_are_in_the_order_of_the_layers() {
        let starting = Reason::Starting { message: String::new() };
        assert!(
            Reason::NameNotFound < Reason::Refused
                && Reason::Refused < Reason::Silent
                && Reason::Silent < starting
        );
    }

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        for (number, name) in [
            (40, "handshake_failure"),
            (42, "bad_certificate"),
            (47, "illegal_parameter"),
            (50, "decode_error"),
            (70, "protocol_version"),
            (71, "insufficient_security"),
            (80, "internal_error"),
            (112, "unrecognized_name"),
            (120, "no_application_protocol"),
            (255, "255"),
        ] {
            assert_eq!(TlsFault::Alert(number).to_string(), format!("the server sends the alert {name}"));
        }
    }

    #[test]
    fn a_message_is_one_short_line() {
        assert_eq!(Reason::printable(b" not\nyet\x1b[0m\xff "), "not yet [0m\u{fffd}");
        assert_eq!(Reason::printable(&[b'x'; 500]).len(), 160);
    }
}
