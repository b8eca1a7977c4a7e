//! What is waited for, and which URLs name such a thing.

use super::protocol::Protocol;
use crate::url::{self, bracketed};
use std::fmt;
use std::path::PathBuf;

/// One thing to wait for; there as soon as one of its endpoints is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The variable that names it.
    pub(crate) source: &'static str,
    /// Where it may be found: the several hosts of one database, say.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// A place, and what has to be heard there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// How it is called in messages: the scheme of the URL.
    pub(crate) scheme: &'static str,
    /// Where it is.
    pub(crate) place: Place,
    /// What it should speak.
    pub(crate) protocol: Protocol,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A port of a host; the name may stand for several addresses.
    Host {
        /// A name or an address.
        name: String,
        /// The port.
        port: u16,
    },
    /// A socket in the file system.
    Socket(PathBuf),
    /// A file, which only has to be there.
    File(PathBuf),
}

/// Why a URL names nothing that can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It can't be read.
    #[error(transparent)]
    Url(#[from] url::Error),
    /// A `tcp://` without a port.
    #[error("has no port: write it as tcp://host:port")]
    NoPort,
    /// A `unix://` or `file://` without an absolute path.
    #[error("has no absolute path: write it with three slashes, as unix:///run/app.sock")]
    NoPath,
}

impl Endpoint {
    /// Whether both lead to one server, in whatever words.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        self.place == other.place && !matches!(self.protocol, Protocol::Http { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.place)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { name, port } => write!(f, "{}:{port}", bracketed(name)),
            Self::Socket(path) | Self::File(path) => f.write_str(&crate::report::name(path)),
        }
    }
}

impl fmt::Display for Target {
    /// The endpoints, and who named them; never a user, a password or a path of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            write!(f, "{}{endpoint}", if index == 0 { "" } else { " or " })?;
        }
        write!(f, " ({})", self.source)
    }
}
