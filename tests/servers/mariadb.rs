//! MariaDB.

use crate::server::{Server, folder, free_port, give_to};
use crate::waiting::{Waiting, reason_of};
use std::net::TcpStream;
use std::process::Command;
use tempfile::TempDir;

const USER: &str = "mysql";

struct Mariadb {
    folder: TempDir,
    port: u16,
}

impl Mariadb {
    /// A fresh data folder, with an administrator without a password.
    fn make() -> Self {
        let folder = folder();
        give_to(USER, folder.path());
        let made = Command::new("mariadb-install-db")
            .args([
                "--no-defaults",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                "--user=mysql",
            ])
            .arg(format!("--datadir={}", folder.path().join("data").display()))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { folder, port: free_port() }
    }

    fn start(&self, options: &[&str]) -> Server {
        let folder = self.folder.path().display();
        let mut command = Command::new("/usr/sbin/mariadbd");
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--user=mysql"]);
        command.arg(format!("--datadir={folder}/data")).arg(format!("--socket={folder}/socket"));
        command.arg(format!("--pid-file={folder}/pid")).arg(format!("--port={}", self.port)).args(options);
        Server::start(&mut command, &self.folder.path().join("log"))
    }

    fn url(&self) -> String {
        format!("mysql://root:s3cret@127.0.0.1:{}/mysql", self.port)
    }

    fn client(&self, query: &str) -> String {
        format!("mariadb --no-defaults -NB -h 127.0.0.1 -P {} -u root -e \"{query}\"", self.port)
    }
}

#[test]
fn slow_to_start() {
    let mariadb = Mariadb::make();
    let url = mariadb.url();
    assert_eq!(reason_of(&url), "connection refused");
    let client = mariadb.client("show global status where variable_name = 'Aborted_connects'");
    let mut waiting = Waiting::start(&[("DATABASE_URL", &url)], &client);
    waiting.says("connection refused");
    let _server = mariadb.start(&[]);
    let said = waiting.succeeds();
    assert!(said.ends_with("\nAborted_connects\t1\n"), "it was greeted once: {said}");
    let socket = format!("mysql://root@/mysql?unix_socket={}/socket", mariadb.folder.path().display());
    Waiting::start(&[("DATABASE_URL", &socket)], &mariadb.client("select 42")).succeeds();
}

#[test]
fn restarted_in_the_middle() {
    let mariadb = Mariadb::make();
    let port = mariadb.port.to_string();
    let server = mariadb.start(&[]);
    let mut waiting =
        Waiting::start(&[("DB_HOST", "localhost"), ("DB_PORT", &port)], &mariadb.client("select 42"));
    server.kill();
    waiting.says(&format!("waiting for database://localhost:{port} (DB_HOST)"));
    waiting.is_waiting();
    let _server = mariadb.start(&[]);
    assert!(waiting.succeeds().ends_with("\n42\n"));
}

#[test]
fn with_every_place_taken() {
    let mariadb = Mariadb::make();
    // Who says nothing keeps his place.
    let server = mariadb.start(&["--max-connections=10", "--connect-timeout=600"]);
    server.await_log("ready for connections");
    let connect = |_| TcpStream::connect(("127.0.0.1", mariadb.port)).unwrap();
    // It takes them in the order in which they came.
    let taken: Vec<TcpStream> = (0..11).map(connect).collect();
    assert_eq!(reason_of(&mariadb.url()), "refuses the connection: Too many connections (error 1040)");
    let url = mariadb.url();
    let mut waiting = Waiting::start(&[("DATABASE_URL", &url)], &mariadb.client("select 42"));
    waiting.says("Too many connections");
    drop(taken);
    waiting.succeeds();
}
