//! Waiting for the services that the app needs: a database or a broker is
//! ready when it responds in its own protocol, not when its port is open.

mod attempt;
mod board;
mod plan;
mod protocol;
mod reason;
mod schedule;
mod scheme;
mod target;

pub use plan::Error;
pub use target::Error as TargetError;

use crate::duration;
use crate::sys::interrupt::{self, Interrupt};
use crate::sys::net::Address;
use crate::sys::threads;
use attempt::{Attempt, AttemptError, SlowProbes};
use board::{Board, EndpointId, TargetState};
pub(crate) use plan::WaitPlan;
pub(in crate::entrypoint) use plan::brokers;
pub(crate) use protocol::Protocol;
use protocol::Salt;
pub(crate) use reason::Reason;
use schedule::{ATTEMPT_TIMEOUT, Schedule};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};
use target::Endpoint;
pub(crate) use target::Target;

/// How the waiting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ready,
    /// The timeout is over; one line for each target that is not ready.
    TimedOut(Vec<String>),
    /// The number of the signal that ended it.
    Interrupted(u8),
}

/// Waits for all targets at once, with a thread for each endpoint, since name
/// resolution blocks. `print` receives a line for each target that is not
/// ready at once, and another one when it is.
pub(crate) fn wait(plan: &WaitPlan, print: &dyn Fn(&str)) -> std::io::Result<Outcome> {
    if plan.targets.is_empty() {
        return Ok(Outcome::Ready);
    }
    let start = Instant::now();
    let interrupt = Interrupt::block()?;
    let board = Arc::new(Board::new(&plan.targets)?);
    for (target, one) in plan.targets.iter().enumerate() {
        for (index, endpoint) in one.endpoints.iter().enumerate() {
            let id = EndpointId { target, endpoint: index };
            let (board, endpoint) = (Arc::clone(&board), endpoint.clone());
            threads::spawn(Box::new(move || probe_until_ready(&endpoint, id, &board)))?;
        }
    }
    let outcome = wait_for_board(plan, &board, &interrupt, start, print);
    board.cancel_all();
    outcome
}

/// Probes a target once, one endpoint after the other.
pub(crate) fn probe_target(target: &Target, timeout: Duration) -> Result<(), Reason> {
    let mut furthest = Reason::Unresolved;
    for endpoint in &target.endpoints {
        match probe_once(timeout, |attempt| attempt.run(endpoint, &mut SlowProbes::default())) {
            Ok(()) => return Ok(()),
            Err(reason) => furthest = furthest.max(reason),
        }
    }
    Err(furthest)
}

/// Probes one address once.
pub(crate) fn probe_address(address: &Address, protocol: &Protocol, timeout: Duration) -> Result<(), Reason> {
    let address = std::slice::from_ref(address);
    probe_once(timeout, |attempt| attempt.probe(address, protocol, &mut SlowProbes::default()))
}

fn probe_once(
    timeout: Duration,
    run: impl Fn(&Attempt<'_>) -> Result<(), AttemptError>,
) -> Result<(), Reason> {
    let attempt = Attempt { timeout, salt: &salt(), progress: &|_| (), is_cancelled: &|| false };
    run(&attempt).map_err(|error| error.reason)
}

fn wait_for_board(
    plan: &WaitPlan,
    board: &Board,
    interrupt: &Interrupt,
    start: Instant,
    print: &dyn Fn(&str),
) -> std::io::Result<Outcome> {
    use std::os::fd::AsFd;
    let mut reports = vec![Reported::Nothing; plan.targets.len()];
    loop {
        let states = board.target_states();
        for ((target, state), reported) in plan.targets.iter().zip(&states).zip(&mut reports) {
            reported.update(target, state, start.elapsed(), print);
        }
        if states.iter().all(|state| *state == TargetState::Ready) {
            return Ok(Outcome::Ready);
        }
        let left = plan.timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(Outcome::TimedOut(timeout_lines(plan, &states)));
        }
        if board.wait_for_change(interrupt.as_fd(), left)?
            && let Some(signal) = interrupt.received()
        {
            return Ok(Outcome::Interrupted(signal));
        }
    }
}

/// What has been printed about a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reported {
    Nothing,
    Waiting,
    Ready,
}

impl Reported {
    fn update(&mut self, target: &Target, state: &TargetState, after: Duration, print: &dyn Fn(&str)) {
        match (&self, state) {
            (Self::Nothing, TargetState::Failing(reason)) => {
                print(&format!("waiting for {target}: {reason}"));
                *self = Self::Waiting;
            }
            (Self::Nothing, TargetState::Ready) => *self = Self::Ready,
            (Self::Waiting, TargetState::Ready) => {
                print(&format!("{target} is ready after {}", duration::show(after)));
                *self = Self::Ready;
            }
            (Self::Nothing | Self::Waiting, TargetState::Pending(_))
            | (Self::Waiting, TargetState::Failing(_))
            | (Self::Ready, _) => {}
        }
    }
}

fn timeout_lines(plan: &WaitPlan, states: &[TargetState]) -> Vec<String> {
    let timeout = duration::show(plan.timeout.unwrap_or_default());
    let line = |(target, state): (&Target, &TargetState)| match state {
        TargetState::Ready => None,
        TargetState::Failing(reason) | TargetState::Pending(reason) => {
            Some(format!("{target} is not ready after {timeout}: {reason}"))
        }
    };
    plan.targets.iter().zip(states).filter_map(line).collect()
}

fn probe_until_ready(endpoint: &Endpoint, id: EndpointId, board: &Board) {
    // This thread may outlive the wait by an attempt. Signals then belong to the next wait.
    interrupt::block_all_in_this_thread();
    let salt = salt();
    let mut schedule = Schedule::default();
    let mut slow = SlowProbes::default();
    let progress = |reason: Reason| board.set_pending(id, reason);
    let is_cancelled = || board.is_cancelled(id);
    let attempt =
        Attempt { timeout: ATTEMPT_TIMEOUT, salt: &salt, progress: &progress, is_cancelled: &is_cancelled };
    while !is_cancelled() {
        match attempt.run(endpoint, &mut slow) {
            Ok(()) => return board.set_ready(id),
            Err(AttemptError { reason, timed_out }) => {
                let pause = schedule.pause(&reason, timed_out);
                board.set_failed(id, reason);
                board.pause(id, pause);
            }
        }
    }
}

/// Random bytes from the source that the standard library uses for its hash maps.
fn salt() -> Salt {
    let mut salt: Salt = [0; 96];
    for (index, bytes) in salt.chunks_mut(8).enumerate() {
        let word = RandomState::new().hash_one(index).to_ne_bytes();
        bytes.copy_from_slice(&word[..bytes.len()]);
    }
    salt
}

#[cfg(test)]
mod tests;
