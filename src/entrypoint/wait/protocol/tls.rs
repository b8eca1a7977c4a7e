//! TLS: a ClientHello for versions 1.3 (RFC 8446 section 4.1.2) and 1.2 (RFC
//! 5246), and the first record of the response.

use super::{Salt, Verdict, recognise};
use crate::entrypoint::wait::reason::{Reason, TlsFault};
use std::net::IpAddr;

/// Suites of TLS 1.3, then of TLS 1.2 with ECDSA and RSA.
const SUITES: [u16; 11] =
    [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca9, 0xcca8, 0x009c, 0x002f];
/// X25519, secp256r1, secp384r1.
const GROUPS: [u16; 3] = [0x001d, 0x0017, 0x0018];
/// ECDSA, RSA-PSS and RSA with SHA-256 to SHA-512, Ed25519.
const SIGNATURES: [u16; 10] =
    [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807];
/// TLS 1.3 and 1.2.
const VERSIONS: [u16; 2] = [0x0304, 0x0303];

const HANDSHAKE: u8 = 0x16;
const ALERT: u8 = 0x15;
const SERVER_HELLO: u8 = 2;

/// A ClientHello as one record. `name` becomes server_name unless it is empty, an
/// address or a path (RFC 6066 section 3).
pub(super) fn client_hello(name: &str, salt: &Salt) -> Vec<u8> {
    let (random, rest) = salt.split_at(32);
    let (session, share) = rest.split_at(32);
    let mut extensions = Vec::new();
    if is_server_name(name) {
        extensions
            .extend(extension(0, &with_u16_length(&[&[0], &with_u16_length(name.as_bytes())[..]].concat())));
    }
    extensions.extend(extension(10, &with_u16_length(&to_be_bytes(&GROUPS))));
    extensions.extend(extension(11, &[1, 0])); // uncompressed points
    extensions.extend(extension(13, &with_u16_length(&to_be_bytes(&SIGNATURES))));
    extensions.extend(extension(43, &with_u8_length(&to_be_bytes(&VERSIONS))));
    // Any 32 bytes are a point of X25519 (RFC 7748 section 5).
    extensions.extend(extension(51, &with_u16_length(&[&[0, 0x1d], &with_u16_length(share)[..]].concat())));
    let body = [
        &[3, 3][..],
        random,
        &with_u8_length(session),
        &with_u16_length(&to_be_bytes(&SUITES)),
        &[1, 0], // no compression
        &with_u16_length(&extensions),
    ]
    .concat();
    let handshake = [&[1, 0][..], &with_u16_length(&body)].concat();
    [&[HANDSHAKE, 3, 1][..], &with_u16_length(&handshake)].concat()
}

/// A ServerHello means ready: what follows it is encrypted.
pub(super) fn judge(received: &[u8]) -> Verdict {
    match received {
        [] | [HANDSHAKE] | [HANDSHAKE, 3] | [HANDSHAKE, 3, _] | [HANDSHAKE, 3, _, _] => Verdict::Incomplete,
        [HANDSHAKE, 3, _, _, _] => Verdict::Incomplete,
        // The message's type, its length, and the version of ServerHello.
        [HANDSHAKE, 3, _, _, _, SERVER_HELLO, _, _, _, 3, _, ..] => Verdict::Ready,
        [HANDSHAKE, 3, _, _, _, SERVER_HELLO, rest @ ..] if rest.len() < 5 => Verdict::Incomplete,
        [ALERT] | [ALERT, 3] => Verdict::Incomplete,
        [ALERT, 3, _, _, _, _, number, ..] => Verdict::NotReady(Reason::Tls(TlsFault::Alert(*number))),
        [ALERT, 3, ..] => Verdict::Incomplete,
        _ => Verdict::NotReady(Reason::Tls(TlsFault::Plain(recognise(received)))),
    }
}

fn is_server_name(name: &str) -> bool {
    let address = name.split('%').next().is_some_and(|name| name.parse::<IpAddr>().is_ok());
    !name.is_empty() && name.len() < 256 && name.is_ascii() && !name.contains('/') && !address
}

fn extension(number: u16, content: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &with_u16_length(content)].concat()
}

fn to_be_bytes(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The content after its length in one byte.
fn with_u8_length(content: &[u8]) -> Vec<u8> {
    [&[u8::try_from(content.len()).unwrap_or(u8::MAX)], content].concat()
}

/// The content after its length in two bytes.
fn with_u16_length(content: &[u8]) -> Vec<u8> {
    [&u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes()[..], content].concat()
}

#[cfg(test)]
mod tests {
    use super::{SUITES, client_hello, is_server_name, judge};
    use crate::entrypoint::wait::protocol::Verdict;
    use crate::entrypoint::wait::reason::{Reason, TlsFault};

    #[test]
    fn the_lengths_in_a_client_hello_are_right() {
        for name in ["", "cache", "10.0.0.1", "::1", "fe80::1%eth0"] {
            let hello = client_hello(name, &[7; 96]);
            let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
            let handshake = usize::from(u16::from_be_bytes([hello[7], hello[8]]));
            assert_eq!((record, handshake), (hello.len() - 5, hello.len() - 9));
            let named = hello.windows(name.len().max(1)).any(|window| window == name.as_bytes());
            assert_eq!(named, name == "cache", "only a name is sent: {name}");
        }
    }

    #[test]
    fn the_session_and_the_suites_follow_the_random_bytes() {
        let hello = client_hello("cache", &[7; 96]);
        let (start, rest) = hello[11..].split_at(32);
        assert_eq!((start, rest[0]), (&[7; 32][..], 32));
        let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let length = u16::try_from(suites.len()).unwrap().to_be_bytes();
        assert!(rest[33..].starts_with(&[&length[..], &suites, &[1, 0]].concat()));
    }

    #[test]
    fn a_server_name_is_neither_an_address_nor_a_path() {
        assert!(is_server_name("cache") && is_server_name(&"x".repeat(255)));
        for other in ["", "10.0.0.1", "fe80::1%eth0", "/run/x", "caf\u{e9}", &"x".repeat(256)] {
            assert!(!is_server_name(other), "{other}");
        }
    }

    #[test]
    fn a_server_hello_is_ready() {
        let response = b"\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03";
        assert_eq!(judge(response), Verdict::Ready);
        for cut in 0..response.len() {
            assert_eq!(judge(&response[..cut]), Verdict::Incomplete, "{cut}");
        }
    }

    #[test]
    fn alerts_and_plain_text() {
        let alert = b"\x15\x03\x03\0\x02\x02\x28";
        assert_eq!(judge(alert), Verdict::NotReady(Reason::Tls(TlsFault::Alert(40))));
        for cut in 0..alert.len() {
            assert_eq!(judge(&alert[..cut]), Verdict::Incomplete, "{cut}");
        }
        let other_version = judge(b"\x16\x03\x03\0\x7a\x02\0\0\x76\x04\x03");
        assert_eq!(other_version, Verdict::NotReady(Reason::Tls(TlsFault::Plain(Some("TLS")))));
        let plain = judge(b"HTTP/1.1 400 Bad Request\r\n");
        assert_eq!(plain, Verdict::NotReady(Reason::Tls(TlsFault::Plain(Some("HTTP")))));
    }
}
