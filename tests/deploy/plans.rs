//! The plan as a value: the steps in their order.

use crate::check::{RecordedReport, THREE_HOSTS, settings, three_hosts};
use crate::host::Connections;
use crate::network::Network;
use docker_runner::deploy::plan::{RolloutPlan, StepKind};
use docker_runner::deploy::rollout::inspect::Inspection;
use docker_runner::deploy::rollout::target::Target;
use docker_runner::deploy::rollout::{Caller, Rollout};
use docker_runner::deploy::show;
use docker_runner::deploy::topology::Topology;
use std::sync::Arc;

fn make_plan(network: &Arc<Network>, lists: &[(&str, &str)], target: &Target) -> (RolloutPlan, Inspection) {
    let settings = settings(lists);
    let (lines, connect) = (RecordedReport::default(), Connections(network.clone()));
    let caller = Caller { user: "ann".into(), machine: "desk".into(), pid: 7 };
    let clock = &**network;
    let stop = &network.stop;
    let rollout =
        Rollout { settings: &settings, connect: &connect, clock, report: &lines, stop, caller, wait: false };
    rollout.plan(target).unwrap()
}

fn plan_push(network: &Arc<Network>, lists: &[(&str, &str)]) -> (RolloutPlan, Inspection) {
    make_plan(network, lists, &Target::Push("new".into()))
}

fn steps(plan: &RolloutPlan, topology: &Topology) -> Vec<String> {
    all_steps(plan, topology).split_off(plan.stages.iter().take(2).map(|stage| stage.steps.len()).sum())
}

fn all_steps(plan: &RolloutPlan, topology: &Topology) -> Vec<String> {
    let line = |step: &docker_runner::deploy::plan::Step| {
        let kind = match &step.kind {
            StepKind::Send(action) => action.to_string(),
            StepKind::CompareImages => "compare".into(),
            StepKind::RequireSpare { .. } => "spare".into(),
            StepKind::ProxyPause(seconds) => format!("pause {seconds}"),
        };
        let undo: Vec<String> = step.undo.iter().map(ToString::to_string).collect();
        format!("{} {kind} <- {}", topology.hosts[step.host].name, undo.join(", "))
    };
    plan.stages.iter().flat_map(|stage| stage.steps.iter().map(line)).collect()
}

#[test]
fn a_push_as_a_list_of_steps_each_with_its_undo() {
    let network = three_hosts();
    let (plan, inspection) = plan_push(&network, &THREE_HOSTS);
    let old = "TAG=old REVERT=older";
    let expected = [
        "a compare <- ".to_owned(),
        "a docker-runner --tag new … migrate <- ".to_owned(),
        "a docker-runner --tag new … collectstatic <- ".to_owned(),
        "a docker-runner --tag new … compress <- ".to_owned(),
        "a spare <- ".to_owned(),
        format!("a TAG=new REVERT=old <- {old}, ensure that site runs old"),
        format!("a restart site <- {old}, restart site, wait for site"),
        "a wait for site <- ".to_owned(),
        "b pause 11 <- ".to_owned(),
        "b spare <- ".to_owned(),
        format!("b TAG=new REVERT=old <- {old}, ensure that site runs old, ensure that site-worker runs old"),
        format!("b restart site <- {old}, restart site, wait for site"),
        "b wait for site <- ".to_owned(),
        format!("b restart site-worker <- {old}, restart site-worker, wait for site-worker"),
        "b wait for site-worker <- ".to_owned(),
        format!("c stop site-beat <- {old}, restart site-beat, wait for site-beat"),
        format!("c TAG=new REVERT=old <- {old}, ensure that site-beat runs old"),
        format!("c start site-beat <- {old}, restart site-beat, wait for site-beat"),
        "c wait for site-beat <- ".to_owned(),
    ];
    assert_eq!(steps(&plan, &inspection.topology), expected);
    assert!(["a", "b", "c"].iter().all(|host| network.state(host).done.is_empty()));
}

