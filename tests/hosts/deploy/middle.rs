//! What goes wrong in the middle, when some hosts have the new release and others the old.

use super::turn::Turn;
use crate::cluster::{APP, Cluster};
use crate::docker::wait_for;
use crate::fault::cut_ssh;

fn signal(cluster: &Cluster, name: &str) {
    cluster.control.exec(["pkill", name, "-x", "docker-deploy"]);
}

/// Its unit does not ask for its health: the gate is ours alone.
#[test]
fn a_release_that_gets_healthy_on_the_first_host_alone() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "never healthy on host 2");
    cluster.publish("sick2", "");
    let web = cluster.web("web2");
    web.write("/run/systemd/system/antisocial.service.d/gate.conf", "[Service]\nExecStartPost=\n");
    web.write("/srv/antisocial/faults.sick2", "sick");
    web.sh("systemctl daemon-reload");
    let said = turn.deploy(&["push", APP, "sick2"]);
    web.sh("rm -r /run/systemd/system/antisocial.service.d; systemctl daemon-reload");
    assert!(
        said.code == 1 && said.stderr.contains("web2: wait for antisocial: antisocial is not healthy"),
        "{said:?}"
    );
    assert!(said.stdout.contains("web2:   run sick2 on 8000"), "what it said last: {said:?}");
    turn.assert_all_as_before(&said);
    web.sh("rm /srv/antisocial/faults.sick2");
    turn.assert_goes_on("sick2");
}

#[test]
fn a_release_that_does_not_start() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "a release that does not start");
    cluster.publish("broken2", "broken");
    let said = turn.deploy(&["push", APP, "broken2"]);
    assert!(said.code == 1 && said.stderr.contains("web1: restart antisocial: "), "{said:?}");
    assert!(said.stdout.contains("web1:   cannot import site"), "what it said last: {said:?}");
    turn.assert_all_as_before(&said);
    let log = turn.deploy(&["log", APP]);
    assert!(log.stdout.contains("web1:     cannot import site"), "{log:?}");
}

#[test]
fn a_host_rebooted() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "host 2 rebooted");
    cluster.publish("boot2", "slow");
    let web = cluster.web("web2");
    let said = turn.disturbed("boot2", || {
        web.power_off();
        web.power_on();
        turn.let_go();
        web.wait_until_running();
    });
    turn.assert_as_before_or_named(&said);
    turn.assert_goes_on("boot2");
}

#[test]
fn ssh_cut() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "ssh cut");
    cluster.publish("cut2", "slow");
    let said = turn.disturbed("cut2", || cut_ssh(cluster.web("web2")));
    turn.assert_as_before_or_named(&said);
    turn.assert_goes_on("cut2");
}

#[test]
fn interrupted() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "Ctrl-C");
    cluster.publish("int2", "slow");
    let said = turn.disturbed("int2", || signal(&cluster, "-INT"));
    assert!(said.code == 1 && said.stderr.contains("interrupted"), "{said:?}");
    turn.assert_all_as_before(&said);
    turn.assert_goes_on("int2");
}

#[test]
fn the_deployer_killed() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "deployer killed");
    cluster.publish("kill2", "slow");
    cluster.publish("kill3", "");
    // A host has its lock until what the deployer began there, a restart, has ended.
    let cut_off = || {
        turn.disturbed("kill2", || signal(&cluster, "-KILL"));
        let told = "a push of kill2 over 1 was interrupted at stage web";
        let status = || turn.deploy(&["status", APP]).stdout;
        wait_for(told, || (status().matches(told).count() == 3).then_some(()), status);
    };
    cut_off();
    turn.assert_goes_on("kill3");

    // The same, and back instead of on.
    cluster.reset();
    cut_off();
    let said = turn.deploy(&["rollback", APP]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("1", &said);
}

#[test]
fn two_deployers() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "two deployers");
    cluster.publish("two2", "slow");
    cluster.publish("two3", "");
    let mut second = None;
    let first = turn.disturbed("two2", || second = Some(turn.deploy(&["push", APP, "two3"])));
    let second = second.unwrap();
    let told = ["root on control has the lock since", "push of two2, stage web"];
    assert!(second.code == 125 && told.iter().all(|told| second.stderr.contains(told)), "{second:?}");
    assert_eq!(first.code, 0, "the first: {first:?}");
    turn.assert_all_new("two2", &first);

    // Who waits has its turn.
    let mut second = None;
    cluster.publish("two4", "slow");
    let first = turn.disturbed("two4", || {
        turn.let_go();
        second = Some(turn.deploy(&["push", "--wait", APP, "two3"]));
    });
    assert_eq!(first.code, 0, "the first: {first:?}");
    let second = second.unwrap();
    assert_eq!(second.code, 0, "the second: {second:?}");
    turn.assert_all_new("two3", &second);
}
