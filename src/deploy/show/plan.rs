//! The plan, host by host, as `docker-deploy plan` prints it.

use crate::deploy::agent::host_command::Sudo;
use crate::deploy::agent::unit_commands::{self, UnitAction};
use crate::deploy::agent::{docker, task};
use crate::deploy::host_state::{HostState, ImageIdentity};
use crate::deploy::plan::{RolloutPlan, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::rollout::inspect::Inspection;
use crate::deploy::topology::Topology;

/// The whole plan as text. The options are those that docker-runner gets on
/// the hosts.
pub fn render(plan: &RolloutPlan, inspection: &Inspection, options: &[String]) -> String {
    let Inspection { topology, host_states, .. } = inspection;
    let mut text = String::new();
    for (host, state) in topology.hosts.iter().zip(host_states) {
        let roles: Vec<&str> = host.role_units.iter().map(|unit| unit.role.name()).collect();
        let identity = |image: &Option<ImageIdentity>| {
            image.as_ref().map_or("(not pulled yet)", ImageIdentity::identity).to_owned()
        };
        let snapshot = state.restore_point();
        let old_tag = snapshot.tag().unwrap_or_else(|| "(none)".into());
        text.push_str(&format!("{}: {}\n", host.name, roles.join(" ")));
        text.push_str(&format!("  now  {old_tag} {}\n", identity(&snapshot.image)));
        text.push_str(&format!("  new  {} {}\n", plan.ticket.tag, identity(&state.incoming_image)));
    }
    for warning in &plan.warnings {
        text.push_str(&format!("{warning}\n"));
    }
    for stage in &plan.stages {
        let parallel = if stage.parallel { " (all hosts in parallel)" } else { "" };
        text.push_str(&format!("-- {}{parallel}\n", stage.kind.name()));
        for step in &stage.steps {
            let host = &topology.hosts[step.host].name;
            let state = &host_states[step.host];
            for line in
                step_lines(&step.kind, topology, |request| commands(request, &plan.app, state, options))
            {
                text.push_str(&format!("{host}: {line}\n"));
            }
        }
    }
    text
}

fn step_lines(
    kind: &StepKind,
    topology: &Topology,
    commands: impl Fn(&Request) -> Vec<String>,
) -> Vec<String> {
    match kind {
        StepKind::Send(request) => commands(request),
        StepKind::CompareImages => vec!["check that every host has the same image".to_owned()],
        StepKind::RequireSpare { others, .. } => {
            let names = others.iter().map(|(other, _)| topology.hosts[*other].name.as_str());
            vec![format!("check that another web host serves: {}", names.collect::<Vec<_>>().join(" or "))]
        }
        StepKind::ProxyPause(seconds) => vec![format!("wait {seconds} s for the proxies")],
    }
}

/// The commands of a request as shell lines; the description of one that runs
/// no command.
fn commands(request: &Request, app: &str, state: &HostState, options: &[String]) -> Vec<String> {
    let sudo = Sudo { docker: state.sudo_docker, root: state.sudo };
    let unit_action = |action, unit: &str| match state.manager {
        Some(manager) => {
            let commands = unit_commands::commands(manager, action, unit).into_iter();
            commands.map(|step| step.command.elevated(sudo).to_string()).collect()
        }
        None => vec![request.to_string()],
    };
    match request {
        Request::Pull { image, name } => {
            let tag = (image != name).then(|| docker::tag(image, name));
            let commands = std::iter::once(docker::pull(image)).chain(tag);
            commands.map(|command| command.elevated(sudo).to_string()).collect()
        }
        Request::Task { tag, task: words } => {
            let command = task::command(&["docker-runner".to_owned()], options, tag, app, words);
            vec![command.elevated(sudo).to_string()]
        }
        Request::Stop { unit } => unit_action(UnitAction::Stop, &unit.unit),
        Request::Start { unit, .. } => unit_action(UnitAction::Start, &unit.unit),
        Request::Restart { unit, .. } => unit_action(UnitAction::Restart, &unit.unit),
        Request::Inspect { .. }
        | Request::Apps
        | Request::Lock { .. }
        | Request::Begin { .. }
        | Request::Stage { .. }
        | Request::Retag { .. }
        | Request::Digest { .. }
        | Request::WriteTagFiles { .. }
        | Request::Ensure { .. }
        | Request::Gate { .. }
        | Request::NginxServers
        | Request::End { .. }
        | Request::Prune { .. }
        | Request::Log { .. } => vec![request.to_string()],
    }
}
