//! The file with the holder of an app's lock. It is for people; no code
//! depends on it.

use super::app_host::AppHost;
use super::machine::Machine;
use crate::deploy::history::Ticket;
use crate::deploy::host_state::LockHolder;

/// The holder of the lock. If the file cannot be read, the stage is the reason.
pub(super) fn read(host: &AppHost<impl Machine>) -> LockHolder {
    match host.journal().holder(&host.machine) {
        Ok(Some(holder)) => holder,
        Ok(None) => LockHolder::unknown("who holds it is not recorded".into()),
        Err(error) => LockHolder::unknown(error.to_string()),
    }
}

/// Writes the holder of the lock. A failure is ignored, because a deploy does
/// not depend on the file.
pub(super) fn write(host: &mut AppHost<impl Machine>, ticket: &Ticket, stage: &str) {
    let holder = LockHolder { ticket: ticket.clone(), stage: stage.to_owned() };
    let _ = host.journal().write_holder(&mut host.machine, &holder);
}
