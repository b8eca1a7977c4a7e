//! Which schemes have a server that can be asked, and where their URLs lead.

use super::protocol::Protocol;
use super::target::{Endpoint, Error, Place, bracketed};
use super::url::{self, HostPort, Url};
use std::path::{Path, PathBuf};

/// What a scheme asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// The name in messages.
    name: &'static str,
    family: Family,
    /// The port where the URL gives none; 0 where it has to.
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Postgres,
    Mysql,
    Redis,
    Amqp,
    Http,
    /// TLS from the first byte on.
    Tls,
    Tcp,
    RedisSocket,
    Socket,
    File,
}

/// Every scheme that has a server we can ask, as Django's and Celery's URL
/// readers (dj-database-url, django-environ, kombu) know them.
const SCHEMES: &[(&[&str], &str, Family, u16)] = &[
    (&["postgres", "postgresql", "pgsql", "psql", "postgis"], "postgres", Family::Postgres, 5432),
    (&["timescale", "timescalegis"], "postgres", Family::Postgres, 5432),
    (&["cockroach", "cockroachdb"], "cockroach", Family::Postgres, 26257),
    (&["redshift"], "redshift", Family::Postgres, 5439),
    (&["mysql", "mysql2", "mysqlgis", "mysql-connector", "mariadb"], "mysql", Family::Mysql, 3306),
    (&["redis", "valkey"], "redis", Family::Redis, 6379),
    (&["rediss", "valkeys"], "rediss", Family::Tls, 6379),
    (&["sentinel"], "sentinel", Family::Redis, 26379),
    (&["redis+socket"], "redis+socket", Family::RedisSocket, 0),
    (&["amqp", "pyamqp", "librabbitmq"], "amqp", Family::Amqp, 5672),
    (&["amqps", "pyamqps"], "amqps", Family::Tls, 5671),
    (&["http"], "http", Family::Http, 80),
    (&["https"], "https", Family::Tls, 443),
    (&["tcp"], "tcp", Family::Tcp, 0),
    (&["unix"], "unix", Family::Socket, 0),
    (&["file"], "file", Family::File, 0),
];

/// Schemes that need no server.
const SERVERLESS: [&str; 8] =
    ["sqlite", "sqlite3", "spatialite", "memory", "filesystem", "sqla+sqlite", "sqlalchemy+sqlite", "none"];

impl Scheme {
    /// Looks a scheme up. What stands before or behind a `+` names a Python
    /// package (`sqla+postgresql`, `postgresql+psycopg`), not a protocol.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let known = |name: &str| {
            let row = SCHEMES.iter().find(|(names, ..)| names.contains(&name))?;
            Some(Self { name: row.1, family: row.2, port: row.3 })
        };
        let wrapped = ["sqla+", "sqlalchemy+", "db+"].iter().find_map(|wrapper| name.strip_prefix(wrapper));
        let inner = wrapped.unwrap_or(name);
        known(inner).or_else(|| known(inner.split('+').next()?))
    }

    /// Whether a database or a broker speaks it: what a variable of the app,
    /// as opposed to `ENTRYPOINT_WAIT`, may name.
    pub(crate) fn is_app(self) -> bool {
        !matches!(self.family, Family::Http | Family::Tcp | Family::Socket | Family::File)
            && self.name != "https"
    }

    /// Whether a scheme is known to need no server.
    pub(crate) fn is_serverless(name: &str) -> bool {
        SERVERLESS.contains(&name) || name.starts_with("sqlite+")
    }

    /// The endpoints that a URL of this scheme names.
    pub(crate) fn endpoints(self, url: &Url) -> Result<Vec<Endpoint>, Error> {
        match self.family {
            Family::Socket | Family::RedisSocket => Ok(vec![self.socket(absolute(url)?)]),
            Family::File => Ok(vec![self.at(Place::File(absolute(url)?), Protocol::Open)]),
            Family::Postgres => self.postgres(url),
            Family::Mysql => self.mysql(url),
            _ if url.hosts.is_empty() => self.host(&local(), url).map(|endpoint| vec![endpoint]),
            _ => url.hosts.iter().map(|host| self.host(host, url)).collect(),
        }
    }

    fn host(self, host: &HostPort, url: &Url) -> Result<Endpoint, Error> {
        let port = host.port.unwrap_or(self.port);
        let name = host.name.clone();
        let protocol = match self.family {
            Family::Redis => Protocol::Redis,
            Family::Amqp => Protocol::Amqp,
            Family::Tls => Protocol::Tls { name: name.clone() },
            Family::Http => Protocol::Http { host: authority(&name, port, self.port), path: target(url) },
            _ if port == 0 => return Err(Error::NoPort),
            _ => Protocol::Open,
        };
        if name.starts_with('/') {
            return Ok(self.at(Place::Socket(name.into()), protocol));
        }
        Ok(self.at(Place::Host { name, port }, protocol))
    }

    fn socket(self, path: PathBuf) -> Endpoint {
        let protocol = if self.family == Family::RedisSocket { Protocol::Redis } else { Protocol::Open };
        self.at(Place::Socket(path), protocol)
    }

    fn postgres(self, url: &Url) -> Result<Vec<Endpoint>, Error> {
        let hosts = postgres_hosts(url, self.port)?;
        let database = url.path.trim_start_matches('/').rsplit('/').next().unwrap_or_default();
        let protocol = Protocol::Postgres {
            user: url.user.clone().unwrap_or_else(|| "postgres".to_owned()),
            database: url::decode(database)?,
            tls: matches!(url.parameter("sslmode"), Some("require" | "verify-ca" | "verify-full")),
        };
        Ok(hosts
            .into_iter()
            .map(|(name, port)| self.at(postgres_place(&name, port), protocol.clone()))
            .collect())
    }

    fn mysql(self, url: &Url) -> Result<Vec<Endpoint>, Error> {
        let socket = |path: &str| self.at(Place::Socket(path.into()), Protocol::Mysql);
        if let Some(path) = url.parameter("unix_socket") {
            return Ok(vec![socket(path)]);
        }
        if url.hosts.is_empty() {
            return Ok(MYSQL_SOCKETS.into_iter().map(socket).collect());
        }
        let endpoint = |host: &HostPort| match host.name.strip_prefix('/') {
            Some(_) => socket(&host.name),
            None => self.tcp(&host.name, host.port.unwrap_or(self.port), Protocol::Mysql),
        };
        Ok(url.hosts.iter().map(endpoint).collect())
    }

    fn tcp(self, name: &str, port: u16, protocol: Protocol) -> Endpoint {
        self.at(Place::Host { name: name.to_owned(), port }, protocol)
    }

    fn at(self, place: Place, protocol: Protocol) -> Endpoint {
        Endpoint { scheme: self.name, place, protocol }
    }
}

