//! Redis.

use crate::certificate::Certificate;
use crate::server::{Server, folder, free_port, until};
use crate::waiting::{Waiting, reason_of};
use std::process::Command;
use tempfile::TempDir;

struct Redis {
    folder: TempDir,
    port: u16,
}

impl Redis {
    fn make() -> Self {
        Self { folder: folder(), port: free_port() }
    }

    fn start(&self, options: &[&str]) -> Server {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--dir"]).arg(self.folder.path());
        if !options.contains(&"--tls-port") {
            command.args(["--port", &self.port.to_string()]);
        }
        Server::start(command.args(options), &self.folder.path().join("log"))
    }

    fn url(&self) -> String {
        format!("redis://:s3cret@127.0.0.1:{}/0", self.port)
    }

    fn client(&self, arguments: &str) -> String {
        format!("exec redis-cli -e -h 127.0.0.1 -p {} {arguments}", self.port)
    }

    /// Many keys on disk, so that reading them takes a while.
    fn fill(&self) {
        let server = self.start(&["--save", ""]);
        let fill = format!("until {} ping; do sleep 0.1; done", self.client("").trim_start_matches("exec "));
        let fill = fill
            + &format!(
                " && {}",
                self.client(
                    "eval \"for i = 1, 100000 do redis.call('set', i, i) end\" 0 && redis-cli -p PORT save"
                )
            );
        let fill = fill.replace("PORT", &self.port.to_string());
        let filled = Command::new("sh").args(["-c", &fill.replace("exec ", "")]).output().unwrap();
        assert!(filled.status.success(), "{filled:?}");
        server.kill();
    }
}

/// Keeps a server busy with its file for some 50 s.
const SLOW: [&str; 6] =
    ["--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024", "--save", ""];

#[test]
fn slow_to_start_and_with_a_password() {
    let redis = Redis::make();
    let url = redis.url();
    let mut waiting =
        Waiting::start(&[("BROKER_URL", &url)], &redis.client("-a s3cret --no-auth-warning ping"));
    waiting.says("connection refused");
    let _server = redis.start(&["--requirepass", "s3cret"]);
    assert!(waiting.succeeds().ends_with("\nPONG\n"));
}

#[test]
fn restarted_while_it_is_loading() {
    let redis = Redis::make();
    redis.fill();
    assert_eq!(reason_of(&redis.url()), "connection refused");
    let server = redis.start(&SLOW);
    let url = redis.url();
    until("it is loading", || reason_of(&url).starts_with("starting up"));
    let mut waiting = Waiting::start(&[("CELERY_BROKER_URL", &url)], &redis.client("dbsize"));
    waiting.says("starting up: LOADING Redis is loading the dataset in memory");
    server.kill();
    waiting.is_waiting();
    let _server = redis.start(&[]);
    assert!(waiting.succeeds().ends_with("\n100000\n"));
}

#[test]
fn with_tls() {
    let redis = Redis::make();
    let tls = Certificate::make(redis.folder.path());
    let (certificate, key) = (tls.certificate.to_str().unwrap(), tls.key.to_str().unwrap());
    let port = redis.port.to_string();
    let url = redis.url().replace("redis:", "rediss:");
    let client = redis.client(&format!("--tls --cert {certificate} --key {key} --cacert {certificate} ping"));
    let mut waiting = Waiting::start(&[("BROKER_URL", &url)], &client);
    waiting.says("connection refused");
    let tls = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
    let _server = redis.start(&[&["--tls-port", &port, "--port", "0"][..], &tls].concat());
    waiting.succeeds();
    assert_eq!(
        reason_of(&redis.url()),
        "closes the connection without a response",
        "no TLS where there should be"
    );
}

#[test]
fn without_tls_where_it_should_be_and_on_a_socket() {
    let redis = Redis::make();
    let socket = redis.folder.path().join("redis.sock");
    let url = format!("redis+socket://{}?virtual_host=0", socket.display());
    assert_eq!(reason_of(&url), "does not exist");
    let waiting = Waiting::start(&[("BROKER_URL", &url)], &redis.client("ping"));
    let _server = redis.start(&["--unixsocket", socket.to_str().unwrap()]);
    waiting.succeeds();
    let reason = reason_of(&redis.url().replace("redis:", "rediss:"));
    assert_eq!(reason, "TLS: the server does not respond to the handshake");
}
