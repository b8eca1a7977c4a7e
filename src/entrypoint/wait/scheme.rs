//! The URL schemes of services, their protocols and where their URLs point to.

use super::protocol::Protocol;
use super::target::{Endpoint, EndpointAddress, Error};
use crate::url::{self, HostPort, Url, bracketed};
use std::path::{Path, PathBuf};

/// A row of the table: one kind of service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheme {
    /// The names in URLs.
    names: &'static [&'static str],
    /// The name in messages.
    shown: &'static str,
    family: Family,
    /// The default port; 0 where a URL has to name one, or none is used.
    port: u16,
}

/// Schemes that are probed in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Postgres,
    Mysql,
    Redis,
    /// Redis over TLS.
    Rediss,
    /// Redis on a Unix socket.
    RedisSocket,
    Amqp,
    /// AMQP over TLS.
    Amqps,
    Http,
    Https,
    Tcp,
    Unix,
    File,
}

/// All schemes, as the URL readers of Django and Celery (dj-database-url,
/// django-environ, kombu) know them.
const SCHEMES: &[Scheme] = &[
    row(&["postgres", "postgresql", "pgsql", "psql", "postgis"], "postgres", Family::Postgres, 5432),
    row(&["timescale", "timescalegis"], "postgres", Family::Postgres, 5432),
    row(&["cockroach", "cockroachdb"], "cockroach", Family::Postgres, 26257),
    row(&["redshift"], "redshift", Family::Postgres, 5439),
    row(&["mysql", "mysql2", "mysqlgis", "mysql-connector", "mariadb"], "mysql", Family::Mysql, 3306),
    row(&["redis", "valkey"], "redis", Family::Redis, 6379),
    row(&["rediss", "valkeys"], "rediss", Family::Rediss, 6379),
    row(&["sentinel"], "sentinel", Family::Redis, 26379),
    row(&["redis+socket"], "redis+socket", Family::RedisSocket, 0),
    row(&["amqp", "pyamqp", "librabbitmq"], "amqp", Family::Amqp, 5672),
    row(&["amqps", "pyamqps"], "amqps", Family::Amqps, 5671),
    row(&["http"], "http", Family::Http, 80),
    row(&["https"], "https", Family::Https, 443),
    row(&["tcp"], "tcp", Family::Tcp, 0),
    row(&["unix"], "unix", Family::Unix, 0),
    row(&["file"], "file", Family::File, 0),
];

const fn row(names: &'static [&'static str], shown: &'static str, family: Family, port: u16) -> Scheme {
    Scheme { names, shown, family, port }
}

/// Schemes that need no server.
const SERVERLESS: [&str; 8] =
    ["sqlite", "sqlite3", "spatialite", "memory", "filesystem", "sqla+sqlite", "sqlalchemy+sqlite", "none"];

