//! `history`: who pushed which tag and when.

use super::status::host_states;
use super::{CliContext, Unreachable, print_with_unreachable};
use crate::deploy::blocker::Blocker;
use crate::deploy::error::Error;
use crate::deploy::history::{self, HistoryEntry};
use crate::deploy::host::Connect;
use crate::deploy::host_state::HostState;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::settings::DeploySettings;
use crate::deploy::show;

pub(super) fn run(context: &CliContext<'_>, app: Option<&str>) -> Result<u8, Error> {
    let settings = context.settings(app, true)?;
    let (history, unreachable) = merged_history(&settings, &context.connector(&settings));
    Ok(print_with_unreachable(&show::history::render(&history), &unreachable))
}

/// The merged history of all hosts that respond, and what could not be read:
/// hosts that do not respond, and state files with errors.
pub fn merged_history(settings: &DeploySettings, connect: &dyn Connect) -> (Vec<HistoryEntry>, Unreachable) {
    let (topology, states) = host_states(settings, connect);
    let merged = history::merge(states.iter().flatten().map(|state| state.history.as_slice()));
    let mut failed = Unreachable::new();
    for (host, state) in topology.hosts.into_iter().zip(states) {
        match state {
            Ok(state) => failed.extend(state_errors(&state).map(|error| (host.name.clone(), error))),
            Err(error) => failed.push((host.name, error)),
        }
    }
    (merged, failed)
}

/// The errors of the journal and of the history. With one, their values are incomplete.
fn state_errors(state: &HostState) -> impl Iterator<Item = StepError> {
    state.blockers.iter().filter_map(|blocker| match blocker {
        Blocker::State { path, text } => Some(StepError::Read { path: path.clone(), text: text.clone() }),
        Blocker::Config(_)
        | Blocker::TagFile { .. }
        | Blocker::Docker(_)
        | Blocker::Manager(_)
        | Blocker::NoManager
        | Blocker::Folder { .. }
        | Blocker::Connection(_)
        | Blocker::NoUnit { .. }
        | Blocker::OtherImage { .. }
        | Blocker::Full { .. }
        | Blocker::Unknown(_) => None,
    })
}
