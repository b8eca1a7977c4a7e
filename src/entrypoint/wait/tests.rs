#![allow(clippy::disallowed_methods, reason = "a server to wait for")]

use super::protocol::Protocol;
use super::target::{Endpoint, EndpointAddress, Target};
use super::{Outcome, WaitPlan, wait};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PONG: &[u8] = b"+PONG\r\n";

/// Waits for Redis at a port. Returns the time at which it was ready.
fn wait_for_redis(port: u16) -> Instant {
    let place = EndpointAddress::Host { name: "127.0.0.1".to_owned(), port };
    let endpoint = Endpoint { scheme: "redis", place, protocol: Protocol::Redis };
    let targets = vec![Target { source: "TEST", endpoints: vec![endpoint] }];
    let plan = WaitPlan { targets, timeout: Some(Duration::from_secs(60)), ..WaitPlan::default() };
    assert_eq!(wait(&plan, &|_| ()).unwrap(), Outcome::Ready);
    Instant::now()
}

/// A server that hands each new connection, with its number, to `serve`.
fn server(serve: impl Fn(usize, TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            serve(number, connection.unwrap());
        }
    });
    port
}

fn respond(mut connection: TcpStream, response: &[u8]) {
    let _ = connection.read(&mut [0; 64]);
    let _ = connection.write_all(response);
}

#[test]
fn a_server_that_begins_to_respond_gets_a_new_probe_soon() {
    for silent in [Duration::from_millis(1300), Duration::from_millis(4200)] {
        let start = Instant::now();
        let (tx, kept): (_, Receiver<TcpStream>) = channel();
        let port = server(move |_, connection| {
            if start.elapsed() < silent { tx.send(connection).unwrap() } else { respond(connection, PONG) }
        });
        let late = wait_for_redis(port) - (start + silent);
        // It is less than a second on an idle machine.
        assert!(late < Duration::from_secs(3), "seen after {late:?}");
        assert!(kept.try_iter().count() > 1);
    }
}

#[test]
fn a_server_that_responds_late_on_the_first_connection_is_ready() {
    let (tx, kept) = channel();
    let port = server(move |number, connection| {
        if number > 0 {
            return tx.send(connection).unwrap();
        }
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(3));
            respond(connection, PONG);
        });
    });
    // Only the first connection gets a response.
    wait_for_redis(port);
    assert!(kept.try_iter().count() >= 1, "no probes beside the first one");
}

#[test]
fn pauses_are_short_while_a_database_is_starting_up() {
    let start = Instant::now();
    let starting = Duration::from_secs(4);
    let (tx, times) = channel();
    let port = server(move |_, connection| {
        let now = start.elapsed();
        respond(connection, if now < starting { b"-LOADING dataset\r\n" } else { PONG });
        tx.send(now).unwrap();
    });
    wait_for_redis(port);
    // Pauses that grow to a second would make nine probes in this time.
    let probes = times.try_iter().count();
    assert!((15..100).contains(&probes), "{probes} probes in 4 s");
}
