//! `docker-deploy on-host APP`: questions on standard input, answers on
//! standard output. It ends, and its lock with it, when the deployer is gone:
//! at the end of the input, or after 30 s without a word.

use super::Agent;
use super::local_machine::This;
use crate::deploy::protocol::codec::{AgentMsg, ClientMsg, PROTOCOL, SILENCE, line, read};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::report;
use crate::runner::app::{Name, Root};
use crate::sys::{child, threads};
use crate::world::World;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// What the thread that reads knows.
struct LineWriter {
    start: Instant,
    /// When something was heard last, in seconds since `start`.
    heard: AtomicU64,
    /// The end of the input.
    over: AtomicBool,
    /// What is being done is to be cut short.
    stop: AtomicBool,
}

impl LineWriter {
    fn is_gone(&self) -> bool {
        // What is heard between the two makes it the later one.
        let silent = self.start.elapsed().as_secs().saturating_sub(self.heard.load(Ordering::SeqCst));
        self.over.load(Ordering::SeqCst) || silent > SILENCE
    }

    fn leave_off(&self) -> bool {
        self.stop.load(Ordering::SeqCst) || self.is_gone()
    }
}

/// Answers until nobody asks any more.
pub fn serve(world: &World, root: Root, app: Name) {
    let state = Arc::new(LineWriter {
        start: Instant::now(),
        heard: AtomicU64::new(0),
        over: AtomicBool::new(false),
        stop: AtomicBool::new(false),
    });
    tell(&AgentMsg::Hello { version: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL });
    let (questions, asked) = channel();
    let listening = state.clone();
    // Without it nothing is ever heard, and we end as if nobody were there.
    let _ = threads::start(Box::new(move || listen(&listening, &questions)));
    let leave_off = || state.leave_off();
    let mut agent = Agent::new(This::new(world, &leave_off), app, root);
    loop {
        match asked.recv_timeout(Duration::from_secs(1)) {
            Ok((_, line)) => {
                let Some(ClientMsg::Do { id, action }) = read(line.as_bytes()) else { continue };
                let result = answer(&mut agent, id, &action, &state);
                tell(&AgentMsg::Answered { id, result });
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) if state.is_gone() => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn answer(
    agent: &mut Agent<This<'_>>,
    id: u64,
    action: &Request,
    state: &LineWriter,
) -> Result<Response, StepError> {
    state.stop.store(false, Ordering::SeqCst);
    if state.is_gone() {
        return Err(StepError::Cancelled);
    }
    agent.perform(action, &mut |said| tell(&AgentMsg::Heard { id, line: said.to_owned() }))
}

fn listen(state: &LineWriter, questions: &Sender<child::OutputLine>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        state.heard.store(state.start.elapsed().as_secs(), Ordering::SeqCst);
        match read(line.as_bytes()) {
            Some(ClientMsg::Do { .. }) if questions.send((false, line)).is_err() => break,
            Some(ClientMsg::Do { .. }) => {}
            Some(ClientMsg::Stop) => state.stop.store(true, Ordering::SeqCst),
            Some(ClientMsg::There) => tell(&AgentMsg::There),
            // Another version of us: Hello has told it.
            None => {}
        }
    }
    state.over.store(true, Ordering::SeqCst);
}

/// One line, whole. That nobody reads it is told by the end of the input.
fn tell(told: &AgentMsg) {
    let _ = report::print(&line(told));
}
