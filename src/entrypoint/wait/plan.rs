//! What to wait for, read from the environment.

use super::protocol::Protocol;
use super::scheme::Scheme;
use super::target::{self, Endpoint, EndpointAddress, Target};
use crate::duration;
use crate::entrypoint::env_var::{Name, Variables};
use crate::report;
use crate::url::{self, HostPort, Url};
use std::net::IpAddr;
use std::time::Duration;

/// The default of `ENTRYPOINT_WAIT_TIMEOUT`.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WaitPlan {
    pub(crate) targets: Vec<Target>,
    /// `None` is no limit.
    pub(crate) timeout: Option<Duration>,
    /// Whether to wait for the migrations of the code too.
    pub(crate) migrations: bool,
    /// Variables whose value is not valid, for a warning.
    pub(crate) skipped: Vec<Skipped>,
}

/// A variable of the app whose URL is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) variable: &'static str,
    pub(crate) reason: target::Error,
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not waiting for {}, which {}", self.variable, self.reason)
    }
}

/// Why `ENTRYPOINT_WAIT` or `ENTRYPOINT_WAIT_TIMEOUT` is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An entry that is not a valid URL.
    #[error("cannot read ENTRYPOINT_WAIT: entry {entry} {reason}")]
    Entry {
        /// Its number from 1; the text may contain a password.
        entry: usize,
        reason: target::Error,
    },
    /// A scheme that is not supported.
    #[error(
        "cannot wait for {}:// in entry {entry} of ENTRYPOINT_WAIT: \
         use postgres, mysql, redis, amqp, http, tcp, unix or file",
        report::printable(scheme)
    )]
    Scheme {
        /// Its number from 1.
        entry: usize,
        scheme: String,
    },
    /// `none` together with other entries.
    #[error("cannot combine none with other entries in ENTRYPOINT_WAIT")]
    NoneAndMore,
    /// A timeout that is not a duration.
    #[error(
        "ENTRYPOINT_WAIT_TIMEOUT is \"{}\": use a duration such as 60 or 2m (0 for no limit)",
        report::printable(value)
    )]
    Timeout { value: String },
}

/// The brokers that the variables of the app name.
pub(in crate::entrypoint) fn brokers(variables: &Variables) -> Vec<Target> {
    let mut plan = WaitPlan::default();
    plan.add_brokers(variables);
    plan.targets
}

/// The value without white space around it. The app's own variables may be any bytes.
fn given(variables: &Variables, name: Name) -> Option<&str> {
    variables.valid_text(name).map(str::trim).filter(|value| !value.is_empty())
}

impl WaitPlan {
    /// Reads the plan from the environment.
    pub(in crate::entrypoint) fn from_env(variables: &Variables) -> Result<Self, Error> {
        let timeout = match given(variables, Name::EntrypointWaitTimeout) {
            None => Some(TIMEOUT),
            Some(value) => {
                let span =
                    duration::parse(value).ok_or_else(|| Error::Timeout { value: value.to_owned() })?;
                Some(span).filter(|span| !span.is_zero())
            }
        };
        let mut plan = Self { timeout, ..Self::default() };
        let entries = given(variables, Name::EntrypointWait).map(split_entries).unwrap_or_default();
        if entries.iter().any(|entry| entry == "none") {
            return if entries.len() == 1 { Ok(plan) } else { Err(Error::NoneAndMore) };
        }
        plan.add_app("DATABASE_URL", given(variables, Name::DatabaseUrl).map(app_endpoints));
        plan.add_brokers(variables);
        let (port, engine) = (given(variables, Name::DbPort), given(variables, Name::DbEngine));
        plan.add_app(
            "DB_HOST",
            given(variables, Name::DbHost).map(|host| host_endpoints(host, port, engine)),
        );
        for (index, entry) in entries.iter().enumerate() {
            match entry.as_str() {
                "migrations" => plan.migrations = true,
                entry => plan.add("ENTRYPOINT_WAIT", entry_endpoints(index + 1, entry)?),
            }
        }
        Ok(plan)
    }

    /// Adds what the variables of the app for its broker name.
    fn add_brokers(&mut self, variables: &Variables) {
        self.add_app("BROKER_URL", given(variables, Name::BrokerUrl).map(broker_endpoints));
        self.add_app("CELERY_BROKER_URL", given(variables, Name::CeleryBrokerUrl).map(broker_endpoints));
    }

    fn add_app(&mut self, source: &'static str, endpoints: Option<Result<Vec<Endpoint>, target::Error>>) {
        match endpoints {
            None => {}
            Some(Ok(endpoints)) => self.add(source, endpoints),
            Some(Err(reason)) => self.skipped.push(Skipped { variable: source, reason }),
        }
    }

