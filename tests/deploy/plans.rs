//! The plan as a value: what would be done, in its order.

use crate::check::{Lines, THREE, settings, three};
use crate::host::Connections;
use crate::network::Network;
use docker_runner::deploy::job::{Caller, Job, Wanted};
use docker_runner::deploy::plan::{Plan, What};
use docker_runner::deploy::topology::Topology;
use std::sync::Arc;

fn planned(network: &Arc<Network>, lists: &[(&str, &str)]) -> (Plan, Topology) {
    let settings = settings(lists);
    let (lines, connect) = (Lines::default(), Connections(network.clone()));
    let caller = Caller { who: "ann".into(), from: "desk".into(), pid: 7 };
    let clock = &**network;
    let stop = &network.stop;
    let job =
        Job { settings: &settings, connect: &connect, clock, report: &lines, stop, caller, wait: false };
    let (plan, topology, _) = job.plan(&Wanted::Push("new".into())).unwrap();
    (plan, topology)
}

fn steps(plan: &Plan, topology: &Topology) -> Vec<String> {
    let told = |step: &docker_runner::deploy::plan::Step| {
        let what = match &step.what {
            What::Ask(action) => action.to_string(),
            What::Compare => "compare".into(),
            What::Spare { .. } => "spare".into(),
            What::Settle(seconds) => format!("settle {seconds}"),
        };
        let undo: Vec<String> = step.undo.iter().map(ToString::to_string).collect();
        format!("{} {what} <- {}", topology.hosts[step.host].name, undo.join(", "))
    };
    plan.phases.iter().skip(2).flat_map(|phase| phase.steps.iter().map(told)).collect()
}

#[test]
fn a_push_as_a_list_of_steps_each_with_its_undo() {
    let network = three();
    let (plan, topology) = planned(&network, &THREE);
    let old = "TAG=old REVERT=older";
    let expected = [
        "a compare <- ".to_owned(),
        "a docker-runner --tag new … migrate <- ".to_owned(),
        "a docker-runner --tag new … collectstatic <- ".to_owned(),
        "a docker-runner --tag new … compress <- ".to_owned(),
        "a spare <- ".to_owned(),
        format!("a TAG=new REVERT=old <- {old}, see that site runs old"),
        format!("a restart site <- {old}, restart site, wait for site"),
        "a wait for site <- ".to_owned(),
        "b settle 11 <- ".to_owned(),
        "b spare <- ".to_owned(),
        format!("b TAG=new REVERT=old <- {old}, see that site runs old, see that site-worker runs old"),
        format!("b restart site <- {old}, restart site, wait for site"),
        "b wait for site <- ".to_owned(),
        format!("b restart site-worker <- {old}, restart site-worker, wait for site-worker"),
        "b wait for site-worker <- ".to_owned(),
        format!("c stop site-beat <- {old}, restart site-beat, wait for site-beat"),
        format!("c TAG=new REVERT=old <- {old}, see that site-beat runs old"),
        format!("c start site-beat <- {old}, restart site-beat, wait for site-beat"),
        "c wait for site-beat <- ".to_owned(),
    ];
    assert_eq!(steps(&plan, &topology), expected);
    assert!(["a", "b", "c"].iter().all(|host| network.state(host).done.is_empty()));
}
