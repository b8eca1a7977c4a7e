//! Pushes that go well: there, back, on the host itself, with a repository; and no request lost.

use super::turn::{Turn, Watch, state};
use crate::cluster::{APP, Cluster, IMAGE, WEBS};
use crate::docker::wait_for;
use crate::images::tell;
use crate::load::Load;
use std::time::Instant;

#[test]
fn a_push_and_a_rollback() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "push, rollback");
    cluster.publish("push2", "");
    let watch = Watch::start(&cluster, "web1");
    let said = turn.deploy(&["plan", APP, "push2"]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_as_before(&said);

    let said = turn.deploy(&["push", APP, "push2"]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("push2", &said);
    assert_eq!(state(&cluster)[0][2], "TAG=1", "REVERT");
    // The pull shows how it goes, and every host has what the registry has.
    assert!(said.stdout.contains("web3:   push2: Pulling from site"), "{said:?}");
    let digest =
        |web| cluster.web(web).sh(&format!("docker inspect -f '{{{{.RepoDigests}}}}' {IMAGE}:push2"));
    assert!(digest("web1").contains("sha256:") && WEBS.iter().all(|web| digest(web) == digest("web1")));

    let said = turn.deploy(&["push", APP, "push2"]);
    assert_eq!((said.code, state(&cluster)[0][2].as_str()), (0, "TAG=1"), "the same tag twice: {said:?}");

    let said = turn.deploy(&["rollback", APP]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("1", &said);
    let seen = watch.stop();
    assert!(seen.iter().all(|tag| ["1", "push2"].contains(&tag.as_str())), "a reader of TAG saw {seen:?}");

    let history = turn.deploy(&["history", APP]).stdout;
    assert_eq!(history.matches("push      push2").count(), 2, "{history}");
    assert_eq!(history.matches("rollback").count(), 1, "{history}");
    let status = turn.deploy(&["status", APP]).stdout;
    assert_eq!(status.matches("ok (its health check passed)").count(), 3, "{status}");
    // With the hosts written down, all apps at once.
    let file = format!("/etc/default/{APP}");
    cluster.control.write(&file, &format!("IMAGE={IMAGE}\nHOSTS=\"{}\"\n", WEBS.join(" ")));
    let all = cluster.control.exec(["docker-deploy", "status"]).stdout;
    cluster.control.sh(&format!("rm {file}"));
    assert_eq!(all, status);
}

/// One after the other: root at the host's own terminal, then the deploying user from afar.
#[test]
fn on_the_host_itself_without_ssh() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "on the host itself");
    cluster.publish("own2", "");
    let web = cluster.web("web1");
    let said = web.exec(["env", "TASKS=migrate", "docker-deploy", "push", APP, "own2"]);
    assert!(said.code == 0 && said.stdout.contains("requests fail"), "{said:?}");
    assert_eq!(cluster.pages(), ["own2", "1", "1"], "{said:?}");
    let status = turn.deploy(&["status", APP]).stdout;
    assert!(status.contains("other hosts have 1"), "{status}");
    turn.assert_goes_on("own2");
}

/// As the old build job calls it. IMAGE is short, and what is pulled has the registry before it.
#[test]
fn with_a_repository() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "REPOSITORY");
    cluster.publish("repo2", "");
    let image = |name: &str| {
        for web in &cluster.webs {
            web.sh(&format!(
                "docker tag {IMAGE}:1 site:1; sed -i 's|^export IMAGE=.*|export IMAGE={name}|' /etc/default/{APP}"
            ));
        }
    };
    image("site");
    let job = ["APP=antisocial", "TAG=repo2", "REPOSITORY=control:5000/", "SSH_USER=deploy", "CELERY_HOSTS="];
    let said = turn.with(&job, &["push"]);
    let runs = cluster.webs[2].sh(&format!("docker inspect -f '{{{{.Config.Image}}}}' {APP}"));
    image(IMAGE);
    assert_eq!((said.code, runs.trim()), (0, "site:repo2"), "{said:?}");
    turn.assert_all_new("repo2", &said);
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
        let said = turn.with(&["SETTLE=", "PROXY_HOSTS=localhost"], &["push", APP, tag]);
        let took = since.elapsed().as_secs_f32();
        let seen = load.stop();
        assert_eq!(said.code, 0, "{said:?}");
        turn.assert_all_new(tag, &said);
        tell(&format!("{took:7.1} s  push of {tag}: {} sent, slowest {:?}", seen.sent, seen.slowest()));
        assert!(seen.failed.is_empty(), "{:?} of {}", seen.failed, seen.sent);
        said.stdout
    };

    let told = under_load("load2");
    let trap = "localhost: nginx skips web1 for 10 s after a failure (max_fails=1): set max_fails=0 in upstream \
                antisocial";
    for line in [trap, "pausing 11 s between web hosts"] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    assert_eq!(told.matches("waiting 11 s for the proxies").count(), 2, "{told}");

    let proxy = "/etc/nginx/conf.d/antisocial.conf";
    cluster.control.sh(&format!("sed -i 's/:8000;/:8000 max_fails=0;/' {proxy}; nginx -s reload"));
    let told = under_load("load3");
    cluster.control.sh(&format!("sed -i 's/ max_fails=0;/;/' {proxy}; nginx -s reload"));
    assert!(!told.contains("for the proxies") && !told.contains("max_fails"), "{told}");
    wait_for("nginx", || (cluster.page() == "load3").then_some(()), || cluster.control.journal());
}
