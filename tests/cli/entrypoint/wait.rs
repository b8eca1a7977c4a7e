//! Waiting, without servers: ports that are closed, silent, or respond in another protocol.

use super::project;
use crate::run::{Test, binary};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// `migrate` with half a second to wait.
fn migrate() -> Test {
    project().args(["migrate"]).env("ENTRYPOINT_WAIT_TIMEOUT", "500ms")
}

/// The port of a server that runs this for each connection.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(&serve));
    port
}

/// A server that reads something and sends this response.
fn responds_with(response: &'static [u8]) -> u16 {
    server(move |mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(response);
    })
}

/// The message about a URL that does not become ready. On a busy machine half a second may be
/// too short for a response: then it gets ten.
#[track_caller]
fn assert_never(url: &str, shown: &str, reason: &str) {
    let reason_after = |limit: &str, time: &str| {
        let output = migrate().env("ENTRYPOINT_WAIT", url).env("ENTRYPOINT_WAIT_TIMEOUT", limit).output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let start = format!("docker-entrypoint: {shown} (ENTRYPOINT_WAIT) is not ready after {time}: ");
        let reported = stderr.lines().last().and_then(|line| line.strip_prefix(&start)).map(str::to_owned);
        assert_eq!((output.status.code(), reported.is_some()), (Some(124), true), "{stderr}");
        assert!(output.stdout.is_empty(), "nothing was started");
        reported.unwrap()
    };
    if reason_after("500ms", "0.5 s") != reason {
        assert_eq!(reason_after("10s", "10 s"), reason);
    }
}

#[test]
fn an_open_port_is_not_ready() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap(); // accepts no connection
    let port = listener.local_addr().unwrap().port();
    let closes = server(drop);
    let plain = ("accepts connections but does not respond", "closes the connection without a response");
    let tls = (
        "TLS: the server does not respond to the handshake",
        "TLS: the server closes the connection during the handshake",
    );
    for (scheme, (silent, closed)) in [
        ("postgres", plain),
        ("mysql", plain),
        ("redis", plain),
        ("amqp", plain),
        ("http", plain),
        ("rediss", tls),
    ] {
        let shown = |port: u16| format!("{scheme}://127.0.0.1:{port}");
        assert_never(&shown(port), &shown(port), silent);
        assert_never(&shown(closes), &shown(closes), closed);
    }
}

