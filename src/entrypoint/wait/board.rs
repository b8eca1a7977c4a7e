//! What the attempts have come to so far: written by their threads, read by
//! the one that waits for all of them.

use super::reason::Reason;
use super::target::Target;
use crate::sys::net::{self, Interest, wait};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The board: a state for each endpoint of each target.
#[derive(Debug)]
pub(super) struct Board {
    states: Mutex<Vec<Vec<State>>>,
    /// Rung for those who pause.
    over: Condvar,
    /// Rung for the one who waits, at every change.
    wake_tx: UnixStream,
    wake_rx: UnixStream,
}

#[derive(Debug, Clone, Default)]
struct State {
    ready: bool,
    /// How the last attempt ended.
    ended: Option<Reason>,
    /// How the running one would, if it were cut off now.
    running: Option<Reason>,
    /// Nobody needs this endpoint any more.
    over: bool,
}

/// One endpoint's place on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EndpointId {
    pub(super) target: usize,
    pub(super) endpoint: usize,
}

/// How a target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// There.
    Ready,
    /// Every endpoint was tried in vain; why the one that got furthest was.
    Failing(Reason),
    /// Not every endpoint was tried to the end; what can be said so far.
    Open(Reason),
}

impl Board {
    pub(super) fn new(targets: &[Target]) -> std::io::Result<Self> {
        let (bell, ear) = net::line()?;
        let states = targets.iter().map(|target| vec![State::default(); target.endpoints.len()]).collect();
        Ok(Self { states: Mutex::new(states), over: Condvar::new(), wake_tx: bell, wake_rx: ear })
    }

    /// A running attempt has come as far as this.
    pub(super) fn runs(&self, seat: EndpointId, if_cut_off: Reason) {
        self.states()[seat.target][seat.endpoint].running = Some(if_cut_off);
    }

    /// An attempt has ended in vain.
    pub(super) fn failed(&self, seat: EndpointId, reason: Reason) {
        let state = &mut self.states()[seat.target][seat.endpoint];
        (state.ended, state.running) = (Some(reason), None);
        self.ring();
    }

    /// The endpoint is there; its target needs no other.
    pub(super) fn ready(&self, seat: EndpointId) {
        let mut states = self.states();
        states[seat.target][seat.endpoint].ready = true;
        states[seat.target].iter_mut().for_each(|state| state.over = true);
        drop(states);
        self.over.notify_all();
        self.ring();
    }

    /// Nobody waits any more.
    pub(super) fn end(&self) {
        self.states().iter_mut().flatten().for_each(|state| state.over = true);
        self.over.notify_all();
    }

    /// Whether the endpoint's attempts are over.
    pub(super) fn is_over(&self, seat: EndpointId) -> bool {
        self.states()[seat.target][seat.endpoint].over
    }

    /// Pauses, unless it is over meanwhile.
    pub(super) fn pause(&self, seat: EndpointId, pause: Duration) {
        let going_on = |states: &mut Vec<Vec<State>>| !states[seat.target][seat.endpoint].over;
        drop(self.over.wait_timeout_while(self.states(), pause, going_on));
    }

    /// How each target stands.
    pub(super) fn standings(&self) -> Vec<Standing> {
        self.states().iter().map(|endpoints| standing(endpoints)).collect()
    }

    /// Waits for a change of the board or for `other`, no longer than
    /// `timeout`; whether it was `other`.
    pub(super) fn watch(&self, other: BorrowedFd<'_>, timeout: Option<Duration>) -> std::io::Result<bool> {
        let woken = wait(&[(other, Interest::Read), (self.wake_rx.as_fd(), Interest::Read)], timeout)?;
        let _ = (&self.wake_rx).read(&mut [0; 64]);
        Ok(woken[0])
    }

    fn states(&self) -> MutexGuard<'_, Vec<Vec<State>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A bell that is full has been heard: the one byte more is not needed.
    fn ring(&self) {
        let _ = (&self.wake_tx).write(&[1]);
    }
}

fn standing(endpoints: &[State]) -> Standing {
    if endpoints.iter().any(|state| state.ready) {
        return Standing::Ready;
    }
    let reasons = endpoints.iter().filter_map(|state| state.ended.as_ref().or(state.running.as_ref()));
    let furthest = reasons.max().cloned().unwrap_or(Reason::Unresolved);
    if endpoints.iter().all(|state| state.ended.is_some()) {
        Standing::Failing(furthest)
    } else {
        Standing::Open(furthest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, State, standing};
    use crate::entrypoint::wait::reason::Reason;

    fn state(ended: Option<Reason>, running: Option<Reason>) -> State {
        State { ended, running, ..State::default() }
    }

    #[test]
    fn the_endpoint_that_got_furthest_speaks() {
        let refused = state(Some(Reason::Refused), Some(Reason::Unanswered));
        let silent = state(None, Some(Reason::Silent));
        assert_eq!(standing(&[refused.clone(), silent]), Standing::Open(Reason::Silent));
        let unknown = state(Some(Reason::NameNotFound), None);
        assert_eq!(standing(&[unknown, refused.clone()]), Standing::Failing(Reason::Refused));
        assert_eq!(standing(&[refused, State { ready: true, ..State::default() }]), Standing::Ready);
    }
}
