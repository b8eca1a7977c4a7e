//! Images that do not come, are others than elsewhere, or find no room; and tasks that fail.

use super::turn::Turn;
use crate::cluster::{APP, Cluster, IMAGE};
use crate::fault::Fault;

#[test]
fn an_image_that_does_not_come() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "images that do not come");
    cluster.publish("image2", "");
    let web = cluster.web("web2");

    let said = turn.deploy(&["push", APP, "never-built"]);
    assert!(said.code == 1 && said.stderr.lines().count() == 1, "{said:?}");
    assert!(said.stderr.contains(&format!("{IMAGE}:never-built not found")), "{said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::registry_down(&cluster);
    let said = turn.deploy(&["push", APP, "image2"]);
    fault.mend();
    assert_eq!(said.code, 1, "registry down: {said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::no_registry(web);
    let said = turn.deploy(&["push", APP, "image2"]);
    fault.mend();
    assert!(said.code == 1 && said.stderr.contains("web2"), "image missing on one host: {said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::no_room_for_images(web);
    let said = turn.deploy(&["push", APP, "image2"]);
    fault.mend();
    assert!(said.code == 1 && said.stderr.contains("web2"), "disk full: {said:?}");
    turn.assert_all_as_before(&said);
    turn.assert_goes_on("image2");
}

/// One host's registry is another, and has another image of that tag.
#[test]
fn another_image_on_one_host() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "another digest on one host");
    cluster.publish("digest2", "");
    let web = cluster.web("web3");
    let fault = Fault::another_registry(web);
    web.sh(&format!(
        "printf 'FROM {IMAGE}:1\nENV RELEASE=other\n' | docker build -q -t {IMAGE}:digest2 -
         docker push -q {IMAGE}:digest2; docker rmi {IMAGE}:digest2"
    ));
    let said = turn.deploy(&["push", APP, "digest2"]);
    fault.mend();
    let told = "web1 and web3 have different images of digest2: sha256:";
    assert!(said.code == 1 && said.stderr.contains(told), "{said:?}");
    assert!(!said.stdout.contains("migrate"), "tasks ran: {said:?}");
    turn.assert_all_as_before(&said);
    turn.assert_goes_on("digest2");
}

#[test]
fn a_full_disk_under_tag() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "disk full");
    cluster.publish("full2", "");
    let fault = Fault::disk_full(cluster.web("web2"), "/var/www/antisocial");
    let said = turn.deploy(&["push", APP, "full2"]);
    assert!([1, 125].contains(&said.code), "{said:?}");
    turn.assert_all_as_before(&said);
    fault.mend();
    turn.assert_goes_on("full2");
}

#[test]
fn a_task_that_fails() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "a task fails");
    cluster.publish("task2", "migrate");
    let said = turn.deploy(&["push", APP, "task2"]);
    assert!(said.code == 1 && said.stdout.contains("web1:   migrate failed"), "{said:?}");
    assert!(said.stderr.contains("migrations ran"), "{said:?}");
    turn.assert_all_as_before(&said);
}

/// What a task said is in the log, though the host's side was killed in the middle of it.
#[test]
fn the_hosts_side_killed_in_a_task() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "the host's side killed in a task");
    cluster.publish("log2", "stuck");
    let web = cluster.web("web1");
    let said = std::thread::scope(|scope| {
        let push = scope.spawn(|| turn.deploy(&["push", APP, "log2"]));
        let journal = || web.exec(["cat", "/var/www/antisocial/.deploy/journal"]).stdout;
        let written = || journal().contains("migrate of log2").then_some(());
        crate::docker::wait_for("the task's line in the journal", written, || web.journal());
        web.sh("pkill -KILL -x docker-deploy");
        push.join().unwrap()
    });
    assert_eq!(said.code, 1, "{said:?}");
    turn.assert_all_as_before(&said);
    let log = turn.deploy(&["log", APP]);
    assert!(log.stdout.contains("web1:     migrate of log2"), "{log:?}");
}
