//! One attempt at one endpoint: probes of all its addresses at once, until one
//! of them is ready or none can become ready.

use super::protocol::{Protocol, Salt, Verdict};
use super::reason::Reason;
use super::schedule::SLOW_PROBE_TIMEOUT;
use super::target::{Endpoint, EndpointAddress};
use crate::sys::files;
use crate::sys::net::{Address, Connection, Interest, resolve, wait};
use std::io::{Error, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How often a running attempt checks whether it is cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(200);

/// How an attempt is made.
pub(super) struct Attempt<'a> {
    /// How long it may take; the time for name resolution is not counted.
    pub(super) timeout: Duration,
    /// Random bytes.
    pub(super) salt: &'a Salt,
    /// Receives the reason that holds if the attempt is cancelled now.
    pub(super) progress: &'a dyn Fn(Reason),
    pub(super) is_cancelled: &'a dyn Fn() -> bool,
}

/// Why an attempt failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AttemptError {
    pub(super) reason: Reason,
    /// Whether a probe had no final response within the timeout.
    pub(super) timed_out: bool,
}

/// Probes without a response that stay open from one attempt to the next, one
/// for each address at most: a slow server responds on the old connection,
/// another one only on a new one.
#[derive(Default)]
pub(super) struct SlowProbes(Vec<Probe>);

impl SlowProbes {
    fn remove_expired(&mut self, addresses: &[Address]) {
        self.0.retain(|probe| {
            addresses.contains(&probe.address) && probe.opened.elapsed() < SLOW_PROBE_TIMEOUT
        });
    }

    fn keep(&mut self, probe: Probe) {
        if self.0.iter().all(|slow| slow.address != probe.address) {
            self.0.push(probe);
        }
    }
}

impl Attempt<'_> {
    /// Resolves the endpoint's name and probes its addresses.
    pub(super) fn run(&self, endpoint: &Endpoint, slow: &mut SlowProbes) -> Result<(), AttemptError> {
        let failed = |reason| AttemptError { reason, timed_out: false };
        let addresses = match &endpoint.place {
            EndpointAddress::File(path) if files::exists(path) => return Ok(()),
            EndpointAddress::File(_) => return Err(failed(Reason::Absent)),
            EndpointAddress::Socket(path) => vec![Address::Unix(path.clone())],
            EndpointAddress::Host { name, port } => {
                (self.progress)(Reason::Unresolved);
                resolve(name, *port).map_err(|error| failed(resolve_reason(&error)))?
            }
        };
        (self.progress)(Reason::Unanswered);
        self.probe(&addresses, &endpoint.protocol, slow)
    }

    /// Probes all addresses at once, until one is ready.
    pub(super) fn probe(
        &self,
        addresses: &[Address],
        protocol: &Protocol,
        slow: &mut SlowProbes,
    ) -> Result<(), AttemptError> {
        let deadline = Instant::now() + self.timeout;
        let mut error = AttemptError { reason: Reason::Unresolved, timed_out: false };
        let mut probes = Vec::new();
        for address in addresses {
            match Probe::open(address, protocol) {
                Ok(probe) => probes.push(probe),
                Err(reason) => error.add(reason),
            }
        }
        slow.remove_expired(addresses);
        while !probes.is_empty() && !(self.is_cancelled)() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let interests: Vec<_> = probes.iter().chain(&slow.0).map(Probe::interest).collect();
            let woken = wait(&interests, Some(left.min(CANCEL_CHECK)))
                .unwrap_or_else(|_| vec![true; interests.len()]);
            let (woken, woken_slow) = woken.split_at(probes.len());
            if self.advance(&mut probes, woken, &mut error)
                || self.advance(&mut slow.0, woken_slow, &mut error)
            {
                return Ok(());
            }
            if let Some(reason) = probes.iter().map(Probe::pending_reason).max() {
                (self.progress)(reason);
            }
        }
        for probe in probes {
            error.add(probe.pending_reason());
            error.timed_out = true;
            slow.keep(probe);
        }
        Err(error)
    }

    /// Advances the woken probes and removes those that fail; whether one is ready.
    fn advance(&self, probes: &mut Vec<Probe>, woken: &[bool], error: &mut AttemptError) -> bool {
        let mut is_ready = false;
        let mut woken = woken.iter();
        probes.retain_mut(|probe| match woken.next() {
            Some(true) => match probe.step(self.salt) {
                Step::Ready => {
                    is_ready = true;
                    false
                }
                Step::NotReady(reason) => {
                    error.add(reason);
                    false
                }
                Step::Pending => true,
            },
            _ => true,
        });
        is_ready
    }
}

