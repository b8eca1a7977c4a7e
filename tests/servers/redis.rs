//! Redis.

use crate::certificate::Certificate;
use crate::server::{Server, folder, free_port, until};
use crate::waiting::{Waiting, timeout_reason};
use std::process::Command;
use tempfile::TempDir;

struct Redis {
    folder: TempDir,
    port: u16,
}

impl Redis {
    fn new() -> Self {
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

    /// Writes a file with many keys, which takes time to load.
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

/// Options with which loading the file takes about 50 s.
const SLOW_LOADING: [&str; 6] =
    ["--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024", "--save", ""];

#[test]
fn slow_to_start_and_with_a_password() {
    let redis = Redis::new();
    let url = redis.url();
    let mut waiting =
        Waiting::start(&[("BROKER_URL", &url)], &redis.client("-a s3cret --no-auth-warning ping"));
    waiting.expect_line("connection refused");
    let _server = redis.start(&["--requirepass", "s3cret"]);
    assert!(waiting.expect_success().ends_with("\nPONG\n"));
}

#[test]
fn restarted_while_it_is_loading() {
    let redis = Redis::new();
    redis.fill();
    assert_eq!(timeout_reason(&redis.url()), "connection refused");
    let server = redis.start(&SLOW_LOADING);
    let url = redis.url();
    until("it is loading", || timeout_reason(&url).starts_with("starting up"));
    let mut waiting = Waiting::start(&[("CELERY_BROKER_URL", &url)], &redis.client("dbsize"));
    waiting.expect_line("starting up: LOADING Redis is loading the dataset in memory");
    server.kill();
    waiting.assert_waiting();
    let _server = redis.start(&[]);
    assert!(waiting.expect_success().ends_with("\n100000\n"));
}

#[test]
fn with_tls() {
    let redis = Redis::new();
    let tls = Certificate::make(redis.folder.path());
    let (certificate, key) = (tls.certificate.to_str().unwrap(), tls.key.to_str().unwrap());
    let port = redis.port.to_string();
    let url = redis.url().replace("redis:", "rediss:");
    let client = redis.client(&format!("--tls --cert {certificate} --key {key} --cacert {certificate} ping"));
    let mut waiting = Waiting::start(&[("BROKER_URL", &url)], &client);
    waiting.expect_line("connection refused");
    let tls = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
    let _server = redis.start(&[&["--tls-port", &port, "--port", "0"][..], &tls].concat());
    waiting.expect_success();
    assert_eq!(timeout_reason(&redis.url()), "closes the connection without a response", "a server with TLS");
}

#[test]
fn on_a_socket_and_without_tls() {
    let redis = Redis::new();
    let socket = redis.folder.path().join("redis.sock");
    let url = format!("redis+socket://{}?virtual_host=0", socket.display());
    assert_eq!(timeout_reason(&url), "does not exist");
    let waiting = Waiting::start(&[("BROKER_URL", &url)], &redis.client("ping"));
    let _server = redis.start(&["--unixsocket", socket.to_str().unwrap()]);
    waiting.expect_success();
    let reason = timeout_reason(&redis.url().replace("redis:", "rediss:"));
    assert_eq!(reason, "TLS: the server does not respond to the handshake");
}