/// The steps of a plan in one text.
fn text(network: &Arc<Network>, lists: &[(&str, &str)], target: &Target) -> String {
    let (plan, inspection) = make_plan(network, lists, target);
    all_steps(&plan, &inspection.topology).join("\n")
}

#[test]
fn a_rollback_runs_no_tasks() {
    let text = text(&three_hosts(), &THREE_HOSTS, &Target::Rollback(Some("older".into())));
    assert!(text.contains("restart site") && !text.contains("docker-runner"), "{text}");
}

#[test]
fn a_rollback_pulls_only_a_missing_image() {
    let network = three_hosts();
    network.state("a").images.insert("team/site:older".into(), "sha256:older".into());
    network.state("b").images.remove("team/site:older");
    let text = text(&network, &THREE_HOSTS, &Target::Rollback(Some("older".into())));
    assert!(text.contains("a digest of team/site:older <- \nb docker pull "), "{text}");
}

#[test]
fn only_a_running_beat_is_stopped_elsewhere() {
    let network = three_hosts();
    network.state("a").units.insert("site-beat".into(), false);
    let text = text(&network, &THREE_HOSTS, &Target::Push("new".into()));
    assert!(text.contains("c stop site-beat") && !text.contains("a stop site-beat"), "{text}");
}

#[test]
fn settle_0_needs_no_pause() {
    let lists = [&THREE_HOSTS[..], &[("SETTLE", "0")]].concat();
    let text = text(&three_hosts(), &lists, &Target::Push("new".into()));
    assert!(text.contains("restart site") && !text.contains("settle"), "{text}");
}

#[test]
fn repository_is_added_once() {
    let pulls = |repository| {
        let lists = [("HOSTS", "a"), ("REPOSITORY", repository)];
        let text = text(&Network::new(&[("a", &["site"])]), &lists, &Target::Push("new".into()));
        text.contains("a docker pull reg/team/site:new <- \n")
            || text.contains("a docker pull team/site:new <- \n")
    };
    assert!(pulls("reg/") && pulls("team/"));
}

/// The old image gets its name back. The unit restarts if it runs the new image by then.
#[test]
fn a_pull_of_the_same_tag_is_undone() {
    let text = text(&Network::new(&[("a", &["site"])]), &[("HOSTS", "a")], &Target::Push("old".into()));
    let undo = "docker tag sha256:old team/site:old, ensure that site runs old";
    assert!(text.lines().any(|line| line.starts_with("a docker pull") && line.ends_with(undo)), "{text}");
}

/// The plan shows the commands that run on the hosts, sudo included.
#[test]
fn the_plan_shows_the_commands_of_the_hosts() {
    let network = Network::new(&[("a", &["site", "site-beat"])]);
    let lists = [("HOSTS", "a"), ("BEAT_HOSTS", "a"), ("REPOSITORY", "reg/"), ("TASKS", "migrate")];
    let (plan, mut inspection) = plan_push(&network, &lists);
    let commands = |inspection: &Inspection| {
        let text = show::plan::render(
            &plan,
            inspection,
            &["--root", "/srv/a b", "--shell", "/bin/bash"].map(str::to_owned),
        );
        let called = ["docker", "docker-runner", "systemctl", "sudo"];
        let lines = text.lines().filter_map(|line| line.strip_prefix("a: "));
        lines
            .filter(|line| called.contains(&line.split(' ').next().unwrap()))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let expected = [
        "docker pull reg/team/site:new",
        "docker tag reg/team/site:new team/site:new",
        "docker-runner --root '/srv/a b' --shell /bin/bash --tag new site migrate",
        "systemctl reset-failed site.service",
        "systemctl restart site.service",
        "systemctl stop site-beat.service",
        "systemctl start site-beat.service",
    ];
    assert_eq!(commands(&inspection), expected);
    inspection.host_states[0].sudo = true;
    let units = expected
        .map(|line| if line.starts_with("systemctl") { format!("sudo -n {line}") } else { line.into() });
    assert_eq!(commands(&inspection), units);
    inspection.host_states[0].sudo_docker = true;
    assert_eq!(commands(&inspection), expected.map(|line| format!("sudo -n {line}")));
}
