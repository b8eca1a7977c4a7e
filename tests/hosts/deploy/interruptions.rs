//! Failures in the middle of a push, when some hosts have the new release and others the old one.

use super::turn::Turn;
use crate::cluster::{APP, Cluster};
use crate::docker::wait_for;
use crate::fault::cut_ssh;

fn signal(cluster: &Cluster, name: &str) {
    cluster.control.exec(["pkill", name, "-x", "docker-deploy"]);
}

/// The unit has no health gate, so docker-deploy alone checks the health.
#[test]
fn a_release_that_becomes_healthy_on_the_first_host_only() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "never healthy on host 2");
    cluster.publish("sick2", "");
    let web = cluster.web("web2");
    web.write("/run/systemd/system/antisocial.service.d/gate.conf", "[Service]\nExecStartPost=\n");
    web.write("/srv/antisocial/faults.sick2", "sick");
    web.sh("systemctl daemon-reload");
    let output = turn.deploy(&["push", APP, "sick2"]);
    web.sh("rm -r /run/systemd/system/antisocial.service.d; systemctl daemon-reload");
    assert!(
        output.code == 1 && output.stderr.contains("web2: wait for antisocial: antisocial is not healthy"),
        "{output:?}"
    );
    assert!(output.stdout.contains("web2:   run sick2 on 8000"), "its last output: {output:?}");
    turn.assert_unchanged(&output);
    web.sh("rm /srv/antisocial/faults.sick2");
    turn.assert_next_push_succeeds("sick2");
}

#[test]
fn a_release_that_does_not_start() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "a release that does not start");
    cluster.publish("broken2", "broken");
    let output = turn.deploy(&["push", APP, "broken2"]);
    assert!(output.code == 1 && output.stderr.contains("web1: restart antisocial: "), "{output:?}");
    assert!(output.stdout.contains("web1:   cannot import site"), "its last output: {output:?}");
    turn.assert_unchanged(&output);
    let log = turn.deploy(&["log", APP]);
    assert!(log.stdout.contains("web1:     cannot import site"), "{log:?}");
}

#[test]
fn a_host_reboots() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "host 2 rebooted");
    cluster.publish("boot2", "slow");
    let web = cluster.web("web2");
    let output = turn.push_with_disturbance("boot2", || {
        web.power_off();
        web.power_on();
        turn.release_hold();
        web.wait_until_running();
    });
    turn.assert_unchanged_or_named(&output);
    turn.assert_next_push_succeeds("boot2");
}

#[test]
fn an_ssh_connection_breaks() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "ssh cut");
    cluster.publish("cut2", "slow");
    let output = turn.push_with_disturbance("cut2", || cut_ssh(cluster.web("web2")));
    turn.assert_unchanged_or_named(&output);
    turn.assert_next_push_succeeds("cut2");
}

#[test]
fn a_push_is_interrupted() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "Ctrl-C");
    cluster.publish("int2", "slow");
    let output = turn.push_with_disturbance("int2", || signal(&cluster, "-INT"));
    assert!(output.code == 1 && output.stderr.contains("interrupted"), "{output:?}");
    turn.assert_unchanged(&output);
    turn.assert_next_push_succeeds("int2");
}

#[test]
fn the_deployer_is_killed() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "deployer killed");
    cluster.publish("kill2", "slow");
    cluster.publish("kill3", "");
    // A host keeps its lock until the restart that the deployer has started there ends.
    let kill_during_push = || {
        turn.push_with_disturbance("kill2", || signal(&cluster, "-KILL"));
        let line = "a push of kill2 over 1 was cut off at stage web";
        let status = || turn.deploy(&["status", APP]).stdout;
        wait_for(line, || (status().matches(line).count() == 3).then_some(()), status);
    };
    kill_during_push();
    turn.assert_next_push_succeeds("kill3");

    // The same, then a rollback instead of a push.
    cluster.reset();
    kill_during_push();
    let output = turn.deploy(&["rollback", APP]);
    assert_eq!(output.code, 0, "{output:?}");
    turn.assert_all_new("1", &output);
}

#[test]
fn two_deployers() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "two deployers");
    cluster.publish("two2", "slow");
    cluster.publish("two3", "");
    let mut second = None;
    let first = turn.push_with_disturbance("two2", || second = Some(turn.deploy(&["push", APP, "two3"])));
    let second = second.unwrap();
    let expected = ["root on control has the lock since", "push of two2, stage web"];
    assert!(second.code == 125 && expected.iter().all(|part| second.stderr.contains(part)), "{second:?}");
    assert_eq!(first.code, 0, "the first: {first:?}");
    turn.assert_all_new("two2", &first);

    // With --wait the second push runs after the first one.
    let mut second = None;
    cluster.publish("two4", "slow");
    let first = turn.push_with_disturbance("two4", || {
        turn.release_hold();
        second = Some(turn.deploy(&["push", "--wait", APP, "two3"]));
    });
    assert_eq!(first.code, 0, "the first: {first:?}");
    let second = second.unwrap();
    assert_eq!(second.code, 0, "the second: {second:?}");
    turn.assert_all_new("two3", &second);
}