impl AttemptError {
    /// Keeps the reason of the address that got furthest.
    fn add(&mut self, reason: Reason) {
        if reason > self.reason {
            self.reason = reason;
        }
    }
}

/// One connection, what is sent on it and what it receives.
struct Probe {
    address: Address,
    connection: Connection,
    protocol: Protocol,
    is_connected: bool,
    opened: Instant,
    to_send: Vec<u8>,
    received: Vec<u8>,
}

/// What one event means for a probe.
enum Step {
    Ready,
    Pending,
    NotReady(Reason),
}

impl Probe {
    fn open(address: &Address, protocol: &Protocol) -> Result<Self, Reason> {
        let connection = Connection::open(address).map_err(|error| connect_reason(&error))?;
        let (to_send, received) = (Vec::new(), Vec::new());
        let (address, protocol) = (address.clone(), protocol.clone());
        let opened = Instant::now();
        Ok(Self { address, connection, protocol, is_connected: false, opened, to_send, received })
    }

    fn interest(&self) -> (BorrowedFd<'_>, Interest) {
        let is_reading = self.is_connected && self.to_send.is_empty();
        (self.connection.as_fd(), if is_reading { Interest::Read } else { Interest::Write })
    }

    /// Why it is not ready yet.
    fn pending_reason(&self) -> Reason {
        match (self.is_connected, self.received.is_empty()) {
            (false, _) => Reason::Unanswered,
            (true, true) => self.protocol.silent_reason(),
            (true, false) => Reason::Half,
        }
    }

    fn step(&mut self, salt: &Salt) -> Step {
        let result = if !self.is_connected {
            self.finish_connect(salt)
        } else if self.to_send.is_empty() {
            self.receive(salt)
        } else {
            self.send()
        };
        result.unwrap_or_else(|error| self.on_error(&error))
    }

    fn finish_connect(&mut self, salt: &Salt) -> Result<Step, Error> {
        self.connection.outcome()?;
        self.is_connected = true;
        if self.protocol.is_ready_when_connected() {
            return Ok(Step::Ready);
        }
        self.to_send = self.protocol.opening(salt);
        if self.to_send.is_empty() { Ok(Step::Pending) } else { self.send() }
    }

    fn send(&mut self) -> Result<Step, Error> {
        let sent = self.connection.send(&self.to_send)?;
        self.to_send.drain(..sent);
        Ok(Step::Pending)
    }

    fn receive(&mut self, salt: &Salt) -> Result<Step, Error> {
        let mut buffer = [0; 4096];
        let count = self.connection.receive(&mut buffer)?;
        if count == 0 {
            return Ok(Step::NotReady(self.closed_reason()));
        }
        self.received.extend_from_slice(&buffer[..count]);
        Ok(match self.protocol.judge(&self.received, salt) {
            Verdict::Ready => Step::Ready,
            Verdict::Incomplete => Step::Pending,
            Verdict::NotReady(reason) => Step::NotReady(reason),
            Verdict::Send(bytes) => {
                self.to_send = bytes;
                Step::Pending
            }
            Verdict::Reconnect(protocol) => self.reconnect(&protocol),
        })
    }

    fn reconnect(&mut self, protocol: &Protocol) -> Step {
        match Self::open(&self.address, protocol) {
            Ok(probe) => {
                *self = probe;
                Step::Pending
            }
            Err(reason) => Step::NotReady(reason),
        }
    }

    fn on_error(&self, error: &Error) -> Step {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::Interrupted => Step::Pending,
            _ if !self.is_connected => Step::NotReady(connect_reason(error)),
            _ => Step::NotReady(self.closed_reason()),
        }
    }

    fn closed_reason(&self) -> Reason {
        if self.received.is_empty() { self.protocol.closed_reason() } else { Reason::Half }
    }
}

