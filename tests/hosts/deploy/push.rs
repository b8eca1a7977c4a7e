//! Pushes that succeed: with a rollback, on the host itself, with REPOSITORY, and under load.

use super::turn::{TagReader, Turn, releases};
use crate::cluster::{APP, Cluster, IMAGE, WEBS};
use crate::docker::wait_for;
use crate::images::print_uncaptured;
use crate::load::Load;
use std::time::Instant;

#[test]
fn a_push_and_a_rollback() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "push, rollback");
    cluster.publish("push2", "");
    let reader = TagReader::start(&cluster, "web1");
    let output = turn.deploy(&["plan", APP, "push2"]);
    assert_eq!(output.code, 0, "{output:?}");
    turn.assert_unchanged(&output);

    let output = turn.deploy(&["push", APP, "push2"]);
    assert_eq!(output.code, 0, "{output:?}");
    turn.assert_all_new("push2", &output);
    assert_eq!(releases(&cluster)[0][2], "TAG=1", "REVERT");
    // The progress of the pull is shown, and every host has the image of the registry.
    assert!(output.stdout.contains("web3:   push2: Pulling from site"), "{output:?}");
    let digest =
        |web| cluster.web(web).sh(&format!("docker inspect -f '{{{{.RepoDigests}}}}' {IMAGE}:push2"));
    assert!(digest("web1").contains("sha256:") && WEBS.iter().all(|web| digest(web) == digest("web1")));

    let output = turn.deploy(&["push", APP, "push2"]);
    assert_eq!(
        (output.code, releases(&cluster)[0][2].as_str()),
        (0, "TAG=1"),
        "the same tag twice: {output:?}"
    );

    let output = turn.deploy(&["rollback", APP]);
    assert_eq!(output.code, 0, "{output:?}");
    turn.assert_all_new("1", &output);
    let values = reader.stop();
    assert!(
        values.iter().all(|tag| ["1", "push2"].contains(&tag.as_str())),
        "a reader of TAG read {values:?}"
    );

    let history = turn.deploy(&["history", APP]).stdout;
    assert_eq!(history.matches("push      push2").count(), 2, "{history}");
    assert_eq!(history.matches("rollback").count(), 1, "{history}");
    let status = turn.deploy(&["status", APP]).stdout;
    assert_eq!(status.matches("ok (its health check passed)").count(), 3, "{status}");
    // With HOSTS in the file, without an app: all apps.
    let file = format!("/etc/default/{APP}");
    cluster.control.write(&file, &format!("IMAGE={IMAGE}\nHOSTS=\"{}\"\n", WEBS.join(" ")));
    let all = cluster.control.exec(["docker-deploy", "status"]).stdout;
    cluster.control.sh(&format!("rm {file}"));
    assert_eq!(all, status);
}

/// First root on the host itself, then the deploying user through ssh.
#[test]
fn on_the_host_itself_without_ssh() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "on the host itself");
    cluster.publish("own2", "");
    let web = cluster.web("web1");
    let output = web.exec(["env", "TASKS=migrate", "docker-deploy", "push", APP, "own2"]);
    assert!(output.code == 0 && output.stdout.contains("requests fail"), "{output:?}");
    assert_eq!(cluster.pages(), ["own2", "1", "1"], "{output:?}");
    let status = turn.deploy(&["status", APP]).stdout;
    assert!(status.contains("other hosts have 1"), "{status}");
    turn.assert_next_push_succeeds("own2");
}

/// As the old build job calls it: IMAGE has no registry, REPOSITORY adds it for the pull.
#[test]
fn with_a_repository() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "REPOSITORY");
    cluster.publish("repo2", "");
    let set_image = |name: &str| {
        for web in &cluster.webs {
            web.sh(&format!(
                "docker tag {IMAGE}:1 site:1; sed -i 's|^export IMAGE=.*|export IMAGE={name}|' /etc/default/{APP}"
            ));
        }
    };
    set_image("site");
    let job = ["APP=antisocial", "TAG=repo2", "REPOSITORY=control:5000/", "SSH_USER=deploy", "CELERY_HOSTS="];
    let output = turn.deploy_with_env(&job, &["push"]);
    let image = cluster.webs[2].sh(&format!("docker inspect -f '{{{{.Config.Image}}}}' {APP}"));
    set_image(IMAGE);
    assert_eq!((output.code, image.trim()), (0, "site:repo2"), "{output:?}");
    turn.assert_all_new("repo2", &output);
}

#[test]
fn no_request_is_lost_over_a_push() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "pushes under load, with max_fails=0 and without");
    cluster.publish("load2", "slow");
    cluster.publish("load3", "slow");
    let under_load = |tag: &str| {
        let load = Load::start(cluster.proxy(), "/", "antisocial", 150);
        let since = Instant::now();
        let output = turn.deploy_with_env(&["SETTLE=", "PROXY_HOSTS=localhost"], &["push", APP, tag]);
        let took = since.elapsed().as_secs_f32();
        let results = load.stop();
        assert_eq!(output.code, 0, "{output:?}");
        turn.assert_all_new(tag, &output);
        print_uncaptured(&format!(
            "{took:7.1} s  push of {tag}: {} sent, slowest {:?}",
            results.sent,
            results.slowest()
        ));
        assert!(results.failed.is_empty(), "{:?} of {}", results.failed, results.sent);
        output.stdout
    };

    let stdout = under_load("load2");
    let warning = "localhost: nginx skips web1 for 10 s after a failure (max_fails=1): set max_fails=0 in upstream \
                antisocial";
    for line in [warning, "pausing 11 s between web hosts"] {
        assert!(stdout.lines().any(|printed| printed == line), "{line}: {stdout}");
    }
    assert_eq!(stdout.matches("waiting 11 s for the proxies").count(), 2, "{stdout}");

    let proxy = "/etc/nginx/conf.d/antisocial.conf";
    cluster.control.sh(&format!("sed -i 's/:8000;/:8000 max_fails=0;/' {proxy}; nginx -s reload"));
    let stdout = under_load("load3");
    cluster.control.sh(&format!("sed -i 's/ max_fails=0;/;/' {proxy}; nginx -s reload"));
    assert!(!stdout.contains("for the proxies") && !stdout.contains("max_fails"), "{stdout}");
    wait_for("nginx", || (cluster.page() == "load3").then_some(()), || cluster.control.journal());
}
