//! PostgreSQL.

use crate::certificate::Certificate;
use crate::server::{Server, as_user, folder, free_port, give_to, until};
use crate::waiting::{Waiting, reason_of};
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
    /// A fresh cluster that asks for a password, not running.
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
        // Those of a server that was killed are groups of their own, and see after a moment that it is gone.
        until("nobody of the server before is left", || !is_worked_in(&folder.join("data")));
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
        format!("{} -c 'select 40 + 2'", self.console())
    }

    fn console(&self) -> String {
        format!("PGPASSWORD=s3cret psql -qtA -h 127.0.0.1 -p {} -U app postgres", self.port)
    }

    /// Somebody who has a connection, and keeps it until he is let go.
    fn guest(&self) -> Guest {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {}", self.console().replacen("PGPASSWORD", "env PGPASSWORD", 1))]);
        let mut client = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        client.stdin.as_mut().unwrap().write_all(b"select 'here';\n").unwrap();
        let mut line = String::new();
        BufReader::new(client.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "here\n");
        Guest(client)
    }

    /// Makes the server stay in its recovery, which refuses everybody, until
    /// the file is gone and it is started anew.
    fn standby(&self) -> PathBuf {
        let file = self.folder.path().join("data/standby.signal");
        std::fs::write(&file, "").unwrap();
        give_to(USER, &file);
        file
    }
}

/// A connection to the server.
struct Guest(Child);

impl Drop for Guest {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Whether that is some process's folder, as the data folder is of all of a server's.
fn is_worked_in(folder: &Path) -> bool {
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
    waiting.says(&format!(
        "waiting for postgres://127.0.0.1:{} (DATABASE_URL): connection refused",
        postgres.port
    ));
    waiting.is_waiting();
    let server = postgres.start(&[]);
    let said = waiting.succeeds();
    assert!(said.ends_with("\n42\n") && !said.contains("s3cret"), "{said}");
    assert!(!server.log().contains("authentication failed"), "it never authenticates: {}", server.log());
}

#[test]
fn restarted_in_the_middle() {
    let postgres = Postgres::make();
    let recovery = postgres.standby();
    let server = postgres.start(&["hot_standby=off"]);
    server.await_log("entering standby mode");
    let port = postgres.port.to_string();
    let variables =
        [("DB_HOST", "127.0.0.1"), ("DB_PORT", &port), ("DB_ENGINE", "django.db.backends.postgresql")];
    let mut waiting = Waiting::start(&variables, &postgres.client());
    waiting.says("starting up: the database system is");
    waiting.is_waiting();
    server.kill();
    waiting.is_waiting();
    std::fs::remove_file(recovery).unwrap();
    let _server = postgres.start(&[]);
    assert!(waiting.succeeds().ends_with("\n42\n"));
}

#[test]
fn starting_up_for_ever_and_absent() {
    let postgres = Postgres::make();
    postgres.standby();
    assert_eq!(reason_of(&postgres.url()), "connection refused");
    let server = postgres.start(&["hot_standby=off"]);
    server.await_log("entering standby mode");
    assert!(reason_of(&postgres.url()).starts_with("starting up: the database system is"));
    assert_eq!(
        reason_of(&format!("redis://127.0.0.1:{}", postgres.port)),
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
    waiting.says("starting up: the database system is");
    server.kill();
    std::fs::remove_file(recovery).unwrap();
    let _server = postgres.start(&options);
    waiting.succeeds();
}

#[test]
fn on_its_socket_and_with_every_place_taken() {
    let postgres = Postgres::make();
    let server = postgres.start(&["max_connections=4", "superuser_reserved_connections=0"]);
    server.await_log("ready to accept connections");
    assert_eq!(
        reason_of(&format!("{}?sslmode=verify-full", postgres.url())),
        "TLS: the server does not support it"
    );
    let url =
        format!("postgres://app@/postgres?host={}&port={}", postgres.folder.path().display(), postgres.port);
    Waiting::start(&[("DATABASE_URL", &url)], &postgres.client()).succeeds();
    let guests: Vec<Guest> = (0..4).map(|_| postgres.guest()).collect();
    // Its own question may still have the first place that gets free.
    let patient = format!("for n in $(seq 600); do {} && exit; sleep 0.1; done; exit 1", postgres.client());
    let mut waiting = Waiting::start(&[("DATABASE_URL", &url)], &patient);
    waiting.says("refuses the connection: sorry, too many clients already");
    waiting.is_waiting();
    drop(guests);
    waiting.succeeds();
}

#[test]
fn the_second_of_two_hosts_is_enough() {
    let postgres = Postgres::make();
    let _server = postgres.start(&[]);
    let url = format!("postgres://app@nosuch.invalid,127.0.0.1:{}/postgres", postgres.port);
    Waiting::start(&[("DATABASE_URL", &url)], &postgres.client()).succeeds();
}