/// Why connecting failed.
fn connect_reason(error: &Error) -> Reason {
    match error.kind() {
        ErrorKind::ConnectionRefused => Reason::Refused,
        ErrorKind::NotFound | ErrorKind::NotADirectory => Reason::Absent,
        ErrorKind::PermissionDenied => Reason::Forbidden,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Reason::Closed,
        // EAGAIN of a Unix socket: its queue is full (unix(7)).
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Reason::Unanswered,
        _ => Reason::Unreachable,
    }
}

/// Why a name has no address. std does not give the code of `getaddrinfo`, only
/// its text: "Name does not resolve" (musl), "Name or service not known" (glibc).
fn resolve_reason(error: &Error) -> Reason {
    let text = error.to_string();
    let is_temporary = ["Try again", "Temporary failure"].iter().any(|known| text.contains(known));
    if is_temporary { Reason::Unresolved } else { Reason::NameNotFound }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "servers to connect to")]
mod tests {
    use super::{
        Attempt, AttemptError, Endpoint, EndpointAddress, Probe, Reason, SlowProbes, Step, connect_reason,
    };
    use crate::entrypoint::wait::protocol::Protocol;
    use crate::sys::net::Address;
    use nix::errno::Errno;
    use std::net::TcpListener;
    use std::time::Duration;

    #[test]
    fn one_slow_probe_is_kept_for_each_address() {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [a, b] = listeners.each_ref().map(|listener| Address::Internet(listener.local_addr().unwrap()));
        let mut slow = SlowProbes::default();
        for address in [&a, &a, &b] {
            slow.keep(Probe::open(address, &Protocol::Redis).ok().unwrap());
        }
        let addresses = |slow: &SlowProbes| -> Vec<Address> {
            slow.0.iter().map(|probe| probe.address.clone()).collect()
        };
        assert_eq!(addresses(&slow), [a.clone(), b]);
        slow.remove_expired(std::slice::from_ref(&a));
        assert_eq!(addresses(&slow), [a]);
    }

    #[test]
    fn an_interrupted_call_is_repeated() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Internet(listener.local_addr().unwrap());
        let probe = Probe::open(&address, &Protocol::Redis).ok().unwrap();
        for errno in [Errno::EINTR, Errno::EAGAIN] {
            assert!(matches!(probe.on_error(&errno.into()), Step::Pending), "{errno}");
        }
        assert!(matches!(probe.on_error(&Errno::ECONNREFUSED.into()), Step::NotReady(Reason::Refused)));
    }

    #[test]
    fn a_connection_that_is_reset_gives_what_was_received() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = Address::Internet(listener.local_addr().unwrap());
        let mut probe = Probe::open(&address, &Protocol::Redis).ok().unwrap();
        probe.is_connected = true;
        probe.received = b"+PO".to_vec();
        assert!(matches!(probe.on_error(&Errno::ECONNRESET.into()), Step::NotReady(Reason::Half)));
    }

    #[test]
    fn a_file_is_ready_once_it_exists() {
        let attempt = Attempt {
            timeout: Duration::from_secs(1),
            salt: &[7; 96],
            progress: &|_| (),
            is_cancelled: &|| false,
        };
        let run = |path: &str| {
            let place = EndpointAddress::File(path.into());
            let endpoint = Endpoint { scheme: "file", place, protocol: Protocol::Open };
            attempt.run(&endpoint, &mut SlowProbes::default())
        };
        let absent = AttemptError { reason: Reason::Absent, timed_out: false };
        assert_eq!((run("/proc/self/stat"), run("/proc/self/absent")), (Ok(()), Err(absent)));
    }

    #[test]
    fn reasons_of_a_failed_connection() {
        for (errno, reason) in [
            (Errno::ECONNREFUSED, Reason::Refused),
            (Errno::ENOENT, Reason::Absent),
            (Errno::ENOTDIR, Reason::Absent),
            (Errno::EACCES, Reason::Forbidden),
            (Errno::ECONNRESET, Reason::Closed),
            (Errno::ECONNABORTED, Reason::Closed),
            (Errno::ETIMEDOUT, Reason::Unanswered),
            (Errno::EAGAIN, Reason::Unanswered),
            (Errno::EHOSTUNREACH, Reason::Unreachable),
            (Errno::ENETUNREACH, Reason::Unreachable),
        ] {
            assert_eq!(connect_reason(&errno.into()), reason, "{errno}");
        }
    }
}
