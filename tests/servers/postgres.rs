//! PostgreSQL.

use crate::certificate::Certificate;
use crate::server::{Server, as_user, folder, free_port, give_to, until};
use crate::waiting::{Waiting, timeout_reason};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const USER: &str = "postgres";

struct Postgres {
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// A new cluster with password authentication, not running.
    fn make() -> Self {
        let folder = folder();
        give_to(USER, folder.path());
        let password = folder.path().join("password");
        std::fs::write(&password, "s3cret").unwrap();
        let data = folder.path().join("data");
        let made = as_user(USER, program("initdb"))
            .args(["--no-sync", "-A", "scram-sha-256", "-U", "app", "--pwfile"])
            .arg(&password)
            .arg("-D")
            .arg(&data)
            .current_dir("/")
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { folder, port: free_port() }
    }

    fn start(&self, options: &[&str]) -> Server {
        let folder = self.folder.path();
        // The processes of a killed server are other groups, and end a moment later.
        until("the processes of the earlier server end", || !is_working_folder(&folder.join("data")));
        let mut command = as_user(USER, program("postgres"));
        command.arg("-D").arg(folder.join("data")).args(["-p", &self.port.to_string(), "-c", "fsync=off"]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c"]);
        command.arg(format!("unix_socket_directories={}", folder.display()));
        options.iter().for_each(|option| {
            command.args(["-c", option]);
        });
        Server::start(command.current_dir("/"), &folder.join("log"))
    }

    fn url(&self) -> String {
        format!("postgres://app:s3cret@127.0.0.1:{}/postgres", self.port)
    }

    fn client(&self) -> String {
        format!("{} -c 'select 40 + 2'", self.psql())
    }

    fn psql(&self) -> String {
        format!("PGPASSWORD=s3cret psql -qtA -h 127.0.0.1 -p {} -U app postgres", self.port)
    }

    /// A client that keeps its connection until it is dropped.
    fn client_connection(&self) -> ClientConnection {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {}", self.psql().replacen("PGPASSWORD", "env PGPASSWORD", 1))]);
        let mut client = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        client.stdin.as_mut().unwrap().write_all(b"select 'here';\n").unwrap();
        let mut line = String::new();
        BufReader::new(client.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "here\n");
        ClientConnection(client)
    }

    /// Keeps the server in recovery, in which it refuses every client, until the
    /// file is removed and the server restarted.
    fn standby(&self) -> PathBuf {
        let file = self.folder.path().join("data/standby.signal");
        std::fs::write(&file, "").unwrap();
        give_to(USER, &file);
        file
    }
}

struct ClientConnection(Child);

impl Drop for ClientConnection {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Whether it is the working folder of a process, as the data folder is of a server's.
fn is_working_folder(folder: &Path) -> bool {
    let mut processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes.any(|process| std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == folder))
}

fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").unwrap();
    let newest = versions.map(|entry| entry.unwrap().path()).max().unwrap();
    newest.join("bin").join(name)
}

#[test]
fn slow_to_start() {
    let postgres = Postgres::make();
    let url = postgres.url();
    let mut waiting = Waiting::start(&[("DATABASE_URL", &url)], &postgres.client());
    waiting.expect_line(&format!(
        "waiting for postgres://127.0.0.1:{} (DATABASE_URL): connection refused",
        postgres.port
    ));
    waiting.assert_waiting();
    let server = postgres.start(&[]);
    let output = waiting.expect_success();
    assert!(output.ends_with("\n42\n") && !output.contains("s3cret"), "{output}");
    assert!(!server.log().contains("authentication failed"), "it never authenticates: {}", server.log());
}

#[test]
fn restarted_during_the_wait() {
    let postgres = Postgres::make();
    let recovery = postgres.standby();
    let server = postgres.start(&["hot_standby=off"]);
    server.await_log("entering standby mode");
    let port = postgres.port.to_string();
    let variables =
        [("DB_HOST", "127.0.0.1"), ("DB_PORT", &port), ("DB_ENGINE", "django.db.backends.postgresql")];
    let mut waiting = Waiting::start(&variables, &postgres.client());
    waiting.expect_line("starting up: the database system is");
    waiting.assert_waiting();
    server.kill();
    waiting.assert_waiting();
    std::fs::remove_file(recovery).unwrap();
    let _server = postgres.start(&[]);
    assert!(waiting.expect_success().ends_with("\n42\n"));
}

#[test]
fn always_starting_up_and_not_running() {
    let postgres = Postgres::make();
    postgres.standby();
    assert_eq!(timeout_reason(&postgres.url()), "connection refused");
    let server = postgres.start(&["hot_standby=off"]);
    server.await_log("entering standby mode");
    assert!(timeout_reason(&postgres.url()).starts_with("starting up: the database system is"));
    assert_eq!(
        timeout_reason(&format!("redis://127.0.0.1:{}", postgres.port)),
        "closes the connection without a response"
    );
}

#[test]
fn with_tls() {
    let postgres = Postgres::make();
    let tls = Certificate::make(postgres.folder.path());
    give_to(USER, &tls.key);
    let recovery = postgres.standby();
    let key = format!("ssl_key_file={}", tls.key.display());
    let options = ["ssl=on", &format!("ssl_cert_file={}", tls.certificate.display()), &key];
    let url = postgres.url() + "?sslmode=require";
    let server = postgres.start(&[&options[..], &["hot_standby=off"]].concat());
    server.await_log("entering standby mode");
    let mut waiting =
        Waiting::start(&[("DATABASE_URL", &url)], &format!("PGSSLMODE=require {}", postgres.client()));
    waiting.expect_line("starting up: the database system is");
    server.kill();
    std::fs::remove_file(recovery).unwrap();
    let _server = postgres.start(&options);
    waiting.expect_success();
}

#[test]
fn on_its_socket_and_without_a_free_connection() {
    let postgres = Postgres::make();
    let server = postgres.start(&["max_connections=4", "superuser_reserved_connections=0"]);
    server.await_log("ready to accept connections");
    assert_eq!(
        timeout_reason(&format!("{}?sslmode=verify-full", postgres.url())),
        "TLS: the server does not support it"
    );
    let url =
        format!("postgres://app@/postgres?host={}&port={}", postgres.folder.path().display(), postgres.port);
    Waiting::start(&[("DATABASE_URL", &url)], &postgres.client()).expect_success();
    let clients: Vec<ClientConnection> = (0..4).map(|_| postgres.client_connection()).collect();
    // The probe may still hold the first free connection.
    let retrying = format!("for n in $(seq 600); do {} && exit; sleep 0.1; done; exit 1", postgres.client());
    let mut waiting = Waiting::start(&[("DATABASE_URL", &url)], &retrying);
    waiting.expect_line("refuses the connection: sorry, too many clients already");
    waiting.assert_waiting();
    drop(clients);
    waiting.expect_success();
}

#[test]
fn the_second_of_two_hosts_is_enough() {
    let postgres = Postgres::make();
    let _server = postgres.start(&[]);
    let url = format!("postgres://app@nosuch.invalid,127.0.0.1:{}/postgres", postgres.port);
    Waiting::start(&[("DATABASE_URL", &url)], &postgres.client()).expect_success();
}
