//! One attempt at one endpoint: all its addresses at once, until one of them
//! is ready or none can be any more.

use super::protocol::{Protocol, Salt, Verdict};
use super::reason::Reason;
use super::schedule::CONNECT;
use super::target::{Endpoint, Place};
use crate::sys::files;
use crate::sys::net::{Address, Connection, Interest, resolve, wait};
use std::io::{Error, ErrorKind};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often an attempt that is under way asks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(200);

/// How an attempt is made.
pub(super) struct Attempt<'a> {
    /// How long it may take, resolving aside.
    pub(super) patience: Duration,
    /// Random bytes.
    pub(super) salt: &'a Salt,
    /// Told how far it has come: why it is not ready if it were cut off now.
    pub(super) progress: &'a dyn Fn(Reason),
    /// Whether to give up.
    pub(super) is_over: &'a dyn Fn() -> bool,
}

/// Why an attempt was in vain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AttemptError {
    pub(super) reason: Reason,
    /// Whether it might have become ready had there been more time.
    pub(super) ran_out: bool,
}

impl Attempt<'_> {
    /// Makes the attempt.
    pub(super) fn make(&self, endpoint: &Endpoint) -> Result<(), AttemptError> {
        let addresses = match &endpoint.place {
            Place::File(path) if files::is_there(path) => return Ok(()),
            Place::File(_) => return Err(AttemptError { reason: Reason::Absent, ran_out: false }),
            Place::Socket(path) => vec![Address::Unix(path.clone())],
            Place::Host { name, port } => {
                (self.progress)(Reason::Unresolved);
                resolve(name, *port)
                    .map_err(|error| AttemptError { reason: unresolved(&error), ran_out: false })?
            }
        };
        (self.progress)(Reason::Unanswered);
        self.talk(&addresses, &endpoint.protocol)
    }

    /// Speaks with all of them at once, until one is ready.
    pub(super) fn talk(&self, addresses: &[Address], protocol: &Protocol) -> Result<(), AttemptError> {
        let start = Instant::now();
        let mut furthest = AttemptError { reason: Reason::Unresolved, ran_out: false };
        let mut talks = Vec::new();
        for address in addresses {
            match Probe::open(address, protocol) {
                Ok(talk) => talks.push(talk),
                Err(reason) => furthest.note(reason, false),
            }
        }
        while !talks.is_empty() && !(self.is_over)() {
            let limit = talks.iter().map(|talk| talk.limit(start, self.patience)).min().unwrap_or(start);
            let left = limit.saturating_duration_since(Instant::now()).min(GLANCE);
            let interests: Vec<_> =
                talks.iter().map(|talk| (talk.connection.as_fd(), talk.interest())).collect();
            let woken = wait(&interests, Some(left)).unwrap_or_else(|_| vec![true; interests.len()]);
            let mut going_on = Vec::new();
            for (mut talk, woken) in talks.into_iter().zip(woken) {
                let step = if woken { talk.step(self.salt) } else { Step::On };
                match step {
                    Step::Ready => return Ok(()),
                    Step::Not(reason) => furthest.note(reason, false),
                    Step::On if Instant::now() >= talk.limit(start, self.patience) => {
                        furthest.note(talk.unfinished(), true);
                    }
                    Step::On => {
                        (self.progress)(talk.unfinished());
                        going_on.push(talk);
                    }
                }
            }
            talks = going_on;
        }
        Err(furthest)
    }
}

impl AttemptError {
    fn note(&mut self, reason: Reason, ran_out: bool) {
        self.ran_out |= ran_out;
        if reason > self.reason {
            self.reason = reason;
        }
    }
}

/// A conversation over one connection.
struct Probe {
    address: Address,
    connection: Connection,
    protocol: Protocol,
    is_connected: bool,
    opened: Instant,
    to_say: Vec<u8>,
    heard: Vec<u8>,
}

/// What a conversation came to by one event.
enum Step {
    Ready,
    On,
    Not(Reason),
}

impl Probe {
    fn open(address: &Address, protocol: &Protocol) -> Result<Self, Reason> {
        let connection = Connection::open(address).map_err(|error| unconnected(&error))?;
        let (to_say, heard) = (Vec::new(), Vec::new());
        let (address, protocol) = (address.clone(), protocol.clone());
        Ok(Self { address, connection, protocol, is_connected: false, opened: Instant::now(), to_say, heard })
    }

    fn interest(&self) -> Interest {
        if self.is_connected && self.to_say.is_empty() { Interest::Read } else { Interest::Write }
    }

    /// When it has taken too long: a connection to come about, or an answer.
    fn limit(&self, start: Instant, patience: Duration) -> Instant {
        let whole = start + patience;
        if self.is_connected { whole } else { whole.min(self.opened + CONNECT) }
    }

    fn unfinished(&self) -> Reason {
        match (self.is_connected, self.heard.is_empty()) {
            (false, _) => Reason::Unanswered,
            (true, true) => self.protocol.silence(),
            (true, false) => Reason::Half,
        }
    }

    fn step(&mut self, salt: &Salt) -> Step {
        let result = if !self.is_connected {
            self.connected(salt)
        } else if self.to_say.is_empty() {
            self.listen(salt)
        } else {
            self.say()
        };
        result.unwrap_or_else(|error| self.broken(&error))
    }

    fn connected(&mut self, salt: &Salt) -> Result<Step, Error> {
        self.connection.outcome()?;
        self.is_connected = true;
        if self.protocol.is_silent() {
            return Ok(Step::Ready);
        }
        self.to_say = self.protocol.opening(salt);
        if self.to_say.is_empty() { Ok(Step::On) } else { self.say() }
    }

    fn say(&mut self) -> Result<Step, Error> {
        let sent = self.connection.send(&self.to_say)?;
        self.to_say.drain(..sent);
        Ok(Step::On)
    }

    fn listen(&mut self, salt: &Salt) -> Result<Step, Error> {
        let mut buffer = [0; 4096];
        let count = self.connection.receive(&mut buffer)?;
        if count == 0 {
            return Ok(Step::Not(self.closed()));
        }
        self.heard.extend_from_slice(&buffer[..count]);
        Ok(match self.protocol.judge(&self.heard, salt) {
            Verdict::Ready => Step::Ready,
            Verdict::More => Step::On,
            Verdict::Not(reason) => Step::Not(reason),
            Verdict::Say(words) => {
                self.to_say = words;
                Step::On
            }
            Verdict::Again(protocol) => self.again(&protocol),
        })
    }

    fn again(&mut self, protocol: &Protocol) -> Step {
        match Self::open(&self.address, protocol) {
            Ok(talk) => {
                *self = talk;
                Step::On
            }
            Err(reason) => Step::Not(reason),
        }
    }

    fn broken(&self, error: &Error) -> Step {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::Interrupted => Step::On,
            _ if !self.is_connected => Step::Not(unconnected(error)),
            _ => Step::Not(self.closed()),
        }
    }

    fn closed(&self) -> Reason {
        if self.heard.is_empty() { self.protocol.closing() } else { Reason::Half }
    }
}

/// Why no connection came about.
fn unconnected(error: &Error) -> Reason {
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

/// Why a name led to no address. std keeps `getaddrinfo`'s code to itself and
/// gives its text: "Name does not resolve" (musl), "Name or service not known" (glibc).
fn unresolved(error: &Error) -> Reason {
    let text = error.to_string();
    let is_temporary = ["Try again", "Temporary failure"].iter().any(|known| text.contains(known));
    if is_temporary { Reason::Unresolved } else { Reason::NameNotFound }
}
