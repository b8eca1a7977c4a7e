//! A steady load of HTTP requests over keep-alive connections, and its results.

use crate::docker::wait_for;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How many visitors send requests concurrently.
const VISITORS: u32 = 8;

/// The limit of a request: less than the minute that nginx waits for a dead host.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Visitors that send requests until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU32>,
    visitors: Vec<JoinHandle<LoadResults>>,
}

/// The results of all requests.
#[derive(Debug, Default)]
pub(crate) struct LoadResults {
    /// How many requests were sent.
    pub(crate) sent: u32,
    /// The status or error of each failed request, and how often it occurred.
    pub(crate) failed: BTreeMap<String, u32>,
    /// The response time of each successful request.
    pub(crate) times: Vec<Duration>,
}

impl LoadResults {
    /// How many requests failed.
    pub(crate) fn failures(&self) -> u32 {
        self.failed.values().sum()
    }

    /// The slowest page.
    pub(crate) fn slowest(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }

    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.times.extend(other.times);
        for (error, count) in other.failed {
            *self.failed.entry(error).or_default() += count;
        }
    }
}

impl Load {
    /// Sends `rate` requests a second to this server until stopped.
    pub(crate) fn start(server: SocketAddr, path: &str, host: &str, rate: u32) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let pause = Duration::from_secs(1) * VISITORS / rate;
        let visitor = |number| {
            let (stop, sent, request) = (Arc::clone(&stop), Arc::clone(&sent), request.clone());
            std::thread::spawn(move || {
                std::thread::sleep(pause * number / VISITORS);
                send_requests(server, &request, pause, &stop, &sent)
            })
        };
        let visitors = (0..VISITORS).map(visitor).collect();
        Self { stop, sent, visitors }
    }

    /// Waits until this many requests were sent: a busy machine answers fewer in the same time.
    #[track_caller]
    pub(crate) fn wait_for_requests(&self, count: u32) {
        let sent = || self.sent.load(Ordering::SeqCst);
        wait_for("more requests", || (sent() >= count).then_some(()), || sent().to_string());
    }

    /// Stops the visitors, and returns their results.
    pub(crate) fn stop(self) -> LoadResults {
        self.stop.store(true, Ordering::SeqCst);
        let mut results = LoadResults::default();
        self.visitors.into_iter().for_each(|visitor| results.add(visitor.join().unwrap()));
        results
    }
}

/// One visitor: sends a request every `pause`, over one connection for as long as it lasts.
fn send_requests(
    server: SocketAddr,
    request: &str,
    pause: Duration,
    stop: &AtomicBool,
    sent: &AtomicU32,
) -> LoadResults {
    let mut results = LoadResults::default();
    let mut connection = None;
    let mut next = Instant::now();
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next = (next + pause).max(Instant::now());
        results.sent += 1;
        sent.fetch_add(1, Ordering::SeqCst);
        let since = Instant::now();
        match request_page(&mut connection, server, request) {
            Ok(200) => results.times.push(since.elapsed()),
            Ok(status) => *results.failed.entry(status.to_string()).or_default() += 1,
            Err(error) => *results.failed.entry(error.to_string()).or_default() += 1,
        }
    }
    results
}

type Connection = BufReader<TcpStream>;

/// Sends a request over the open connection. If the server has closed it between two requests, which
/// is legal, uses a new one, as browsers do.
fn request_page(
    connection: &mut Option<Connection>,
    server: SocketAddr,
    request: &str,
) -> std::io::Result<u16> {
    let open = connection.take().and_then(|mut old| send_over(&mut old, request).then_some(old));
    let mut open = match open {
        Some(old) => old,
        None => {
            let stream = TcpStream::connect_timeout(&server, REQUEST_TIMEOUT)?;
            stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
            let mut new = BufReader::new(stream);
            new.get_mut().write_all(request.as_bytes())?;
            new
        }
    };
    let (status, keep) = read_response(&mut open)?;
    *connection = keep.then_some(open);
    Ok(status)
}

/// Sends a request over an open connection; `false` if the server has closed it.
fn send_over(connection: &mut Connection, request: &str) -> bool {
    let written = connection.get_mut().write_all(request.as_bytes()).is_ok();
    match connection.fill_buf() {
        Ok(bytes) => written && !bytes.is_empty(),
        // A server that does not respond has not closed it: the request fails.
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

/// Reads the whole response: its status, and whether the connection stays open.
fn read_response(connection: &mut Connection) -> std::io::Result<(u16, bool)> {
    let status = read_line(connection)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(unexpected_eof)?;
    let (mut length, mut chunked, mut keep) = (0, false, true);
    loop {
        let header = read_line(connection)?.to_ascii_lowercase();
        match header.split_once(':').map(|(name, value)| (name, value.trim())) {
            Some(("content-length", value)) => length = value.parse().map_err(|_| unexpected_eof())?,
            Some(("transfer-encoding", "chunked")) => chunked = true,
            Some(("connection", "close")) => keep = false,
            Some(_) => {}
            None => break,
        }
    }
    if chunked {
        read_chunks(connection)?;
    } else {
        skip(connection, length)?;
    }
    Ok((status, keep))
}

fn read_chunks(connection: &mut Connection) -> std::io::Result<()> {
    loop {
        let size = u64::from_str_radix(&read_line(connection)?, 16).map_err(|_| unexpected_eof())?;
        skip(connection, size + 2)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_line(connection: &mut Connection) -> std::io::Result<String> {
    let mut line = String::new();
    match connection.read_line(&mut line)? {
        0 => Err(unexpected_eof()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn skip(connection: &mut Connection, length: u64) -> std::io::Result<()> {
    let read = std::io::copy(&mut connection.take(length), &mut std::io::sink())?;
    if read == length { Ok(()) } else { Err(unexpected_eof()) }
}

fn unexpected_eof() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the response ended early")
}
