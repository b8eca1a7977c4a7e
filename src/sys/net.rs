//! Connections that never wait by themselves, and the name service.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, SockaddrIn, SockaddrIn6, UnixAddr, connect, getsockopt,
    recv, send, socket, sockopt,
};
use std::io::{Error, Result};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A port of an IPv4 or IPv6 address.
    Internet(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// All addresses of a name (`getaddrinfo(3)`), or the address itself. Waits
/// for the name service, up to 10 s with musl's defaults.
pub fn resolve(name: &str, port: u16) -> Result<Vec<Address>> {
    let found = (name, port).to_socket_addrs()?;
    Ok(found.map(Address::Internet).collect())
}

/// Connects with `HOST:PORT`, the addresses of a name one after the other;
/// connecting, each read and each write take no longer than `limit`.
pub fn connect_blocking(place: &str, limit: Duration) -> Result<TcpStream> {
    let mut last = Error::other("the name has no address");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(stream) => {
                stream.set_read_timeout(Some(limit))?;
                stream.set_write_timeout(Some(limit))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Two ends of a line between threads, neither of which ever waits: what one
/// writes wakes a [`wait`] for the other.
pub fn nonblocking_pair() -> Result<(UnixStream, UnixStream)> {
    let (one, other) = UnixStream::pair()?;
    one.set_nonblocking(true)?;
    other.set_nonblocking(true)?;
    Ok((one, other))
}

/// A connection, or one that is coming about.
#[derive(Debug)]
pub struct Connection(OwnedFd);

impl Connection {
    /// Asks for a connection and does not wait for it: it has come about, or
    /// failed, when it is writable (`connect(2)`, EINPROGRESS).
    pub fn open(address: &Address) -> Result<Self> {
        let family = match address {
            Address::Internet(SocketAddr::V4(_)) => AddressFamily::Inet,
            Address::Internet(SocketAddr::V6(_)) => AddressFamily::Inet6,
            Address::Unix(_) => AddressFamily::Unix,
        };
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let fd = socket(family, SockType::Stream, flags, None)?;
        let raw = fd.as_raw_fd();
        let asked = match address {
            Address::Internet(SocketAddr::V4(address)) => connect(raw, &SockaddrIn::from(*address)),
            Address::Internet(SocketAddr::V6(address)) => connect(raw, &SockaddrIn6::from(*address)),
            Address::Unix(path) => connect(raw, &UnixAddr::new(path)?),
        };
        match asked {
            Ok(()) | Err(Errno::EINPROGRESS) => Ok(Self(fd)),
            Err(errno) => Err(errno.into()),
        }
    }

    /// What became of a connection that is writable now.
    pub fn outcome(&self) -> Result<()> {
        match getsockopt(&self.0, sockopt::SocketError)? {
            0 => Ok(()),
            errno => Err(Error::from_raw_os_error(errno)),
        }
    }

    /// Sends what can be sent now; how many bytes that was.
    pub fn send(&self, bytes: &[u8]) -> Result<usize> {
        Ok(send(self.0.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL)?)
    }

    /// Receives what is there; 0 bytes where the other side has closed.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<usize> {
        Ok(recv(self.0.as_raw_fd(), buffer, MsgFlags::empty())?)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Something to receive, or the end.
    Read,
    /// Room to send, or the outcome of a connection.
    Write,
}

/// Waits until one of them can go on, no longer than `timeout` (for ever
/// where there is none); which of them can, one answer for each.
pub fn wait(these: &[(BorrowedFd<'_>, Interest)], timeout: Option<Duration>) -> Result<Vec<bool>> {
    let mut fds: Vec<PollFd<'_>> =
        these.iter().map(|(fd, interest)| PollFd::new(*fd, poll_flags(*interest))).collect();
    match poll(&mut fds, poll_timeout(timeout)) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    Ok(fds.iter().map(|fd| fd.any().unwrap_or(false)).collect())
}

fn poll_flags(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::POLLIN,
        Interest::Write => PollFlags::POLLOUT,
    }
}

/// Rounded up to whole milliseconds: a wait of 0.3 ms must not spin.
fn poll_timeout(timeout: Option<Duration>) -> PollTimeout {
    let Some(timeout) = timeout else { return PollTimeout::NONE };
    let milliseconds = timeout.as_micros().div_ceil(1000);
    i32::try_from(milliseconds).ok().and_then(|ms| PollTimeout::try_from(ms).ok()).unwrap_or(PollTimeout::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Address, Connection, Interest, poll_timeout, resolve, wait};
    use nix::poll::PollTimeout;
    use std::io::Write;
    use std::net::TcpListener;
    use std::os::fd::AsFd;
    use std::time::Duration;

    #[test]
    fn a_connection_comes_about_and_hears() {
        let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0")).unwrap();
        let connection = Connection::open(&Address::Internet(listener.local_addr().unwrap())).unwrap();
        let minute = Some(Duration::from_secs(60));
        assert_eq!(wait(&[(connection.as_fd(), Interest::Write)], minute).unwrap(), [true]);
        connection.outcome().unwrap();
        let (mut other, _) = listener.accept().unwrap();
        other.write_all(b"hello").unwrap();
        drop(other);
        assert_eq!(wait(&[(connection.as_fd(), Interest::Read)], minute).unwrap(), [true]);
        let mut buffer = [0; 8];
        assert_eq!(connection.receive(&mut buffer).unwrap(), 5);
        assert_eq!(connection.receive(&mut buffer).unwrap(), 0, "closed");
    }

    #[test]
    fn a_closed_port_is_refused_and_a_missing_socket_is_not_there() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let outcome = Connection::open(&Address::Internet(address)).and_then(|connection| {
            wait(&[(connection.as_fd(), Interest::Write)], None)?;
            connection.outcome()
        });
        assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
        let missing = Connection::open(&Address::Unix("/nonexistent/x".into()));
        assert_eq!(missing.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }

    #[test]
    fn addresses_need_no_name_service() {
        for (name, address) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
            assert_eq!(resolve(name, 80).unwrap(), [Address::Internet(address.parse().unwrap())]);
        }
    }

    #[test]
    fn a_short_wait_is_no_spin() {
        assert_eq!(poll_timeout(Some(Duration::from_micros(300))), 1u8.into());
        assert_eq!(poll_timeout(None), PollTimeout::NONE);
    }
}
