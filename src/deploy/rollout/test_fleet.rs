//! A clock, a report and connections for tests of rollouts.

use crate::deploy::host::{Clock, Connect, Host, Report};
use crate::deploy::protocol::step_error::StepError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Its time passes only while somebody sleeps.
pub(super) struct TestClock {
    start: Instant,
    milliseconds: AtomicU64,
}

impl TestClock {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), milliseconds: AtomicU64::new(0) }
    }

    /// The time that has passed.
    pub(super) fn milliseconds(&self) -> u64 {
        self.milliseconds.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    /// As if the wall clock were set back all the time.
    fn now(&self) -> u64 {
        0
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.milliseconds())
    }

    fn sleep(&self, time: Duration) {
        self.milliseconds.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

pub(super) struct Silent;

impl Report for Silent {
    fn stage(&self, _name: &str) {}
    fn step_started(&self, _host: &str, _step: &str) {}
    fn on_line(&self, _host: &str, _line: &str) {}
    fn step_finished(&self, _host: &str, _step: &str, _result: Result<&str, &StepError>) {}
    fn host_message(&self, _host: &str, _text: &str) {}
    fn blocker(&self, _host: &str, _text: &str) {}
    fn message(&self, _text: &str) {}
}

/// No host can be reached.
#[derive(Default)]
pub(super) struct NoHosts {
    /// Whether the last connection was to be cancelled.
    pub(super) stopped: AtomicBool,
}

impl Connect for NoHosts {
    fn connect_unless(&self, _name: &str, stop: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError> {
        self.stopped.store(stop(), Ordering::SeqCst);
        Err(StepError::Cancelled)
    }
}
