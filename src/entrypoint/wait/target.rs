//! The services to wait for.

use super::protocol::Protocol;
use crate::url::{self, bracketed};
use std::fmt;
use std::path::PathBuf;

/// A service to wait for: ready as soon as one of its endpoints is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The variable that names it.
    pub(crate) source: &'static str,
    /// For example the hosts of one database.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Where a service may be, and its protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The scheme of its URL in messages.
    pub(crate) scheme: &'static str,
    pub(crate) place: EndpointAddress,
    pub(crate) protocol: Protocol,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EndpointAddress {
    /// A port of a host, whose name may have several addresses.
    Host {
        /// A name or an address.
        name: String,
        port: u16,
    },
    /// A socket in the file system.
    Socket(PathBuf),
    /// A file that has to exist.
    File(PathBuf),
}

/// Why a URL does not name a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The URL is not valid.
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
    /// Whether both are the same server.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        self.place == other.place && !matches!(self.protocol, Protocol::Http { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.place)
    }
}

impl fmt::Display for EndpointAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { name, port } => write!(f, "{}:{port}", bracketed(name)),
            Self::Socket(path) | Self::File(path) => f.write_str(&crate::report::printable(path)),
        }
    }
}

impl fmt::Display for Target {
    /// The endpoints and the variable; never the user, password or path of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            write!(f, "{}{endpoint}", if index == 0 { "" } else { " or " })?;
        }
        write!(f, " ({})", self.source)
    }
}
