//! `docker-deploy on-host APP`: requests on standard input, responses on
//! standard output. It ends, and releases the lock, when the connection ends:
//! at the end of the input, or after [`RECEIVE_TIMEOUT`] seconds without a line.

use super::Agent;
use super::local_machine::LocalMachine;
use crate::deploy::protocol::codec::{
    self, AgentMsg, ClientMsg, INSPECT, PROTOCOL, RECEIVE_TIMEOUT, RELEASE,
};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::report;
use crate::runner::app::{AppName, Root};
use crate::sys::threads;
use crate::world::World;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often an idle agent checks the connection.
const IDLE_CHECK: Duration = Duration::from_secs(1);

/// The state of the connection, shared with the thread that reads the input.
struct Connection {
    start: Instant,
    /// The time of the last line, in seconds since `start`.
    last_line: AtomicU64,
    /// The input has ended.
    closed: AtomicBool,
    /// The current request is to be cancelled.
    cancelled: AtomicBool,
}

impl Connection {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            last_line: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
        }
    }

    fn is_lost(&self) -> bool {
        let now = self.start.elapsed().as_secs();
        // A line that arrives between the two reads is later than `now`.
        let idle = now.saturating_sub(self.last_line.load(Ordering::SeqCst));
        self.closed.load(Ordering::SeqCst) || idle > RECEIVE_TIMEOUT
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst) || self.is_lost()
    }
}

/// A request with its number.
type NumberedRequest = (u64, Box<Request>);

/// Carries out requests until the connection ends.
pub fn serve(world: &World, root: Root, app: AppName) {
    let connection = Arc::new(Connection::new());
    send(&AgentMsg::Hello { version: RELEASE.to_owned(), protocol: PROTOCOL, inspect: INSPECT });
    let (sender, requests) = channel();
    let reader = connection.clone();
    // If the thread does not start, its sender is dropped, and the loop ends.
    let _ = threads::spawn(Box::new(move || read_input(&reader, &sender)));
    let is_cancelled = || connection.is_cancelled();
    let mut agent = Agent::new(LocalMachine::new(world, &is_cancelled), app, root);
    loop {
        match requests.recv_timeout(IDLE_CHECK) {
            Ok((id, request)) => {
                let result = perform(&mut agent, id, &request, &connection);
                send(&AgentMsg::Response { id, result });
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) if connection.is_lost() => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn perform(
    agent: &mut Agent<LocalMachine<'_>>,
    id: u64,
    request: &Request,
    connection: &Connection,
) -> Result<Response, StepError> {
    connection.cancelled.store(false, Ordering::SeqCst);
    if connection.is_lost() {
        return Err(StepError::Cancelled);
    }
    agent.perform(request, &mut |line| send(&AgentMsg::Output { id, line: line.as_str().to_owned() }))
}

fn read_input(connection: &Connection, requests: &Sender<NumberedRequest>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        connection.last_line.store(connection.start.elapsed().as_secs(), Ordering::SeqCst);
        match codec::decode(line.as_bytes()) {
            Some(ClientMsg::Request { id, request }) => {
                let sent = requests.send((id, request));
                if sent.is_err() {
                    break;
                }
            }
            Some(ClientMsg::Cancel) => connection.cancelled.store(true, Ordering::SeqCst),
            Some(ClientMsg::KeepAlive) => send(&AgentMsg::KeepAlive),
            None => refuse(line.as_bytes()),
        }
    }
    connection.closed.store(true, Ordering::SeqCst);
}

/// Responds with an error to a request of a deployer of another release.
fn refuse(line: &[u8]) {
    let Some(id) = codec::request_id(line) else { return };
    let text = format!("docker-deploy {RELEASE} on this host does not know this request");
    send(&AgentMsg::Response { id, result: Err(StepError::Config { text }) });
}

/// Writes one line. A failure is ignored: the end of the input shows that the
/// connection has ended.
fn send(message: &AgentMsg) {
    let _ = report::print(&codec::encode(message));
}

#[cfg(test)]
mod tests {
    use super::{Connection, Ordering, RECEIVE_TIMEOUT};
    use std::time::Duration;

    /// A connection without a line for so many seconds.
    fn idle(seconds: u64) -> Connection {
        let mut connection = Connection::new();
        connection.start = connection.start.checked_sub(Duration::from_secs(seconds)).unwrap();
        connection
    }

    #[test]
    fn a_connection_is_lost_when_it_is_closed_or_silent_for_too_long() {
        assert!(!idle(0).is_lost() && !idle(RECEIVE_TIMEOUT).is_lost());
        assert!(idle(RECEIVE_TIMEOUT + 1).is_lost() && idle(RECEIVE_TIMEOUT + 2).is_lost());
        let closed = idle(0);
        closed.closed.store(true, Ordering::SeqCst);
        assert!(closed.is_lost() && closed.is_cancelled());
        let cancelled = idle(0);
        cancelled.cancelled.store(true, Ordering::SeqCst);
        assert!(cancelled.is_cancelled() && !cancelled.is_lost() && !idle(0).is_cancelled());
    }
}
