//! The listening sockets of our network namespace, from the kernel's socket
//! diagnostics (`sock_diag(7)`). `/proc/net/tcp` gives the same, but for it the
//! kernel walks through the table of all connections of the host.

use super::net::{Address, reachable};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};
use std::ffi::OsStr;
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `linux/netlink.h`
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
/// `linux/sock_diag.h`
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `linux/unix_diag.h`
const UDIAG_SHOW_NAME: u32 = 1;
const UNIX_DIAG_NAME: u16 = 0;

const AF_UNIX: u8 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// The bit of TCP_LISTEN, which listening Unix sockets have as well.
const LISTENING: u32 = 1 << 10;

/// The size of `nlmsghdr`.
const HEADER: usize = 16;
/// The largest datagram that the kernel sends.
const BUFFER: usize = 32 << 10;

/// All listening TCP and Unix sockets with their inodes, without abstract Unix sockets.
/// The unspecified address is replaced by the loopback address.
pub fn listeners() -> Result<Vec<(u64, Address)>> {
    let protocol = SockProtocol::NetlinkSockDiag;
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
    let mut buffer = vec![0; BUFFER];
    let mut found = Vec::new();
    for family in [AF_INET, AF_INET6] {
        dump(&socket, &mut buffer, &inet_request(family), |message| found.extend(parse_inet(message)))?;
    }
    dump(&socket, &mut buffer, &unix_request(), |message| found.extend(parse_unix(message)))?;
    Ok(found)
}

/// Sends a request and passes each message of the response, without its header, to
/// `on_message`.
fn dump(
    socket: &OwnedFd,
    buffer: &mut [u8],
    request: &[u8],
    mut on_message: impl FnMut(&[u8]),
) -> Result<()> {
    let mut datagram = Vec::with_capacity(HEADER + request.len());
    datagram.extend(u32::try_from(HEADER + request.len()).unwrap_or_default().to_ne_bytes());
    datagram.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    datagram.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    datagram.extend([0; 8]); // sequence number and sender of the request
    datagram.extend(request);
    sendto(socket.as_raw_fd(), &datagram, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
    loop {
        let length = recv(socket.as_raw_fd(), buffer, MsgFlags::empty())?;
        let mut rest = &buffer[..length];
        while !rest.is_empty() {
            let (kind, message, after) = split_message(rest).ok_or(ErrorKind::InvalidData)?;
            match kind {
                NLMSG_DONE => return Ok(()),
                NLMSG_ERROR => return Err(parse_error(message)),
                SOCK_DIAG_BY_FAMILY => on_message(message),
                _ => {} // NLMSG_NOOP and types that this request does not produce
            }
            rest = after;
        }
    }
}

/// Splits off the first message: its type, its content, and the remaining bytes.
fn split_message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let content = bytes.get(HEADER..length)?;
    let next = length.next_multiple_of(4).min(bytes.len());
    Some((u16_at(bytes, 4)?, content, &bytes[next..]))
}

/// Parses an `nlmsgerr`, which begins with a negated errno.
fn parse_error(message: &[u8]) -> Error {
    let errno = message.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
    Errno::from_raw(errno.saturating_neg()).into()
}

/// `inet_diag_req_v2`: family, protocol, extensions, padding, states, and a socket's id.
fn inet_request(family: u8) -> Vec<u8> {
    [&[family, IPPROTO_TCP, 0, 0][..], &LISTENING.to_ne_bytes(), &[0; 48]].concat()
}

/// `inet_diag_msg`: after four bytes the socket's id, which begins with its port
/// (big-endian), the peer's port and its address.
fn parse_inet(message: &[u8]) -> Option<(u64, Address)> {
    let port = u16::from_be_bytes(*message.get(4..)?.first_chunk()?);
    let address = message.get(8..24)?;
    let address: IpAddr = match *message.first()? {
        AF_INET => Ipv4Addr::from(*address.first_chunk::<4>()?).into(),
        AF_INET6 => Ipv6Addr::from(*address.first_chunk::<16>()?).into(),
        _ => return None,
    };
    let inode = u32_at(message, 68)?;
    Some((inode.into(), Address::Internet(SocketAddr::new(reachable(address), port))))
}

/// `unix_diag_req`: family, protocol, padding, states, inode, attributes, cookie.
fn unix_request() -> Vec<u8> {
    let words = [LISTENING, 0, UDIAG_SHOW_NAME, 0, 0].map(u32::to_ne_bytes);
    [&[AF_UNIX, 0, 0, 0][..], words.as_flattened()].concat()
}

/// `unix_diag_msg`: after four bytes the inode and the cookie, then attributes.
fn parse_unix(message: &[u8]) -> Option<(u64, Address)> {
    let inode = u32_at(message, 4)?;
    let mut rest = message.get(16..)?;
    loop {
        let length = usize::from(u16_at(rest, 0)?);
        let value = rest.get(4..length)?;
        if u16_at(rest, 2)? == UNIX_DIAG_NAME {
            let path = value.strip_suffix(b"\0").unwrap_or(value);
            let path = Path::new(OsStr::from_bytes(path));
            return path.is_absolute().then(|| (inode.into(), Address::Unix(path.to_owned())));
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{listeners, parse_inet, parse_unix, split_message};
    use crate::sys::net::Address;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    fn inode(socket: &impl AsRawFd) -> u64 {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        let link = link.to_str().unwrap();
        link.strip_prefix("socket:[").unwrap().strip_suffix(']').unwrap().parse().unwrap()
    }

    #[test]
    fn finds_listening_sockets_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app 1.sock");
        let unix = UnixListener::bind(&path).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let found = match listeners() {
            Ok(found) => found,
            // A sandbox without socket diagnostics: `Process::listeners` then reads /proc.
            Err(error) => return eprintln!("no sock_diag here: {error}"),
        };
        assert!(found.contains(&(inode(&unix), Address::Unix(path))));
        assert!(found.contains(&(inode(&tcp), Address::Internet(address))));
        assert!(found.iter().all(|(other, _)| *other != inode(&client)));
        if let Ok(tcp6) = TcpListener::bind("[::1]:0") {
            assert!(is_listed(inode(&tcp6), &Address::Internet(tcp6.local_addr().unwrap())));
        }
    }

    fn is_listed(inode: u64, address: &Address) -> bool {
        listeners().unwrap().iter().any(|(other, at)| *other == inode && at == address)
    }

    #[test]
    fn truncated_messages_are_rejected() {
        assert_eq!(split_message(&[0; 15]), None);
        assert_eq!(split_message(&[0; 16]), None, "a length that is shorter than the header");
        assert_eq!(split_message(&[32, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
        for length in 0..72 {
            assert_eq!(parse_inet(&vec![2; length]), None);
        }
        for length in 0..20 {
            assert_eq!(parse_unix(&vec![0; length]), None);
        }
    }
}
