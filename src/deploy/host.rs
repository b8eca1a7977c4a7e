//! The seam: whatever a deploy does on a host goes through [`Host`]. Behind it
//! is this machine, a machine at the end of ssh, or a test's.

use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use std::sync::Mutex;
use std::time::Duration;

/// A host that we speak with.
pub trait Host: Send {
    /// Has it do one thing, and waits for the answer. Lines that commands say
    /// meanwhile go to `heard`; once `stop` says so the host cuts it short.
    fn perform(
        &mut self,
        action: &Request,
        heard: &mut dyn FnMut(&str),
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError>;

    /// Speaks with it anew, after the connection was lost. The lock is lost
    /// with the connection.
    fn reconnect(&mut self) -> Result<(), StepError>;
}

/// A host that several threads may reach for, one at a time.
pub type Shared = Mutex<Box<dyn Host>>;

/// How hosts are reached.
pub trait Connect: Sync {
    /// Connects with a host, by its name as it was written.
    fn connect(&self, name: &str) -> Result<Box<dyn Host>, StepError> {
        self.connect_unless(name, &|| false)
    }

    /// The same, given up once `stop` says so.
    fn connect_unless(&self, name: &str, stop: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError>;
}

/// The deployer's clock.
pub trait Clock: Sync {
    /// Seconds of Unix time.
    fn now(&self) -> u64;
    /// Waits.
    fn sleep(&self, time: Duration);
}

/// Who is told what happens.
pub trait Report: Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// A host begins a step.
    fn begin(&self, host: &str, step: &str);
    /// A command on a host says something.
    fn on_line(&self, host: &str, line: &str);
    /// A host has ended a step: what there is to tell, or why it failed.
    fn end(&self, host: &str, step: &str, result: Result<&str, &StepError>);
    /// Something else about a host.
    fn tell(&self, host: &str, text: &str);
    /// What stands in the way at a host; nothing was changed.
    fn wrong(&self, host: &str, text: &str);
    /// Something about the whole.
    fn note(&self, text: &str);
}

/// One at a time, whatever became of the thread before.
pub fn lock_connection(host: &Shared) -> std::sync::MutexGuard<'_, Box<dyn Host>> {
    host.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
