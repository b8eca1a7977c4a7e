//! Non-blocking connections, polling, and name resolution.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, SockaddrIn, SockaddrIn6, UnixAddr, connect, getsockopt,
    recv, send, socket, sockopt,
};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IPv4 or IPv6 address with a port.
    Internet(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// The address itself, or the loopback address for the unspecified address.
pub(super) fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

/// All addresses of a host name (`getaddrinfo(3)`), or the address itself. Blocks until
/// the name service responds, up to 10 s with musl's defaults.
pub fn resolve(name: &str, port: u16) -> Result<Vec<Address>> {
    let addresses = (name, port).to_socket_addrs()?;
    Ok(addresses.map(Address::Internet).collect())
}

/// Connects to `HOST:PORT`, and tries all addresses of the name in turn.
pub fn connect_until(endpoint: &str, deadline: Instant) -> Result<DeadlineStream> {
    let mut last_error = Error::other("the name has no address");
    for address in endpoint.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, time_left(deadline)?) {
            Ok(stream) => return Ok(DeadlineStream { stream, deadline }),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// A connection with one deadline for all its reads and writes: a peer that sends a byte now and then
/// cannot extend it.
#[derive(Debug)]
pub struct DeadlineStream {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for DeadlineStream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.stream.set_read_timeout(Some(time_left(self.deadline)?))?;
        self.stream.read(buffer).map_err(timed_out)
    }
}

impl Write for DeadlineStream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.stream.set_write_timeout(Some(time_left(self.deadline)?))?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> Result<()> {
        self.stream.flush()
    }
}

fn time_left(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// The kernel reports a timeout of `SO_RCVTIMEO` and `SO_SNDTIMEO` as EAGAIN (socket(7)).
fn timed_out(error: Error) -> Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

/// A pair of connected non-blocking sockets, for two threads. A write to one end wakes a
/// [`wait`] for the other.
pub fn nonblocking_pair() -> Result<(UnixStream, UnixStream)> {
    let (first, second) = UnixStream::pair()?;
    first.set_nonblocking(true)?;
    second.set_nonblocking(true)?;
    Ok((first, second))
}

/// A connection that is established or in progress.
#[derive(Debug)]
pub struct Connection(OwnedFd);

impl Connection {
    /// Starts to connect and returns at once. The connection is established, or has failed,
    /// when it becomes writable (`connect(2)`, EINPROGRESS).
    pub fn open(address: &Address) -> Result<Self> {
        let family = match address {
            Address::Internet(SocketAddr::V4(_)) => AddressFamily::Inet,
            Address::Internet(SocketAddr::V6(_)) => AddressFamily::Inet6,
            Address::Unix(_) => AddressFamily::Unix,
        };
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let fd = socket(family, SockType::Stream, flags, None)?;
        let raw = fd.as_raw_fd();
        let result = match address {
            Address::Internet(SocketAddr::V4(address)) => connect(raw, &SockaddrIn::from(*address)),
            Address::Internet(SocketAddr::V6(address)) => connect(raw, &SockaddrIn6::from(*address)),
            Address::Unix(path) => connect(raw, &UnixAddr::new(path)?),
        };
        match result {
            Ok(()) | Err(Errno::EINPROGRESS) => Ok(Self(fd)),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Whether a connection that became writable is established; else why it failed.
    pub fn outcome(&self) -> Result<()> {
        match getsockopt(&self.0, sockopt::SocketError)? {
            0 => Ok(()),
            errno => Err(Error::from_raw_os_error(errno)),
        }
    }

    /// Sends as much as possible without blocking. Returns the number of bytes sent.
    pub fn send(&self, bytes: &[u8]) -> Result<usize> {
        Ok(send(self.0.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL)?)
    }

    /// Receives what is available without blocking. 0 bytes: the peer has closed the
    /// connection.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<usize> {
        Ok(recv(self.0.as_raw_fd(), buffer, MsgFlags::empty())?)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The event to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Data to receive, or the end of the connection.
    Read,
    /// Space to send, or the outcome of a connect.
    Write,
}

/// Waits until at least one descriptor is ready, or `timeout` has passed; without a
/// timeout, waits forever. Returns for each descriptor whether it is ready.
pub fn wait(descriptors: &[(BorrowedFd<'_>, Interest)], timeout: Option<Duration>) -> Result<Vec<bool>> {
    let mut fds: Vec<PollFd<'_>> =
        descriptors.iter().map(|(fd, interest)| PollFd::new(*fd, poll_flags(*interest))).collect();
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

/// Rounds up to whole milliseconds: a wait of 0.3 ms must not become a busy loop.
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
    fn a_connection_is_established_and_receives_data() {
        let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0")).unwrap();
        let connection = Connection::open(&Address::Internet(listener.local_addr().unwrap())).unwrap();
        let minute = Some(Duration::from_secs(60));
        assert_eq!(wait(&[(connection.as_fd(), Interest::Write)], minute).unwrap(), [true]);
        connection.outcome().unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"hello").unwrap();
        drop(peer);
        assert_eq!(wait(&[(connection.as_fd(), Interest::Read)], minute).unwrap(), [true]);
        let mut buffer = [0; 8];
        assert_eq!(connection.receive(&mut buffer).unwrap(), 5);
        assert_eq!(connection.receive(&mut buffer).unwrap(), 0, "closed");
    }

    #[test]
    fn a_closed_port_refuses_and_a_missing_socket_is_not_found() {
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
    fn addresses_resolve_without_a_name_service() {
        for (name, address) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")] {
            assert_eq!(resolve(name, 80).unwrap(), [Address::Internet(address.parse().unwrap())]);
        }
    }

    #[test]
    fn a_short_wait_is_rounded_up() {
        assert_eq!(poll_timeout(Some(Duration::from_micros(300))), 1u8.into());
        assert_eq!(poll_timeout(None), PollTimeout::NONE);
    }
}
