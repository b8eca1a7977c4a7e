//! The plan, host by host, as `docker-deploy plan` prints it.

use crate::deploy::agent::host_command::Sudo;
use crate::deploy::agent::unit_commands::{self, UnitAction};
use crate::deploy::agent::{docker, task};
use crate::deploy::host_state::HostState;
use crate::deploy::plan::{RolloutPlan, StepKind};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::ImageIdentity;
use crate::deploy::topology::Topology;

/// The whole plan as text; the options tell docker-runner how the files are read.
pub fn text(plan: &RolloutPlan, topology: &Topology, facts: &[HostState], options: &[String]) -> String {
    let mut text = String::new();
    for (host, facts) in topology.hosts.iter().zip(facts) {
        let roles: Vec<&str> = host.parts.iter().map(|part| part.role.name()).collect();
        let digest = |image: &Option<ImageIdentity>| {
            image.as_ref().map_or("not there yet", ImageIdentity::identity).to_owned()
        };
        let before = facts.before();
        let now = before.tag().unwrap_or_else(|| "(none)".into());
        let (tag, roles) = (&plan.ticket.tag, roles.join(" "));
        text.push_str(&format!("{}: {roles}\n", host.name));
        text.push_str(&format!("  now   {now} {}\n", digest(&before.image)));
        text.push_str(&format!("  then  {tag} {}\n", digest(&facts.coming)));
    }
    for note in &plan.notes {
        text.push_str(&format!("{note}\n"));
    }
    for phase in &plan.phases {
        let together = if phase.together { ", all at the same time" } else { "" };
        text.push_str(&format!("-- {}{together}\n", phase.name));
        for step in &phase.steps {
            let host = &topology.hosts[step.host].name;
            let lines =
                lines(&step.what, topology, |action| commands(action, &plan.app, &facts[step.host], options));
            lines.iter().for_each(|line| text.push_str(&format!("{host}: {line}\n")));
        }
    }
    text
}

fn lines(what: &StepKind, topology: &Topology, commands: impl Fn(&Request) -> Vec<String>) -> Vec<String> {
    match what {
        StepKind::Ask(action) => commands(action),
        StepKind::Compare => vec!["the image must be the same on every host".to_owned()],
        StepKind::Spare { others, .. } => {
            let names: Vec<&str> =
                others.iter().map(|(other, _)| topology.hosts[*other].name.as_str()).collect();
            vec![format!("only if another web host serves: {}", names.join(" or "))]
        }
        StepKind::Settle(seconds) => vec![format!("{seconds} s for the proxies")],
    }
}

/// What runs on the host, as shell lines; else what is done in words.
fn commands(action: &Request, app: &str, facts: &HostState, options: &[String]) -> Vec<String> {
    let sudo = Sudo { docker: facts.sudo_docker, root: facts.sudo };
    let unit = |verb, unit: &str| match facts.manager {
        Some(manager) => {
            let commands = unit_commands::commands(manager, verb, unit).into_iter();
            commands.map(|step| step.command.elevated(sudo).to_string()).collect()
        }
        None => vec![action.to_string()],
    };
    match action {
        Request::Pull { image, name } => {
            let tag = (image != name).then(|| docker::tag(image, name));
            let commands = std::iter::once(docker::pull(image)).chain(tag);
            commands.map(|command| command.elevated(sudo).to_string()).collect()
        }
        Request::Task { tag, words } => {
            let command = task::command(&["docker-runner".to_owned()], options, tag, app, words);
            vec![command.elevated(sudo).to_string()]
        }
        Request::Stop { part } => unit(UnitAction::Stop, &part.unit),
        Request::Start { part, .. } => unit(UnitAction::Start, &part.unit),
        Request::Restart { part, .. } => unit(UnitAction::Restart, &part.unit),
        other => vec![other.to_string()],
    }
}
