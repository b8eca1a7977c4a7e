//! The file with the holder of an app's lock. It is for people; no code
//! depends on it.

use super::app_host::AppHost;
use super::machine::Machine;
use crate::deploy::history::{DeployKind, Ticket};
use crate::deploy::host_state::LockHolder;

/// The holder of the lock. If the file cannot be read, the stage contains the error.
pub(super) fn read(host: &AppHost<impl Machine>) -> LockHolder {
    match host.journal().holder(&host.machine) {
        Ok(holder) => holder.unwrap_or_else(|| unknown("unknown".into())),
        Err(error) => unknown(format!("unknown ({error})")),
    }
}

/// Writes the holder of the lock. A failure is ignored, because a deploy does
/// not depend on the file.
pub(super) fn write(host: &mut AppHost<impl Machine>, ticket: &Ticket, stage: &str) {
    let holder = LockHolder { ticket: ticket.clone(), stage: stage.to_owned() };
    let _ = host.journal().write_holder(&mut host.machine, &holder);
}

/// The holder of a lock whose file cannot be read.
fn unknown(stage: String) -> LockHolder {
    let unknown = || "unknown".to_owned();
    let ticket = Ticket {
        id: unknown(),
        kind: DeployKind::Push,
        tag: unknown(),
        user: unknown(),
        machine: unknown(),
        started: 0,
    };
    LockHolder { ticket, stage }
}
