//! One HTTP request over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The timeout of a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// The whole response to a GET, status line first; `None` without a response.
pub(crate) fn get(address: &str, path: &str, host: &str) -> Option<String> {
    request(address, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

fn request(address: &str, text: &str) -> Option<String> {
    let address = address.parse().expect("an address and a port");
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).ok()?;
    (!response.is_empty()).then(|| String::from_utf8_lossy(&response).into_owned())
}
