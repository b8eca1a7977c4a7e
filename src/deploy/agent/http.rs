//! Requests a page of this host and returns the status of the response.

use crate::deploy::check_url::Check;
use crate::http_probe::{Request, Status, parse_status};
use crate::sys::net;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// Timeout of the whole request, from connecting to the status line.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum length of a status line, in bytes.
const MAX_STATUS_LINE: usize = 1024;

/// Requests the page as a proxy that terminates HTTPS does.
pub fn status(check: &Check) -> Result<u16, String> {
    let request = Request { host: &check.host, target: &check.path, is_forwarded: true };
    let deadline = Instant::now() + TIMEOUT;
    match exchange(&check.address, &request.to_bytes(), deadline).map_err(|error| error.to_string())? {
        Status::Code(code) => Ok(code),
        Status::Incomplete | Status::Foreign => Err("the response is not HTTP".to_owned()),
    }
}

fn exchange(address: &str, request: &[u8], deadline: Instant) -> std::io::Result<Status> {
    let mut stream = net::connect_until(address, deadline)?;
    stream.write_all(request)?;
    let mut received = Vec::new();
    let mut buffer = [0; 256];
    loop {
        let length = stream.read(&mut buffer)?;
        received.extend(&buffer[..length]);
        match parse_status(&received) {
            Status::Incomplete if length > 0 && received.len() < MAX_STATUS_LINE => {}
            status => return Ok(status),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a server to request a page from")]
mod tests {
    use super::{MAX_STATUS_LINE, exchange, status};
    use crate::deploy::check_url::Check;
    use std::io::{ErrorKind, Read, Write};
    use std::time::{Duration, Instant};

    #[test]
    fn returns_the_status_and_sends_the_host() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let request = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut bytes = [0; 512];
            let length = stream.read(&mut bytes).unwrap();
            stream.write_all(b"HTTP/1.1 503 No\r\n\r\n").unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        });
        let check = Check::parse(&format!("http://{address}?a=b"), Some("www.a.b".into())).unwrap();
        assert_eq!(status(&check), Ok(503));
        let request = request.join().unwrap();
        assert!(request.starts_with("GET /?a=b HTTP/1.1\r\nHost: www.a.b\r\n"), "{request}");
        assert!(status(&check).is_err());
    }

    #[test]
    fn a_slow_response_does_not_extend_the_deadline() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            for byte in b"HTTP/1.1".iter().cycle() {
                std::thread::sleep(Duration::from_millis(20));
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        });
        let start = Instant::now();
        let result = exchange(&address.to_string(), b"", start + Duration::from_millis(200));
        assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    /// The result of a request to a server that sends these pieces and then keeps
    /// the connection open, or closes it.
    fn status_of(pieces: &[&str], keep_open: bool) -> Result<u16, String> {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let pieces: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 512]).unwrap();
            for piece in pieces {
                stream.write_all(piece.as_bytes()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            if keep_open {
                let _ = is_done.recv();
            }
        });
        let result = status(&Check::parse(&format!("http://{address}/"), None).unwrap());
        drop(done);
        thread.join().unwrap();
        result
    }

    #[test]
    fn a_status_line_may_come_in_pieces() {
        assert_eq!(status_of(&["HTTP/1", ".1 2", "04 No Content\r\n\r\n"], true), Ok(204));
        let not_http = Err("the response is not HTTP".to_owned());
        assert_eq!(status_of(&["HTTP/1.1"], false), not_http);
        let endless = format!("HTTP/1.{}", "1".repeat(MAX_STATUS_LINE - 7));
        assert_eq!(status_of(&[&endless], true), not_http);
    }
}
