//! The locks of all hosts, which keep other deployers out.

use crate::deploy::blocker::Blocker;
use crate::deploy::error::Error;
use crate::deploy::history::Ticket;
use crate::deploy::host::{Clock, Connection, Report, lock_connection, unexpected_response};
use crate::deploy::host_state::LockHolder;
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::inspect::Inspection;
use crate::deploy::rollout::preflight;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two attempts to take a lock that another deployer holds.
const RETRY: Duration = Duration::from_secs(1);

/// How long to retry in any case: the agent of a deployer that was killed takes a moment to notice.
const MIN_WAIT: Duration = Duration::from_secs(5);

/// Takes locks. Agents hold them until the connection ends.
pub(super) struct Locker<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) report: &'a dyn Report,
    pub(super) stop: &'a AtomicBool,
    /// Whether to wait as long as another deployer holds a lock.
    pub(super) wait: bool,
}

impl Locker<'_> {
    /// Takes the lock of every host, ordered by name, so that two deployers
    /// never wait for each other.
    pub(super) fn lock_all(&self, inspection: &Inspection, ticket: &Ticket) -> Result<(), Error> {
        self.report.stage("lock");
        let names = inspection.topology.hosts.iter().map(|host| host.name.as_str());
        let mut hosts: Vec<_> = names.zip(&inspection.connections).collect();
        hosts.sort_unstable_by_key(|(name, _)| *name);
        hosts.into_iter().try_for_each(|(name, connection)| self.lock(name, connection, ticket))
    }

    fn lock(&self, name: &str, connection: &Connection, ticket: &Ticket) -> Result<(), Error> {
        let deadline = self.clock.instant() + MIN_WAIT;
        let mut holder_shown = false;
        loop {
            let holder = match try_lock(connection, ticket) {
                Ok(None) => return Ok(()),
                Ok(Some(holder)) => holder,
                Err(failure) => {
                    let blocker = (name.to_owned(), Blocker::Connection(failure.to_string()));
                    return preflight::fail_on_blockers(self.report, self.stop, &[blocker]);
                }
            };
            let may_wait = self.wait || self.clock.instant() < deadline;
            if holder.ticket.id == ticket.id || !may_wait || self.stop.load(Ordering::SeqCst) {
                return Err(self.refuse(name, &holder, ticket));
            }
            if self.wait && !std::mem::replace(&mut holder_shown, true) {
                self.report.host_message(name, &holder.to_string());
            }
            self.clock.sleep(RETRY);
        }
    }

    fn refuse(&self, host: &str, holder: &LockHolder, own: &Ticket) -> Error {
        if holder.ticket.id == own.id {
            self.report
                .blocker(host, "is the same machine as another host of the lists: use one name for it");
        } else {
            self.report.blocker(host, &holder.to_string());
        }
        Error::Blocked
    }
}

/// Takes a host's lock; the holder if another deployer has it.
pub(super) fn try_lock(connection: &Connection, ticket: &Ticket) -> Result<Option<LockHolder>, StepError> {
    let request = Request::Lock { ticket: ticket.clone() };
    match lock_connection(connection).query(&request, &|| false)? {
        Response::LockHeld(holder) => Ok(Some(holder)),
        Response::Done => Ok(None),
        _ => Err(unexpected_response()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Connection, Error, LockHolder, Locker, MIN_WAIT, Report, Request, Response, StepError};
    use crate::deploy::host::Host;
    use crate::deploy::rollout::test_fleet::TestClock;
    use crate::deploy::test_values::ticket;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicBool;

    /// A host whose lock another deployer holds for so many requests.
    struct LockedHost(u64);

    impl Host for LockedHost {
        fn perform(
            &mut self,
            _request: &Request,
            _on_line: &mut dyn FnMut(&str),
            _stop: &dyn Fn() -> bool,
        ) -> Result<Response, StepError> {
            if self.0 == 0 {
                return Ok(Response::Done);
            }
            self.0 -= 1;
            Ok(Response::LockHeld(LockHolder { ticket: ticket("1"), stage: "pull".into() }))
        }

        fn reconnect(&mut self) -> Result<(), StepError> {
            Ok(())
        }
    }

    #[derive(Default)]
    struct Messages(Mutex<Vec<String>>);

    impl Report for Messages {
        fn stage(&self, _name: &str) {}
        fn step_started(&self, _host: &str, _step: &str) {}
        fn on_line(&self, _host: &str, _line: &str) {}
        fn step_finished(&self, _host: &str, _step: &str, _result: Result<&str, &StepError>) {}
        fn host_message(&self, host: &str, text: &str) {
            self.0.lock().unwrap().push(format!("message: {host}: {text}"));
        }
        fn blocker(&self, host: &str, text: &str) {
            self.0.lock().unwrap().push(format!("blocker: {host}: {text}"));
        }
        fn message(&self, _text: &str) {}
    }

    /// Locks a host whose lock is held for so many requests. Returns the result, the messages and
    /// the seconds that passed.
    fn lock(held: u64, wait: bool) -> (Result<(), Error>, Vec<String>, u64) {
        let clock = TestClock::new();
        let (report, stop) = (Messages::default(), AtomicBool::new(false));
        let connection: Connection = Mutex::new(Box::new(LockedHost(held)));
        let locker = Locker { clock: &clock, report: &report, stop: &stop, wait };
        let result = locker.lock("web1", &connection, &ticket("2"));
        (result, report.0.into_inner().unwrap(), clock.milliseconds() / 1000)
    }

    const HOLDER: &str = "web1: ann on desk has the lock since 1970-01-01 00:00:00: push of new, stage pull";

    #[test]
    fn waits_for_a_lock_and_names_its_holder_once() {
        let (result, messages, seconds) = lock(20, true);
        assert!(result.is_ok());
        assert_eq!((messages, seconds), (vec![format!("message: {HOLDER}")], 20));
    }

    #[test]
    fn retries_for_a_moment_in_any_case() {
        let (result, messages, seconds) = lock(MIN_WAIT.as_secs(), false);
        assert!(result.is_ok());
        assert_eq!((messages, seconds), (vec![], MIN_WAIT.as_secs()));
        let (result, messages, seconds) = lock(20, false);
        assert!(matches!(result, Err(Error::Blocked)));
        assert_eq!((messages, seconds), (vec![format!("blocker: {HOLDER}")], MIN_WAIT.as_secs()));
    }
}
