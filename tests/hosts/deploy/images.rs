//! Images that cannot be pulled or differ between hosts, full disks, and tasks that fail.

use super::turn::Turn;
use crate::cluster::{APP, Cluster, IMAGE};
use crate::fault::Fault;

#[test]
fn an_image_that_cannot_be_pulled() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "images that cannot be pulled");
    cluster.publish("image2", "");
    let web = cluster.web("web2");

    let output = turn.deploy(&["push", APP, "never-built"]);
    assert!(output.code == 1 && output.stderr.lines().count() == 1, "{output:?}");
    assert!(output.stderr.contains(&format!("{IMAGE}:never-built not found")), "{output:?}");
    turn.assert_unchanged(&output);

    let fault = Fault::registry_down(&cluster);
    let output = turn.deploy(&["push", APP, "image2"]);
    fault.end();
    assert_eq!(output.code, 1, "registry down: {output:?}");
    turn.assert_unchanged(&output);

    let fault = Fault::no_registry(web);
    let output = turn.deploy(&["push", APP, "image2"]);
    fault.end();
    assert!(output.code == 1 && output.stderr.contains("web2"), "image missing on one host: {output:?}");
    turn.assert_unchanged(&output);

    let fault = Fault::no_room_for_images(web);
    let output = turn.deploy(&["push", APP, "image2"]);
    fault.end();
    assert!(output.code == 1 && output.stderr.contains("web2"), "disk full: {output:?}");
    turn.assert_unchanged(&output);
    turn.assert_next_push_succeeds("image2");
}

/// One host uses another registry, which has another image of that tag.
#[test]
fn a_different_image_on_one_host() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "another digest on one host");
    cluster.publish("digest2", "");
    let web = cluster.web("web3");
    let fault = Fault::another_registry(web);
    web.sh(&format!(
        "printf 'FROM {IMAGE}:1\nENV RELEASE=other\n' | docker build -q -t {IMAGE}:digest2 -
         docker push -q {IMAGE}:digest2; docker rmi {IMAGE}:digest2"
    ));
    let output = turn.deploy(&["push", APP, "digest2"]);
    fault.end();
    let expected = "web1 and web3 have different images of digest2: sha256:";
    assert!(output.code == 1 && output.stderr.contains(expected), "{output:?}");
    assert!(!output.stdout.contains("migrate"), "tasks ran: {output:?}");
    turn.assert_unchanged(&output);
    turn.assert_next_push_succeeds("digest2");
}

#[test]
fn a_full_disk_under_the_tag_file() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "disk full");
    cluster.publish("full2", "");
    let fault = Fault::disk_full(cluster.web("web2"), "/var/www/antisocial");
    let output = turn.deploy(&["push", APP, "full2"]);
    assert!([1, 125].contains(&output.code), "{output:?}");
    turn.assert_unchanged(&output);
    fault.end();
    turn.assert_next_push_succeeds("full2");
}

#[test]
fn a_task_that_fails() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "a task fails");
    cluster.publish("task2", "migrate");
    let output = turn.deploy(&["push", APP, "task2"]);
    assert!(output.code == 1 && output.stdout.contains("web1:   migrate failed"), "{output:?}");
    assert!(output.stderr.contains("migrations had run"), "{output:?}");
    turn.assert_unchanged(&output);
}

/// The output of a task is in the log, even if the agent was killed while the task ran.
#[test]
fn the_agent_is_killed_during_a_task() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "agent killed during a task");
    cluster.publish("log2", "stuck");
    let web = cluster.web("web1");
    let output = std::thread::scope(|scope| {
        let push = scope.spawn(|| turn.deploy(&["push", APP, "log2"]));
        let journal = || web.exec(["cat", "/var/www/antisocial/.deploy/journal"]).stdout;
        let logged = || journal().contains("migrate of log2").then_some(());
        crate::docker::wait_for("the task's line in the journal", logged, || web.journal());
        web.sh("pkill -KILL -x docker-deploy");
        push.join().unwrap()
    });
    assert_eq!(output.code, 1, "{output:?}");
    turn.assert_unchanged(&output);
    let log = turn.deploy(&["log", APP]);
    assert!(log.stdout.contains("web1:     migrate of log2"), "{log:?}");
}