/// Where libpq looks when no host is given: Debian's folder, and the one
/// that PostgreSQL's own build and psycopg's wheels have.
const POSTGRES_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// Likewise for MySQL's and MariaDB's libraries.
const MYSQL_SOCKETS: [&str; 2] = ["/run/mysqld/mysqld.sock", "/tmp/mysql.sock"];

/// The hosts of a PostgreSQL URL: its `host` and `port` parameters overrule
/// the authority, each a list parted by commas (libpq 34.1.1.2).
fn postgres_hosts(url: &Url, default: u16) -> Result<Vec<(String, u16)>, Error> {
    let ports =
        url.parameter("port").map(|text| text.split(',').map(url::parse_port).collect::<Result<Vec<_>, _>>());
    let ports = ports.transpose()?.unwrap_or_default();
    let port = |index: usize, own: Option<u16>| {
        ports.get(index).or_else(|| ports.last()).copied().or(own).unwrap_or(default)
    };
    if let Some(hosts) = url.parameter("host") {
        let hosts = hosts.split(',').enumerate();
        return Ok(hosts.map(|(index, name)| (name.to_owned(), port(index, None))).collect());
    }
    if !url.hosts.is_empty() {
        let hosts = url.hosts.iter().enumerate();
        return Ok(hosts.map(|(index, host)| (host.name.clone(), port(index, host.port))).collect());
    }
    // postgres://user@//cloudsql/project:region:name/database, as django-environ reads it.
    if let Some((folder, _)) =
        url.path.strip_prefix('/').filter(|path| path.starts_with('/')).and_then(|path| path.rsplit_once('/'))
    {
        return Ok(vec![(url::decode(folder)?, port(0, None))]);
    }
    Ok(POSTGRES_FOLDERS.into_iter().map(|folder| (folder.to_owned(), port(0, None))).collect())
}

fn postgres_place(name: &str, port: u16) -> Place {
    if name.starts_with('/') {
        return Place::Socket(Path::new(name).join(format!(".s.PGSQL.{port}")));
    }
    Place::Host { name: name.to_owned(), port }
}

/// kombu and Redis clients take a URL without a host for this machine.
fn local() -> HostPort {
    HostPort { name: "localhost".to_owned(), port: None }
}

fn absolute(url: &Url) -> Result<PathBuf, Error> {
    let path = url::decode(&url.path)?;
    if url.hosts.is_empty() && path.len() > 1 && !path.contains('\0') {
        Ok(path.into())
    } else {
        Err(Error::NoPath)
    }
}

/// The request target of an HTTP URL.
fn target(url: &Url) -> String {
    let path = if url.path.is_empty() { "/" } else { &url.path };
    url.raw_query.as_ref().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

/// The Host header: the port only where it is not the scheme's own.
fn authority(name: &str, port: u16, default: u16) -> String {
    let name = bracketed(name);
    if port == default { name } else { format!("{name}:{port}") }
}