impl Scheme {
    /// Finds a scheme by its name in a URL. What is before or after a `+` names a
    /// Python package (`sqla+postgresql`, `postgresql+psycopg`), not a protocol.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let known = |name: &str| SCHEMES.iter().find(|scheme| scheme.names.contains(&name)).copied();
        let wrapped = ["sqla+", "sqlalchemy+", "db+"].iter().find_map(|wrapper| name.strip_prefix(wrapper));
        let inner = wrapped.unwrap_or(name);
        known(inner).or_else(|| known(inner.split('+').next()?))
    }

    /// Whether it is of a database or a broker. A variable of the app names only
    /// these, `ENTRYPOINT_WAIT` any scheme.
    pub(crate) fn is_app(self) -> bool {
        match self.family {
            Family::Postgres
            | Family::Mysql
            | Family::Redis
            | Family::Rediss
            | Family::RedisSocket
            | Family::Amqp
            | Family::Amqps => true,
            Family::Http | Family::Https | Family::Tcp | Family::Unix | Family::File => false,
        }
    }

    pub(crate) fn is_serverless(name: &str) -> bool {
        SERVERLESS.contains(&name) || name.starts_with("sqlite+")
    }

    /// The endpoints that a URL of this scheme names.
    pub(crate) fn endpoints(self, url: &Url) -> Result<Vec<Endpoint>, Error> {
        match self.family {
            Family::Postgres => self.postgres(url),
            Family::Mysql => self.mysql(url),
            Family::Redis => self.each_host(url, |_, _| Ok(Protocol::Redis)),
            Family::Amqp => self.each_host(url, |_, _| Ok(Protocol::Amqp)),
            Family::Rediss | Family::Amqps | Family::Https => {
                self.each_host(url, |name, _| Ok(Protocol::Tls { name: name.to_owned() }))
            }
            Family::Http => self.each_host(url, |name, port| {
                Ok(Protocol::Http { host: self.host_header(name, port), path: url.request_target() })
            }),
            Family::Tcp => self.each_host(url, |_, port| match port {
                0 => Err(Error::NoPort),
                _ => Ok(Protocol::Open),
            }),
            Family::RedisSocket => {
                Ok(vec![self.endpoint(EndpointAddress::Socket(path(url)?), Protocol::Redis)])
            }
            Family::Unix => Ok(vec![self.endpoint(EndpointAddress::Socket(path(url)?), Protocol::Open)]),
            Family::File => Ok(vec![self.endpoint(EndpointAddress::File(path(url)?), Protocol::Open)]),
        }
    }

    /// An endpoint for each host of the URL. Without a host, kombu and the Redis
    /// clients connect to this machine.
    fn each_host(
        self,
        url: &Url,
        protocol: impl Fn(&str, u16) -> Result<Protocol, Error>,
    ) -> Result<Vec<Endpoint>, Error> {
        let local = [HostPort { name: "localhost".to_owned(), port: None }];
        let hosts = if url.hosts.is_empty() { &local[..] } else { &url.hosts };
        let endpoint = |host: &HostPort| {
            let (name, port) = (host.name.clone(), host.port.unwrap_or(self.port));
            let protocol = protocol(&name, port)?;
            let is_path = name.starts_with('/');
            let place = if is_path {
                EndpointAddress::Socket(name.into())
            } else {
                EndpointAddress::Host { name, port }
            };
            Ok(self.endpoint(place, protocol))
        };
        hosts.iter().map(endpoint).collect()
    }

    /// The Host header: with the port unless it is the default one.
    fn host_header(self, name: &str, port: u16) -> String {
        let name = bracketed(name);
        if port == self.port { name } else { format!("{name}:{port}") }
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
            .map(|(name, port)| self.endpoint(postgres_place(&name, port), protocol.clone()))
            .collect())
    }

    fn mysql(self, url: &Url) -> Result<Vec<Endpoint>, Error> {
        let socket = |path: &str| self.endpoint(EndpointAddress::Socket(path.into()), Protocol::Mysql);
        if let Some(path) = url.parameter("unix_socket") {
            return Ok(vec![socket(path)]);
        }
        if url.hosts.is_empty() {
            return Ok(MYSQL_SOCKETS.into_iter().map(socket).collect());
        }
        self.each_host(url, |_, _| Ok(Protocol::Mysql))
    }

    fn endpoint(self, place: EndpointAddress, protocol: Protocol) -> Endpoint {
        Endpoint { scheme: self.shown, place, protocol }
    }
}

/// Where libpq finds the socket when no host is given: Debian's folder, and the
/// default of PostgreSQL's own build and of psycopg's wheels.
const POSTGRES_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// The same for the libraries of MySQL and MariaDB.
const MYSQL_SOCKETS: [&str; 2] = ["/run/mysqld/mysqld.sock", "/tmp/mysql.sock"];

/// The hosts of a PostgreSQL URL: its parameters `host` and `port`, lists with
/// commas, override the authority (libpq 34.1.1.2).
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

fn postgres_place(name: &str, port: u16) -> EndpointAddress {
    if name.starts_with('/') {
        return EndpointAddress::Socket(Path::new(name).join(format!(".s.PGSQL.{port}")));
    }
    EndpointAddress::Host { name: name.to_owned(), port }
}

/// The absolute path that a URL names.
fn path(url: &Url) -> Result<PathBuf, Error> {
    let path = url::decode(&url.path)?;
    if url.hosts.is_empty() && path.len() > 1 && !path.contains('\0') {
        Ok(path.into())
    } else {
        Err(Error::NoPath)
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Scheme, Url, path};

    #[test]
    fn the_host_header_names_another_port() {
        let http = Scheme::find("http").unwrap();
        assert_eq!(http.host_header("site.example", 80), "site.example");
        assert_eq!(http.host_header("::1", 8000), "[::1]:8000");
    }

    #[test]
    fn a_socket_is_not_the_root_folder() {
        let path = |text: &str| path(&Url::parse(text).unwrap());
        assert_eq!(path("unix:///s"), Ok("/s".into()));
        assert_eq!(path("unix:///"), Err(Error::NoPath));
    }
}