#[test]
fn another_protocol_is_named() {
    let port = responds_with(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    for (scheme, reason) in [
        ("postgres", "wrong protocol: expected PostgreSQL, got HTTP"),
        ("mysql", "wrong protocol: expected MySQL, got HTTP"),
        ("redis", "wrong protocol: expected Redis, got HTTP"),
        ("amqp", "wrong protocol: expected AMQP 0-9-1, got HTTP"),
        ("amqps", "TLS: the response is HTTP without TLS"),
        ("http", "responds with HTTP status 400"),
    ] {
        // A MySQL client sends nothing first.
        let port = if scheme == "mysql" {
            server(|mut stream| drop(stream.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n")))
        } else {
            port
        };
        let url = format!("{scheme}://127.0.0.1:{port}");
        assert_never(&url, &url, reason);
    }
}

#[test]
fn a_partial_response_is_not_ready() {
    for (scheme, half) in
        [("postgres", &b"R\0\0\0\x17"[..]), ("redis", b"+PO"), ("amqp", b"\x01\0\0\0\0\x01")]
    {
        let url = format!("{scheme}://127.0.0.1:{}", responds_with(half));
        assert_never(&url, &url, "sends an incomplete response");
    }
}

#[test]
fn every_target_gets_a_line_without_secrets() {
    let port = responds_with(b"+PONG\r\n");
    let output = migrate()
        .env("ENTRYPOINT_WAIT_TIMEOUT", "3s")
        .env("DATABASE_URL", "postgres://app:s3cret@127.0.0.1:1/s3cret")
        .env("BROKER_URL", format!("redis://:s3cret@127.0.0.1:{port}/0"))
        .env("ENTRYPOINT_WAIT", "file:///nonexistent/file,unix:///nonexistent/socket")
        .output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let mut last: Vec<&str> = stderr.lines().filter(|line| line.contains("is not ready")).collect();
    last.sort_unstable();
    assert_eq!(
        last,
        [
            "docker-entrypoint: file:///nonexistent/file (ENTRYPOINT_WAIT) is not ready after 3 s: does not exist",
            "docker-entrypoint: postgres://127.0.0.1:1 (DATABASE_URL) is not ready after 3 s: connection refused",
            "docker-entrypoint: unix:///nonexistent/socket (ENTRYPOINT_WAIT) is not ready after 3 s: does not exist",
        ]
    );
    assert!(!stderr.contains("s3cret"), "{stderr}");
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn ready_targets_are_not_mentioned() {
    let port = responds_with(b"-NOAUTH Authentication required.\r\n");
    migrate()
        .env("CELERY_BROKER_URL", format!("redis://127.0.0.1:{port}/0"))
        .env("ENTRYPOINT_WAIT_TIMEOUT", "60s")
        .stdout("[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n")
        .run();
}

#[test]
fn none_and_other_processes_do_not_wait() {
    let closed = "postgres://127.0.0.1:1/x";
    let expected = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n";
    migrate()
        .env("DATABASE_URL", closed)
        .env("ENTRYPOINT_WAIT", "none")
        .stdout(format!("{expected}<migrate>\n<--noinput>\n"))
        .run();
    let shell = project().args(["shell"]).env("DATABASE_URL", closed);
    shell.stdout(format!("{expected}<shell>\n")).run();
}

#[test]
fn a_dry_run_shows_the_wait_and_does_not_wait() {
    project()
        .args(["--dry-run", "migrate"])
        .env("DATABASE_URL", "postgres://app:s3cret@db,db2:5433/shop")
        .stdout(format!("{}[folder]/ve/bin/python manage.py migrate --noinput\n", super::ENV))
        .stderr("docker-entrypoint: would wait up to 60 s for postgres://db:5432 or postgres://db2:5433 (DATABASE_URL)\n")
        .run();
}

#[test]
fn invalid_targets_are_errors() {
    migrate()
        .env("ENTRYPOINT_WAIT", "redis://ok, redis://:s3c/ret@host")
        .code(125)
        .stderr(
            "docker-entrypoint: cannot read ENTRYPOINT_WAIT: entry 2 has an @ after its host: \
             write /, ?, # and @ in a password percent-encoded (%2F, %3F, %23, %40)\n",
        )
        .run();
    migrate()
        .env("ENTRYPOINT_WAIT_TIMEOUT", "soon")
        .code(125)
        .stderr("docker-entrypoint: ENTRYPOINT_WAIT_TIMEOUT is \"soon\": use a duration such as 60 or 2m (0 for no limit)\n")
        .run();
}

#[test]
fn a_missing_program_is_reported_before_the_wait() {
    let test = project().args(["worker"]).env("BROKER_URL", "redis://127.0.0.1:1/0");
    std::fs::remove_file(test.path("ve/bin/celery")).unwrap();
    let output = test.output();
    assert_eq!(output.status.code(), Some(127));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("wait"), "{stderr}");
}

#[test]
fn a_signal_ends_the_wait() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let test = project();
        let mut child = Command::new(binary())
            .arg0("docker-entrypoint")
            .arg("migrate")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("VIRTUAL_ENV", test.path("ve"))
            .env("ENTRYPOINT_APP_DIR", test.path("app"))
            .env("ENTRYPOINT_WAIT", "file:///nonexistent/file")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut printed = String::new();
        while !printed.contains("waiting for file:///nonexistent/file") {
            assert_ne!(stderr.read_line(&mut printed).unwrap(), 0, "{printed}");
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        stderr.read_to_string(&mut printed).unwrap();
        assert!(printed.ends_with("while waiting\n"), "{printed}");
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}
