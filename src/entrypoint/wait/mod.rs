//! Waiting for what the app needs: databases and brokers that answer in their
//! own protocol, not ports that are merely open.

mod attempt;
mod board;
mod plan;
mod protocol;
mod reason;
mod schedule;
mod scheme;
mod target;
mod url;

pub use plan::Error;
pub(crate) use plan::{NAMES, WaitPlan, plan};
pub use target::Error as TargetError;
pub use url::Error as UrlError;

use crate::duration;
use crate::sys::interrupt::{self, Interrupt};
use crate::sys::net::Address;
use crate::sys::threads;
use attempt::{Attempt, AttemptError};
use board::{Board, EndpointId, Standing};
pub(crate) use plan::brokers;
pub(crate) use protocol::Protocol;
use protocol::Salt;
pub(crate) use reason::Reason;
use schedule::Schedule;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::Endpoint;
pub(crate) use target::Target;

/// How the waiting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is there.
    Ready,
    /// Time ran out; one line for each target that is not there.
    TimedOut(Vec<String>),
    /// A signal came; its number.
    Interrupted(u8),
}

/// Waits for all targets at once, a thread for each endpoint: the name service
/// can only be waited for. `tell` hears a line for each target that is not
/// there at once, and when it is.
pub(crate) fn wait(plan: &WaitPlan, tell: &dyn Fn(&str)) -> std::io::Result<Outcome> {
    if plan.targets.is_empty() {
        return Ok(Outcome::Ready);
    }
    let start = Instant::now();
    let interrupt = Interrupt::block()?;
    let board = Arc::new(Board::new(&plan.targets)?);
    for (target, one) in plan.targets.iter().enumerate() {
        for (index, endpoint) in one.endpoints.iter().enumerate() {
            let seat = EndpointId { target, endpoint: index };
            let (board, endpoint) = (Arc::clone(&board), endpoint.clone());
            threads::start(Box::new(move || keep_trying(&endpoint, seat, &board)))?;
        }
    }
    let outcome = watch(plan, &board, &interrupt, start, tell);
    board.end();
    outcome
}

/// Asks once whether a target is there, its endpoints one after the other.
pub(crate) fn ask(target: &Target, patience: Duration) -> Result<(), Reason> {
    let mut furthest = Reason::Unresolved;
    for endpoint in &target.endpoints {
        match once(patience, |attempt| attempt.make(endpoint)) {
            Ok(()) => return Ok(()),
            Err(reason) => furthest = furthest.max(reason),
        }
    }
    Err(furthest)
}

/// Asks once at one address.
pub(crate) fn ask_at(address: &Address, protocol: &Protocol, patience: Duration) -> Result<(), Reason> {
    once(patience, |attempt| attempt.talk(std::slice::from_ref(address), protocol))
}

fn once(patience: Duration, make: impl Fn(&Attempt<'_>) -> Result<(), AttemptError>) -> Result<(), Reason> {
    let salt = salt();
    let attempt = Attempt { patience, salt: &salt, progress: &|_| (), is_over: &|| false };
    make(&attempt).map_err(|vain| vain.reason)
}

fn watch(
    plan: &WaitPlan,
    board: &Board,
    interrupt: &Interrupt,
    start: Instant,
    tell: &dyn Fn(&str),
) -> std::io::Result<Outcome> {
    use std::os::fd::AsFd;
    let mut lines = vec![ProgressLine::Untold; plan.targets.len()];
    loop {
        let standings = board.standings();
        for ((target, standing), line) in plan.targets.iter().zip(&standings).zip(&mut lines) {
            line.tell(target, standing, start.elapsed(), tell);
        }
        if standings.iter().all(|standing| *standing == Standing::Ready) {
            return Ok(Outcome::Ready);
        }
        let left = plan.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(Outcome::TimedOut(overdue(plan, &standings)));
        }
        if board.watch(interrupt.as_fd(), left)?
            && let Some(signal) = interrupt.received()
        {
            return Ok(Outcome::Interrupted(signal));
        }
    }
}

/// What was told of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProgressLine {
    Untold,
    Missing,
    There,
}

impl ProgressLine {
    fn tell(&mut self, target: &Target, standing: &Standing, after: Duration, tell: &dyn Fn(&str)) {
        match (&self, standing) {
            (Self::Untold, Standing::Failing(reason)) => {
                tell(&format!("waiting for {target}: {reason}"));
                *self = Self::Missing;
            }
            (Self::Untold, Standing::Ready) => *self = Self::There,
            (Self::Missing, Standing::Ready) => {
                tell(&format!("{target} is ready after {}", duration::show(after)));
                *self = Self::There;
            }
            _ => {}
        }
    }
}

fn overdue(plan: &WaitPlan, standings: &[Standing]) -> Vec<String> {
    let within = duration::show(plan.timeout.unwrap_or_default());
    let line = |(target, standing): (&Target, &Standing)| match standing {
        Standing::Ready => None,
        Standing::Failing(reason) | Standing::Open(reason) => {
            Some(format!("{target} is not ready after {within}: {reason}"))
        }
    };
    plan.targets.iter().zip(standings).filter_map(line).collect()
}

fn keep_trying(endpoint: &Endpoint, seat: EndpointId, board: &Board) {
    // It may outlive the wait by an attempt, and must take no signal from whoever waits next.
    interrupt::block_all_in_this_thread();
    let salt = salt();
    let mut schedule = Schedule::new();
    let progress = |reason: Reason| board.runs(seat, reason);
    let is_over = || board.is_over(seat);
    while !is_over() {
        let attempt =
            Attempt { patience: schedule.patience(), salt: &salt, progress: &progress, is_over: &is_over };
        match attempt.make(endpoint) {
            Ok(()) => return board.ready(seat),
            Err(vain) => {
                board.failed(seat, vain.reason);
                board.pause(seat, schedule.pause(vain.ran_out));
            }
        }
    }
}

/// Random bytes from where the standard library has them for its hash maps.
fn salt() -> Salt {
    let mut salt: Salt = [0; 96];
    for (index, bytes) in salt.chunks_mut(8).enumerate() {
        let word = RandomState::new().hash_one(index).to_ne_bytes();
        bytes.copy_from_slice(&word[..bytes.len()]);
    }
    salt
}
