//! What to wait for, as the environment names it.

use super::protocol::Protocol;
use super::scheme::Scheme;
use super::target::{self, Endpoint, Place, Target};
use crate::duration;
use crate::report;
use crate::url::{self, HostPort, Url};
use std::net::IpAddr;
use std::time::Duration;

/// How long is waited where nothing is said.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

const WAIT: &str = "ENTRYPOINT_WAIT";
const WAIT_TIMEOUT: &str = "ENTRYPOINT_WAIT_TIMEOUT";

/// The variables of the app that name its broker.
const BROKERS: [&str; 2] = ["BROKER_URL", "CELERY_BROKER_URL"];

/// The variables that are ours; their values have to be text.
pub(crate) const NAMES: [&str; 2] = [WAIT, WAIT_TIMEOUT];

/// What to wait for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WaitPlan {
    /// All of these.
    pub(crate) targets: Vec<Target>,
    /// How long; for ever where there is no limit.
    pub(crate) timeout: Option<Duration>,
    /// Whether the schema has to be the code's as well.
    pub(crate) migrations: bool,
    /// Variables that should name a server and can't be read, to be told.
    pub(crate) asides: Vec<Skipped>,
}

/// A variable of the app that names nothing we could wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// The variable.
    pub(crate) variable: &'static str,
    /// Why.
    pub(crate) reason: target::Error,
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "does not wait for {}, which {}", self.variable, self.reason)
    }
}

/// Why `ENTRYPOINT_WAIT` or its time-out can't be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An entry that is no URL.
    #[error("cannot read ENTRYPOINT_WAIT: entry {entry} {reason}")]
    Entry {
        /// Which one, counted from 1; its text may hold a password.
        entry: usize,
        /// Why.
        reason: target::Error,
    },
    /// A scheme that we know no protocol for.
    #[error(
        "cannot wait for {}://, which entry {entry} of ENTRYPOINT_WAIT asks for: \
         use postgres, mysql, redis, amqp, http, tcp, unix or file",
        report::name(scheme)
    )]
    Scheme {
        /// Which one, counted from 1.
        entry: usize,
        /// The scheme.
        scheme: String,
    },
    /// `none` beside something.
    #[error("cannot wait for none and for something else: ENTRYPOINT_WAIT=none stands alone")]
    NoneAndMore,
    /// A time-out that is no span of time.
    #[error(
        "ENTRYPOINT_WAIT_TIMEOUT is \"{}\": give it in seconds, as 60 or 2m (0 is no limit)",
        report::name(value)
    )]
    Timeout {
        /// The value.
        value: String,
    },
}

/// Reads the plan from the environment.
pub(crate) fn plan<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Result<WaitPlan, Error> {
    let given = |name: &str| variable(name).map(str::trim).filter(|value| !value.is_empty());
    let timeout = match given(WAIT_TIMEOUT) {
        None => Some(TIMEOUT),
        Some(value) => {
            let span = duration::parse(value).ok_or_else(|| Error::Timeout { value: value.to_owned() })?;
            Some(span).filter(|span| !span.is_zero())
        }
    };
    let mut plan = WaitPlan { timeout, ..WaitPlan::default() };
    let entries = given(WAIT).map(entries).unwrap_or_default();
    if entries.iter().any(|entry| entry == "none") {
        return if entries.len() == 1 { Ok(plan) } else { Err(Error::NoneAndMore) };
    }
    plan.add_app("DATABASE_URL", given("DATABASE_URL").map(app_endpoints));
    for source in BROKERS {
        plan.add_app(source, given(source).map(broker_endpoints));
    }
    plan.add_app(
        "DB_HOST",
        given("DB_HOST").map(|host| host_endpoints(host, given("DB_PORT"), given("DB_ENGINE"))),
    );
    for (index, entry) in entries.iter().enumerate() {
        match entry.as_str() {
            "migrations" => plan.migrations = true,
            entry => plan.add(WAIT, asked_endpoints(index + 1, entry)?),
        }
    }
    Ok(plan)
}

/// The brokers that the app's variables name.
pub(crate) fn brokers<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Vec<Target> {
    let mut plan = WaitPlan::default();
    for source in BROKERS {
        plan.add_app(source, variable(source).map(broker_endpoints));
    }
    plan.targets
}

impl WaitPlan {
    fn add_app(&mut self, source: &'static str, endpoints: Option<Result<Vec<Endpoint>, target::Error>>) {
        match endpoints {
            None => {}
            Some(Ok(endpoints)) => self.add(source, endpoints),
            Some(Err(reason)) => self.asides.push(Skipped { variable: source, reason }),
        }
    }

    /// Adds a target unless another variable has named it already, or a
    /// part of it.
    fn add(&mut self, source: &'static str, endpoints: Vec<Endpoint>) {
        let known = |new: &Endpoint| {
            self.targets.iter().any(|target| target.endpoints.iter().any(|old| old.is_same_server(new)))
        };
        if !endpoints.is_empty() && !endpoints.iter().any(known) {
            self.targets.push(Target { source, endpoints });
        }
    }
}

/// The entries of `ENTRYPOINT_WAIT`, parted by blanks or commas. A comma
/// between the hosts of one URL parts nothing.
fn entries(text: &str) -> Vec<String> {
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

/// What a variable of the app names.
fn app_endpoints(text: &str) -> Result<Vec<Endpoint>, target::Error> {
    let scheme = text.split_once("://").and_then(|(name, _)| Scheme::find(&name.to_ascii_lowercase()));
    match scheme.filter(|scheme| scheme.is_app()) {
        Some(scheme) => scheme.endpoints(&Url::parse(text)?),
        None => Ok(Vec::new()),
    }
}

/// The same of a broker's variable: several URLs with semicolons between them
/// are its alternatives (kombu's failover).
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

fn asked_endpoints(entry: usize, text: &str) -> Result<Vec<Endpoint>, Error> {
    let mut endpoints = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let unreadable = |reason: target::Error| Error::Entry { entry, reason };
        let url = Url::parse(part).map_err(|error| unreadable(error.into()))?;
        match Scheme::find(&url.scheme) {
            Some(scheme) => endpoints.extend(scheme.endpoints(&url).map_err(unreadable)?),
            None if Scheme::is_serverless(&url.scheme) => {}
            None => return Err(Error::Scheme { entry, scheme: url.scheme }),
        }
    }
    Ok(endpoints)
}

/// What `DB_HOST`, `DB_PORT` and Django's `DB_ENGINE` name. Where nothing
/// tells the kind of the database, PostgreSQL's and MySQL's answers both count.
fn host_endpoints(
    host: &str,
    port: Option<&str>,
    engine: Option<&str>,
) -> Result<Vec<Endpoint>, target::Error> {
    // Links and Kubernetes put a DB_PORT=tcp://… beside a server called db.
    let port = port.filter(|port| !port.contains("://")).map(url::parse_port).transpose()?;
    let engine = engine.unwrap_or_default().to_ascii_lowercase();
    let engine = |names: &[&str]| names.iter().any(|name| engine.contains(name));
    let mut endpoints = Vec::new();
    for host in hosts(host)? {
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
                let place = Place::Host { name: host.name.clone(), port };
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

/// Hosts as a URL has them, or an IPv6 address without brackets as Django takes it.
fn hosts(text: &str) -> Result<Vec<HostPort>, url::Error> {
    let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
    match address.parse() {
        Ok(IpAddr::V6(_)) => Ok(vec![HostPort { name: text.to_owned(), port: None }]),
        _ => url::parse_hosts(text),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
