//! The trait [`Host`], through which a deploy does everything on a host. The host
//! is this machine, a machine reached through ssh, or a simulated one.

use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A connected host.
pub trait Host: Send {
    /// Sends a request and waits for the response. Output lines of commands
    /// go to `on_line`; once `stop` returns true, the host cancels the request.
    fn perform(
        &mut self,
        request: &Request,
        on_line: &mut dyn FnMut(&str),
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError>;

    /// [`Self::perform`] without the output lines.
    fn query(&mut self, request: &Request, stop: &dyn Fn() -> bool) -> Result<Response, StepError> {
        self.perform(request, &mut |_| {}, stop)
    }

    /// Connects again after the connection was lost. The lock is lost with
    /// the connection.
    fn reconnect(&mut self) -> Result<(), StepError>;
}

/// A host that several threads use, one at a time.
pub type Connection = Mutex<Box<dyn Host>>;

/// Connects to hosts.
pub trait Connect: Sync {
    /// Connects to a host by its name in the settings.
    fn connect(&self, name: &str) -> Result<Box<dyn Host>, StepError> {
        self.connect_unless(name, &|| false)
    }

    /// The same, cancelled once `stop` returns true.
    fn connect_unless(&self, name: &str, stop: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError>;
}

/// The deployer's clock.
pub trait Clock: Sync {
    /// Seconds of Unix time, for people only: the clock may be set back or forward at any time.
    fn now(&self) -> u64;
    /// The monotonic time, for deadlines.
    fn instant(&self) -> Instant;
    fn sleep(&self, time: Duration);
}

/// Shows the progress of a rollout.
pub trait Report: Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// A host starts a step.
    fn step_started(&self, host: &str, step: &str);
    /// A command on a host writes a line.
    fn on_line(&self, host: &str, line: &str);
    /// A host has finished a step: its result, which may be empty, or the error.
    fn step_finished(&self, host: &str, step: &str, result: Result<&str, &StepError>);
    /// A message about a host.
    fn host_message(&self, host: &str, text: &str);
    /// A blocker on a host; nothing was changed.
    fn blocker(&self, host: &str, text: &str);
    /// A message about the whole rollout.
    fn message(&self, text: &str);
}

/// The error of a response that does not belong to its request.
pub fn unexpected_response() -> StepError {
    StepError::ConnectionLost { text: "unexpected response".into() }
}

/// Locks a connection, even after a thread that held it panicked.
pub fn lock_connection(host: &Connection) -> MutexGuard<'_, Box<dyn Host>> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}
