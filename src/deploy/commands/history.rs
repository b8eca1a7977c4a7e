//! `history`: who pushed which tag and when.

use super::status::host_states;
use super::{CliContext, Unreachable, print_with_unreachable};
use crate::deploy::error::Error;
use crate::deploy::history::{self, Entry};
use crate::deploy::host::Connect;
use crate::deploy::settings::DeploySettings;
use crate::deploy::show;

pub(super) fn run(context: &CliContext<'_>, app: Option<&str>) -> Result<u8, Error> {
    let settings = context.settings(app, true)?;
    let (history, unreachable) = merged_history(&settings, &context.connector(&settings));
    Ok(print_with_unreachable(&show::history::render(&history), &unreachable))
}

/// The merged history of all hosts that respond, and the hosts that do not.
fn merged_history(settings: &DeploySettings, connect: &dyn Connect) -> (Vec<Entry>, Unreachable) {
    let (topology, states) = host_states(settings, connect);
    let merged = history::merged(states.iter().flatten().map(|state| state.history.as_slice()));
    let hosts = topology.hosts.into_iter().zip(states);
    (merged, hosts.filter_map(|(host, state)| Some((host.name, state.err()?))).collect())
}