    /// Adds a target unless another variable names one of its endpoints.
    fn add(&mut self, source: &'static str, endpoints: Vec<Endpoint>) {
        let known = |new: &Endpoint| {
            self.targets.iter().any(|target| target.endpoints.iter().any(|old| old.is_same_server(new)))
        };
        if !endpoints.is_empty() && !endpoints.iter().any(known) {
            self.targets.push(Target { source, endpoints });
        }
    }
}

/// The entries of `ENTRYPOINT_WAIT`, separated by spaces or commas. A comma
/// between the hosts of one URL does not separate entries.
fn split_entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut open = false;
        for piece in word.split(',') {
            let starts = piece.contains("://") || matches!(piece, "none" | "migrations");
            match entries.last_mut() {
                Some(last) if open && !starts && !piece.is_empty() => last.extend([",", piece]),
                _ if piece.is_empty() => {}
                _ => entries.push(piece.to_owned()),
            }
            open = true;
        }
    }
    entries
}

/// The endpoints that a variable of the app names.
fn app_endpoints(text: &str) -> Result<Vec<Endpoint>, target::Error> {
    let scheme = text.split_once("://").and_then(|(name, _)| Scheme::find(&name.to_ascii_lowercase()));
    match scheme.filter(|scheme| scheme.is_app()) {
        Some(scheme) => scheme.endpoints(&Url::parse(text)?),
        None => Ok(Vec::new()),
    }
}

/// The endpoints that a broker's variable names: several URLs with semicolons
/// between them are alternatives (kombu's failover).
fn broker_endpoints(text: &str) -> Result<Vec<Endpoint>, target::Error> {
    let mut endpoints = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match app_endpoints(part)? {
            none if none.is_empty() => return Ok(none),
            some => endpoints.extend(some),
        }
    }
    Ok(endpoints)
}

fn entry_endpoints(entry: usize, text: &str) -> Result<Vec<Endpoint>, Error> {
    let mut endpoints = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let invalid = |reason: target::Error| Error::Entry { entry, reason };
        let url = Url::parse(part).map_err(|error| invalid(error.into()))?;
        match Scheme::find(&url.scheme) {
            Some(scheme) => endpoints.extend(scheme.endpoints(&url).map_err(invalid)?),
            None if Scheme::is_serverless(&url.scheme) => {}
            None => return Err(Error::Scheme { entry, scheme: url.scheme }),
        }
    }
    Ok(endpoints)
}

/// The endpoints that `DB_HOST`, `DB_PORT` and Django's `DB_ENGINE` name. Where the
/// kind of the database is unknown, PostgreSQL and MySQL both count.
fn host_endpoints(
    host: &str,
    port: Option<&str>,
    engine: Option<&str>,
) -> Result<Vec<Endpoint>, target::Error> {
    // Links and Kubernetes set DB_PORT=tcp://… for a service named db.
    let port = port.filter(|port| !port.contains("://")).map(url::parse_port).transpose()?;
    let engine = engine.unwrap_or_default().to_ascii_lowercase();
    let engine = |names: &[&str]| names.iter().any(|name| engine.contains(name));
    let mut endpoints = Vec::new();
    for host in parse_db_host(host)? {
        let port = port.or(host.port);
        let kinds: &[&str] = match port {
            _ if engine(&["postg"]) => &["postgres"],
            _ if engine(&["mysql", "maria"]) => &["mysql"],
            _ if engine(&["sqlite", "oracle", "mssql"]) => &[],
            Some(5432 | 5433 | 6432) => &["postgres"],
            Some(3306 | 3307) => &["mysql"],
            _ if host.name.starts_with('/') => {
                if host.name.ends_with(".sock") {
                    &["mysql"]
                } else {
                    &["postgres"]
                }
            }
            Some(port) => {
                let place = EndpointAddress::Host { name: host.name.clone(), port };
                endpoints.push(Endpoint { scheme: "database", place, protocol: Protocol::Database });
                &[]
            }
            None => &["postgres", "mysql"],
        };
        for scheme in kinds.iter().filter_map(|kind| Scheme::find(kind)) {
            endpoints.extend(scheme.endpoints(&Url::from_host(host.name.clone(), port))?);
        }
    }
    Ok(endpoints)
}

/// Hosts as in a URL, or an IPv6 address without brackets as Django accepts it.
fn parse_db_host(text: &str) -> Result<Vec<HostPort>, url::Error> {
    let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
    match address.parse() {
        Ok(IpAddr::V6(_)) => Ok(vec![HostPort { name: text.to_owned(), port: None }]),
        _ => url::parse_hosts(text),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
