//! A steady load of visitors with keep-alive, and what they saw.

use crate::docker::wait_for;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How many visitors ask at the same time.
const VISITORS: u32 = 8;

/// Longer than this nobody waits for a page: less than the minute that nginx waits for a dead host.
const PATIENCE: Duration = Duration::from_secs(30);

/// Visitors, until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU32>,
    visitors: Vec<JoinHandle<Seen>>,
}

/// What visitors saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How many requests were sent.
    pub(crate) sent: u32,
    /// What went wrong, and how often.
    pub(crate) failed: BTreeMap<String, u32>,
    /// The time until the page was there, of each request that got one.
    pub(crate) times: Vec<Duration>,
}

impl Seen {
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
        for (what, count) in other.failed {
            *self.failed.entry(what).or_default() += count;
        }
    }
}

impl Load {
    /// So many requests a second to this server, until stopped.
    pub(crate) fn start(server: SocketAddr, path: &str, host: &str, rate: u32) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let pause = Duration::from_secs(1) * VISITORS / rate;
        let visitor = |number| {
            let (stop, sent, request) = (Arc::clone(&stop), Arc::clone(&sent), request.clone());
            std::thread::spawn(move || {
                std::thread::sleep(pause * number / VISITORS);
                visit(server, &request, pause, &stop, &sent)
            })
        };
        let visitors = (0..VISITORS).map(visitor).collect();
        Self { stop, sent, visitors }
    }

    /// Waits until so many requests were sent: a busy machine answers fewer in the same time.
    #[track_caller]
    pub(crate) fn wait_for_requests(&self, count: u32) {
        let sent = || self.sent.load(Ordering::SeqCst);
        wait_for("more requests", || (sent() >= count).then_some(()), || sent().to_string());
    }

    /// Sends the visitors home; what they saw.
    pub(crate) fn stop(self) -> Seen {
        self.stop.store(true, Ordering::SeqCst);
        let mut seen = Seen::default();
        self.visitors.into_iter().for_each(|visitor| seen.add(visitor.join().unwrap()));
        seen
    }
}

/// One visitor: a request every `pause`, on one connection for as long as it lasts.
fn visit(server: SocketAddr, request: &str, pause: Duration, stop: &AtomicBool, sent: &AtomicU32) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    let mut next = Instant::now();
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next = (next + pause).max(Instant::now());
        seen.sent += 1;
        sent.fetch_add(1, Ordering::SeqCst);
        let since = Instant::now();
        match ask(&mut connection, server, request) {
            Ok(200) => seen.times.push(since.elapsed()),
            Ok(status) => *seen.failed.entry(status.to_string()).or_default() += 1,
            Err(error) => *seen.failed.entry(error.to_string()).or_default() += 1,
        }
    }
    seen
}

type Connection = BufReader<TcpStream>;

/// A request on the connection that there is. Where the server closed that one between two
/// requests, as it may, a new one is tried, as browsers do.
fn ask(connection: &mut Option<Connection>, server: SocketAddr, request: &str) -> std::io::Result<u16> {
    let open = connection.take().and_then(|mut old| sent(&mut old, request).then_some(old));
    let mut open = match open {
        Some(old) => old,
        None => {
            let stream = TcpStream::connect_timeout(&server, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut new = BufReader::new(stream);
            new.get_mut().write_all(request.as_bytes())?;
            new
        }
    };
    let (status, keep) = answer(&mut open)?;
    *connection = keep.then_some(open);
    Ok(status)
}

/// Sends a request on an old connection: whether the server had not closed it.
fn sent(connection: &mut Connection, request: &str) -> bool {
    let written = connection.get_mut().write_all(request.as_bytes()).is_ok();
    match connection.fill_buf() {
        Ok(bytes) => written && !bytes.is_empty(),
        // A server that is silent for too long has not closed it: that is a failure.
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

/// The whole answer: its status, and whether the connection lasts.
fn answer(connection: &mut Connection) -> std::io::Result<(u16, bool)> {
    let status = line(connection)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(cut)?;
    let (mut length, mut chunked, mut keep) = (0, false, true);
    loop {
        let header = line(connection)?.to_ascii_lowercase();
        match header.split_once(':').map(|(name, value)| (name, value.trim())) {
            Some(("content-length", value)) => length = value.parse().map_err(|_| cut())?,
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
        let size = u64::from_str_radix(&line(connection)?, 16).map_err(|_| cut())?;
        skip(connection, size + 2)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn line(connection: &mut Connection) -> std::io::Result<String> {
    let mut line = String::new();
    match connection.read_line(&mut line)? {
        0 => Err(cut()),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn skip(connection: &mut Connection, length: u64) -> std::io::Result<()> {
    let read = std::io::copy(&mut connection.take(length), &mut std::io::sink())?;
    if read == length { Ok(()) } else { Err(cut()) }
}

fn cut() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the answer was cut off")
}
