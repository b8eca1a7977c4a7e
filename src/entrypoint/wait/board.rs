//! The state of every endpoint: written by the threads that probe them, read
//! by the thread that waits for all of them.

use super::reason::Reason;
use super::target::Target;
use crate::sys::net::{self, Interest, wait};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Board {
    /// For each target, its endpoints.
    states: Mutex<Vec<Vec<EndpointState>>>,
    /// Wakes the threads that pause.
    cancelled: Condvar,
    /// Receives a byte at every change.
    wake_tx: UnixStream,
    wake_rx: UnixStream,
}

#[derive(Debug, Clone, Default)]
struct EndpointState {
    is_ready: bool,
    /// Why the last attempt failed.
    last_error: Option<Reason>,
    /// Why the running attempt is not ready yet.
    pending_reason: Option<Reason>,
    is_cancelled: bool,
}

/// The indexes of an endpoint on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EndpointId {
    pub(super) target: usize,
    pub(super) endpoint: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TargetState {
    Ready,
    /// An attempt at every endpoint has failed; the reason of the one that got furthest.
    Failing(Reason),
    /// No attempt at some endpoint has ended; the reason of the one that got furthest.
    Pending(Reason),
}

impl Board {
    pub(super) fn new(targets: &[Target]) -> std::io::Result<Self> {
        let (wake_tx, wake_rx) = net::nonblocking_pair()?;
        let states =
            targets.iter().map(|target| vec![EndpointState::default(); target.endpoints.len()]).collect();
        Ok(Self { states: Mutex::new(states), cancelled: Condvar::new(), wake_tx, wake_rx })
    }

    pub(super) fn set_pending(&self, id: EndpointId, reason: Reason) {
        self.states()[id.target][id.endpoint].pending_reason = Some(reason);
    }

    pub(super) fn set_failed(&self, id: EndpointId, reason: Reason) {
        let state = &mut self.states()[id.target][id.endpoint];
        (state.last_error, state.pending_reason) = (Some(reason), None);
        self.wake();
    }

    /// Marks an endpoint as ready and cancels the others of its target.
    pub(super) fn set_ready(&self, id: EndpointId) {
        let mut states = self.states();
        states[id.target][id.endpoint].is_ready = true;
        states[id.target].iter_mut().for_each(|state| state.is_cancelled = true);
        drop(states);
        self.cancelled.notify_all();
        self.wake();
    }

    pub(super) fn cancel_all(&self) {
        self.states().iter_mut().flatten().for_each(|state| state.is_cancelled = true);
        self.cancelled.notify_all();
    }

    pub(super) fn is_cancelled(&self, id: EndpointId) -> bool {
        self.states()[id.target][id.endpoint].is_cancelled
    }

    /// Pauses until the time is over or the endpoint is cancelled.
    pub(super) fn pause(&self, id: EndpointId, pause: Duration) {
        let goes_on = |states: &mut Vec<Vec<EndpointState>>| !states[id.target][id.endpoint].is_cancelled;
        drop(self.cancelled.wait_timeout_while(self.states(), pause, goes_on));
    }

    pub(super) fn target_states(&self) -> Vec<TargetState> {
        self.states().iter().map(|endpoints| target_state(endpoints)).collect()
    }

    /// Waits for a change or until `other` is readable, `timeout` at most;
    /// whether `other` is readable.
    pub(super) fn wait_for_change(
        &self,
        other: BorrowedFd<'_>,
        timeout: Option<Duration>,
    ) -> std::io::Result<bool> {
        let woken = wait(&[(other, Interest::Read), (self.wake_rx.as_fd(), Interest::Read)], timeout)?;
        let _ = (&self.wake_rx).read(&mut [0; 64]);
        Ok(woken[0])
    }

    fn states(&self) -> MutexGuard<'_, Vec<Vec<EndpointState>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A full socket needs no further byte: its reader wakes up anyway.
    fn wake(&self) {
        let _ = (&self.wake_tx).write(&[1]);
    }
}

fn target_state(endpoints: &[EndpointState]) -> TargetState {
    if endpoints.iter().any(|state| state.is_ready) {
        return TargetState::Ready;
    }
    let reasons =
        endpoints.iter().filter_map(|state| state.last_error.as_ref().or(state.pending_reason.as_ref()));
    let furthest = reasons.max().cloned().unwrap_or(Reason::Unresolved);
    if endpoints.iter().all(|state| state.last_error.is_some()) {
        TargetState::Failing(furthest)
    } else {
        TargetState::Pending(furthest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Board, EndpointId, EndpointState, TargetState, target_state};
    use crate::entrypoint::wait::reason::Reason;
    use crate::sys::net;
    use std::os::fd::AsFd;
    use std::sync::Mutex;
    use std::time::Duration;

    /// A board with one target, which has two endpoints.
    fn board() -> Board {
        let board = Board::new(&[]).unwrap();
        Board { states: Mutex::new(vec![vec![EndpointState::default(); 2]]), ..board }
    }

    fn id(endpoint: usize) -> EndpointId {
        EndpointId { target: 0, endpoint }
    }

    #[test]
    fn the_reason_of_a_running_attempt_is_shown() {
        let board = board();
        board.set_pending(id(0), Reason::Silent);
        assert_eq!(board.target_states(), [TargetState::Pending(Reason::Silent)]);
    }

    #[test]
    fn all_endpoints_are_cancelled_at_once_or_when_one_is_ready() {
        let is_cancelled = |board: &Board| [board.is_cancelled(id(0)), board.is_cancelled(id(1))];
        let board = board();
        assert_eq!(is_cancelled(&board), [false, false]);
        board.cancel_all();
        assert_eq!(is_cancelled(&board), [true, true]);
        let board = self::board();
        board.set_ready(id(1));
        assert_eq!(is_cancelled(&board), [true, true]);
    }

    #[test]
    fn a_change_is_not_the_other_file() {
        let (board, timeout) = (board(), Some(Duration::from_secs(10)));
        let (other_tx, other_rx) = net::nonblocking_pair().unwrap();
        board.set_failed(id(0), Reason::Refused);
        assert!(!board.wait_for_change(other_rx.as_fd(), timeout).unwrap());
        std::io::Write::write_all(&mut &other_tx, b"1").unwrap();
        assert!(board.wait_for_change(other_rx.as_fd(), timeout).unwrap());
    }

    fn state(last_error: Option<Reason>, pending_reason: Option<Reason>) -> EndpointState {
        EndpointState { last_error, pending_reason, ..EndpointState::default() }
    }

    #[test]
    fn the_endpoint_that_got_furthest_gives_the_reason() {
        let refused = state(Some(Reason::Refused), Some(Reason::Unanswered));
        let silent = state(None, Some(Reason::Silent));
        assert_eq!(target_state(&[refused.clone(), silent]), TargetState::Pending(Reason::Silent));
        let unknown = state(Some(Reason::NameNotFound), None);
        assert_eq!(target_state(&[unknown, refused.clone()]), TargetState::Failing(Reason::Refused));
        let ready = EndpointState { is_ready: true, ..EndpointState::default() };
        assert_eq!(target_state(&[refused, ready]), TargetState::Ready);
    }
}
