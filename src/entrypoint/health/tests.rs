#![allow(clippy::disallowed_methods, reason = "servers, processes and files to check")]

use super::settings::{HealthSettings, Mode};
use super::{HealthCheck, ping_arguments};
use crate::entrypoint::env_var::Variables;
use crate::sys::net::Address;
use crate::sys::proc::Process;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn process(pid: u32, line: &str) -> Process {
    let arguments = line.split(' ').map(Into::into).collect();
    Process { pid, parent: 0, state: 'S', start_ticks: 0, group: pid, session: pid, arguments }
}

fn settings(port: u16) -> HealthSettings {
    HealthSettings {
        mode: Mode::Auto,
        path: "/health/".to_owned(),
        host: "shop.example".to_owned(),
        timeout: Duration::from_secs(5),
        port,
    }
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    let environment: Vec<_> = pairs.iter().map(|(name, value)| (name.into(), value.into())).collect();
    Variables::from_env(&environment).unwrap()
}

/// A server that reads a request and sends this response on each connection.
fn server(address: &str, response: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection: TcpStream = connection.unwrap();
            let _ = connection.read(&mut [0; 1024]);
            let _ = connection.write_all(response.as_bytes());
        }
    });
    address
}

/// The port of a server that has ended.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process whose only socket is this one.
fn with_socket(listener: TcpListener) -> Child {
    let mut command = Command::new("sleep");
    command.arg("1000").stdin(OwnedFd::from(listener)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn text(result: Result<String, super::Unhealthy>) -> String {
    result.unwrap_or_else(|unhealthy| unhealthy.to_string())
}

fn run_web(address: &str) -> String {
    let gunicorn = process(7, "gunicorn app");
    text(HealthCheck::Web(&gunicorn, Address::Internet(address.parse().unwrap())).run(&settings(8000)))
}

#[test]
fn the_address_is_the_one_on_which_the_process_listens() {
    let other = TcpListener::bind("127.0.0.3:0").unwrap();
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut child = with_socket(listener);
    let processes = [process(child.id(), "gunicorn app")];
    for port in [address.port(), other.local_addr().unwrap().port()] {
        let settings = settings(port);
        let check = HealthCheck::find(&processes, &settings, &variables(&[]));
        assert_eq!(
            check.map(|check| check.describe(&settings)),
            Ok(format!(
                "would request /health/ from the web server, process {}, at {address} \
                 with the Host header shop.example\n",
                child.id()
            ))
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_web_server_is_judged_by_its_response() {
    let healthy = server("127.0.0.1:0", "HTTP/1.1 200 OK\r\n\r\n").to_string();
    assert_eq!(run_web(&healthy), format!("healthy: the web server at {healthy} responds\n"));
    let refuses_host = server("127.0.0.1:0", "HTTP/1.1 400 Bad Request\r\n\r\n").to_string();
    assert_eq!(
        run_web(&refuses_host),
        format!(
            "the web server at {refuses_host} responds with HTTP status 400: if Django does not allow the host \
             shop.example, set ENTRYPOINT_HEALTH_HOST to one of ALLOWED_HOSTS"
        )
    );
    let fails = server("127.0.0.1:0", "HTTP/1.1 500 Error\r\n\r\n").to_string();
    assert_eq!(run_web(&fails), format!("the web server at {fails} responds with HTTP status 500"));
    let closed = format!("127.0.0.1:{}", closed_port());
    assert_eq!(run_web(&closed), format!("the web server at {closed} is not ready: connection refused"));
}

#[test]
fn a_server_on_both_loopback_addresses_is_probed_on_both() {
    let port = server("127.0.0.1:0", "HTTP/1.1 200 OK\r\n\r\n").port();
    assert_eq!(
        run_web(&format!("[::1]:{port}")),
        format!("healthy: the web server at [::1]:{port} responds\n")
    );
    // This address stands for one of another machine.
    assert!(run_web(&format!("[::2]:{port}")).contains("is not ready: "));
}

#[test]
fn a_worker_needs_its_brokers() {
    let processes = [process(7, "celery -A shop worker")];
    let run = |port: u16| {
        let broker = format!("redis://:secret@127.0.0.1:{port}/0");
        let settings = settings(8000);
        let check = HealthCheck::find(&processes, &settings, &variables(&[("BROKER_URL", &broker)])).unwrap();
        let described = check.describe(&settings);
        (described, text(check.run(&settings)))
    };
    let port = server("127.0.0.1:0", "+PONG\r\n").port();
    let broker = format!("redis://127.0.0.1:{port} (BROKER_URL)");
    assert_eq!(
        run(port),
        (
            format!("would check that the worker, process 7, is alive, and probe {broker}\n"),
            format!("healthy: the worker is alive, {broker} responds\n")
        )
    );
    let port = closed_port();
    assert_eq!(
        run(port).1,
        format!("the worker's broker redis://127.0.0.1:{port} (BROKER_URL) is not ready: connection refused")
    );
}

#[test]
fn beat_is_checked_by_its_schedule_if_it_writes_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schedule");
    let processes = [process(7, &format!("celery -A shop beat -s {}", file.display()))];
    let settings = settings(8000);
    let run = || text(HealthCheck::find(&processes, &settings, &variables(&[])).unwrap().run(&settings));
    assert_eq!(run(), "healthy: beat is alive\n");
    // The format of the file appends a suffix.
    std::fs::write(folder.path().join("schedule.db"), "").unwrap();
    assert_eq!(run(), format!("healthy: beat is alive and writes to {}\n", file.display()));
}

#[test]
fn celery_pings_one_worker_for_at_least_a_second() {
    let arguments = |timeout: u64| {
        let settings = HealthSettings { timeout: Duration::from_millis(timeout), ..settings(8000) };
        ping_arguments("mail@web1", &settings)
    };
    assert_eq!(arguments(5000), ["ping", "-d", "mail@web1", "--timeout", "5"]);
    assert_eq!(arguments(300), ["ping", "-d", "mail@web1", "--timeout", "1"]);
}
