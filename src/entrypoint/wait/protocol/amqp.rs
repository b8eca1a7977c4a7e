//! AMQP 0-9-1: its specification, sections 4.2.2 and 4.2.3, and Connection.Start.

use super::{Verdict, foreign, parse_u32};

pub(super) const NAME: &str = "AMQP 0-9-1";

/// The protocol header of version 0-9-1.
pub(super) const HEADER: &[u8] = b"AMQP\0\0\x09\x01";

/// A method frame on channel 0.
const FRAME: [u8; 3] = [1, 0, 0];
/// Class Connection, method Start.
const START: [u8; 4] = [0, 10, 0, 10];
/// The last byte of every frame.
const END: u8 = 0xce;

/// The server's Start means ready; a protocol header means another version.
pub(super) fn judge(received: &[u8]) -> Verdict {
    let known = received.len().min(FRAME.len());
    if received[..known] != FRAME[..known] {
        return foreign(NAME, received);
    }
    let Some(size) = received.get(3..).and_then(parse_u32) else { return Verdict::Incomplete };
    if !(START.len()..super::LIMIT - 8).contains(&size) {
        return foreign(NAME, received);
    }
    match received.get(7..8 + size) {
        None => Verdict::Incomplete,
        Some([body @ .., END]) if body.starts_with(&START) => Verdict::Ready,
        Some(_) => foreign(NAME, received),
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::entrypoint::wait::protocol::{LIMIT, Verdict};
    use crate::entrypoint::wait::reason::Reason;

    #[test]
    fn a_complete_start_is_ready() {
        let start = b"\x01\0\0\0\0\0\x06\0\x0a\0\x0a\0\x09\xce";
        assert_eq!(judge(start), Verdict::Ready);
        for cut in 0..start.len() {
            assert_eq!(judge(&start[..cut]), Verdict::Incomplete, "{cut}");
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_of_another_protocol() {
        let frame = |size: usize| {
            let size = u32::try_from(size).unwrap().to_be_bytes();
            judge(&[&b"\x01\0\0"[..], &size].concat())
        };
        assert_eq!(frame(LIMIT - 9), Verdict::Incomplete);
        assert!(matches!(frame(LIMIT - 8), Verdict::NotReady(Reason::Foreign { .. })));
    }

    #[test]
    fn another_version_or_frame_is_not_ready() {
        for response in
            [&b"AMQP\0\x01\0\0"[..], b"\x01\0\0\0\0\0\x04\0\x0a\0\x32\xce", b"\x01\0\0\xff\0\0\0", b"+"]
        {
            assert!(matches!(judge(response), Verdict::NotReady(Reason::Foreign { .. })), "{response:?}");
        }
    }
}
