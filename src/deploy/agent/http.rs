//! One question over HTTP/1.0: is there an answer, and which status.

use crate::deploy::check_url::Check;
use crate::sys::net;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long the server may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Asks as a proxy for https would: with the host's name, and
/// `X-Forwarded-Proto`, so that no redirect answers.
pub fn status(check: &Check) -> Result<u16, String> {
    let answer = net::dial(&check.address, LIMIT).and_then(|stream| ask(stream, check));
    let answer = answer.map_err(|error| error.to_string())?;
    read(&answer).ok_or_else(|| "it does not answer in HTTP".to_owned())
}

fn ask(mut stream: TcpStream, check: &Check) -> std::io::Result<String> {
    let Check { path, host, .. } = check;
    let question = format!(
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\n\
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
#[allow(clippy::disallowed_methods, reason = "a server to ask")]
mod tests {
    use super::status;
    use crate::deploy::check_url::Check;
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
        let check = Check::parse(&format!("http://{address}?a=b"), Some("www.a.b".into())).unwrap();
        assert_eq!(status(&check), Ok(503));
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("GET /?a=b HTTP/1.0\r\nHost: www.a.b\r\n"), "{asked}");
        assert!(status(&check).is_err());
    }
}
