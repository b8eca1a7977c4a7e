//! `log`: the steps and the output of a push.

use super::{CliContext, Unreachable, print_with_unreachable};
use crate::deploy::error::Error;
use crate::deploy::host::{Connect, unexpected_response};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::{Log, Response};
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::Topology;

/// Prints the log of a push, by default of the newest one.
pub(super) fn run(context: &CliContext<'_>, app: Option<&str>, push: Option<&str>) -> Result<u8, Error> {
    let settings = context.settings(app, true)?;
    let (logs, unreachable) = logs(&settings, &context.connector(&settings), push);
    // A host that does not respond may have the log.
    if logs.is_empty() && unreachable.is_empty() {
        let app = settings.app.to_string();
        return Err(match push {
            Some(id) => Error::NoPush { app, id: id.to_owned() },
            None => Error::NoLog { app },
        });
    }
    let mut text = String::new();
    for (host, log) in &logs {
        for line in log.lines.iter().flat_map(|lines| lines.lines()) {
            text.push_str(&format!("{host}: {line}\n"));
        }
    }
    Ok(print_with_unreachable(&text, &unreachable))
}

/// The logs of a push from every host that has one, and the hosts that do not
/// respond.
fn logs(
    settings: &DeploySettings,
    connect: &dyn Connect,
    push: Option<&str>,
) -> (Vec<(String, Log)>, Unreachable) {
    let topology = Topology::new(settings);
    let (mut logs, mut unreachable): (Vec<(String, Log)>, Unreachable) = Default::default();
    for host in &topology.hosts {
        let request = Request::Log { id: push.map(str::to_owned) };
        let response = connect.connect(&host.name).and_then(|mut host| host.query(&request, &|| false));
        match response {
            Ok(Response::Log(log)) => logs.extend(log.map(|log| (host.name.clone(), log))),
            Ok(_) => unreachable.push((host.name.clone(), unexpected_response())),
            Err(failure) => unreachable.push((host.name.clone(), failure)),
        }
    }
    // By default the newest push: a host that was unreachable then has an older log.
    let newest = logs.iter().map(|(_, log)| log.ticket.began).max();
    logs.retain(|(_, log)| push.is_some() || Some(log.ticket.began) == newest);
    (logs, unreachable)
}
