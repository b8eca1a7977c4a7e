//! The file that names the holder of an app's lock. People read it; nothing
//! depends on it.

use super::app_host::AppHost;
use super::machine::Machine;
use crate::deploy::history::{PushKind, Ticket};
use crate::deploy::host_state::Holder;
use crate::deploy::protocol::codec;
use std::path::PathBuf;

fn path(host: &AppHost<impl Machine>) -> PathBuf {
    host.journal().lock().with_file_name("holder")
}

/// The holder of the lock; `None` where the file cannot be read.
pub(super) fn read(host: &AppHost<impl Machine>) -> Option<Holder> {
    let content = host.machine.read(&path(host)).ok()??;
    codec::read(&content.bytes)
}

/// Names the holder of the lock. A failure is ignored, since a push can go on
/// without the file.
pub(super) fn write(host: &mut AppHost<impl Machine>, ticket: &Ticket, stage: &str) {
    let holder = Holder { ticket: ticket.clone(), stage: stage.to_owned() };
    let path = path(host);
    let _ = host.machine.replace(&path, codec::line(&holder).as_bytes());
}

/// The holder of a lock whose file cannot be read.
pub(super) fn unknown() -> Holder {
    let unknown = || "unknown".to_owned();
    let ticket = Ticket {
        id: unknown(),
        kind: PushKind::Push,
        tag: unknown(),
        who: unknown(),
        from: unknown(),
        began: 0,
    };
    Holder { ticket, stage: unknown() }
}
