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
