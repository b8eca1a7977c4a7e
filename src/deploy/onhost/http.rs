//! One question over HTTP/1.0: is there an answer, and which status.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long the server may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Asks `http://HOST[:PORT][/PATH]`, as a proxy for https would: with the
/// host's name, and `X-Forwarded-Proto`, so that no redirect answers.
pub fn status(url: &str) -> Result<u16, String> {
    let rest = url.strip_prefix("http://").ok_or("it is no http:// address")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = if host.rsplit(']').next().is_some_and(|end| end.contains(':')) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let told = |error: std::io::Error| error.to_string();
    let mut last = "the name has no address".to_owned();
    for address in address.to_socket_addrs().map_err(told)? {
        match TcpStream::connect_timeout(&address, LIMIT).and_then(|stream| ask(stream, host, path)) {
            Ok(answer) => return read(&answer).ok_or_else(|| "it does not answer in HTTP".to_owned()),
            Err(error) => last = told(error),
        }
    }
    Err(last)
}

fn ask(mut stream: TcpStream, host: &str, path: &str) -> std::io::Result<String> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let question = format!(
        "GET /{path} HTTP/1.0\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\n\
         User-Agent: docker-deploy\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(question.as_bytes())?;
    let mut start = [0; 64];
    let mut length = 0;
    while length < start.len() && !start[..length].contains(&b'\n') {
        match stream.read(&mut start[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(String::from_utf8_lossy(&start[..length]).into_owned())
}

fn read(answer: &str) -> Option<u16> {
    let mut words = answer.split_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::status;
    use std::io::{Read, Write};

    #[test]
    fn the_status_and_what_was_asked() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut bytes = [0; 512];
            let length = stream.read(&mut bytes).unwrap();
            stream.write_all(b"HTTP/1.1 503 No\r\n\r\n").unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        });
        assert_eq!(status(&format!("http://{address}/health?a=b")), Ok(503));
        let asked = asked.join().unwrap();
        assert!(asked.starts_with(&format!("GET /health?a=b HTTP/1.0\r\nHost: {address}\r\n")), "{asked}");
        assert!(status(&format!("http://{address}/")).is_err());
    }
}
