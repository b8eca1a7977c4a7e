//! docker-deploy from control to three hosts, with real faults. What is promised: all hosts new, or
//! all as before, or exit 3 and the others named; and afterwards a push goes through.

use crate::cluster::{APP, Cluster, WEBS};
use crate::docker::{Said, wait_for};
use crate::fault::{Fault, cut_ssh};
use crate::images::Timed;
use crate::load::Load;
use std::sync::{Arc, MutexGuard};

/// What a deploy must leave as it was: TAG and REVERT, the page, of every host.
type State = Vec<[String; 3]>;

/// A test's turn at the cluster, all hosts at a release of its own.
struct Turn<'a> {
    cluster: &'a Cluster,
    before: State,
    _timed: Timed,
    _mine: MutexGuard<'a, ()>,
}

impl<'a> Turn<'a> {
    /// Every host at release 1, without a history; then `name` is what the test deploys.
    #[track_caller]
    fn take(cluster: &'a Arc<Cluster>, name: &str) -> Self {
        let mine = cluster.exclusive();
        let timed = Timed::start(&format!("deploy: {name}"));
        cluster.reset();
        Self { before: state(cluster), cluster, _timed: timed, _mine: mine }
    }

    /// Calls docker-deploy on control.
    fn deploy(&self, arguments: &[&str]) -> Said {
        self.with(&[], arguments)
    }

    /// Calls docker-deploy on control with more in its environment.
    fn with(&self, environment: &[&str], arguments: &[&str]) -> Said {
        let hosts = format!("HOSTS={}", WEBS.join(" "));
        let usual = ["env", hosts.as_str(), "SETTLE=0", "PATIENCE=8", "TASKS=migrate"];
        self.cluster.control.exec([&usual, environment, &["docker-deploy"], arguments].concat())
    }

    /// Calls docker-deploy, and disturbs it once web2 is being rolled.
    #[track_caller]
    fn disturbed(&self, tag: &str, disturb: impl FnOnce()) -> Said {
        std::thread::scope(|scope| {
            let push = scope.spawn(|| self.deploy(&["push", APP, tag]));
            let web2 = self.cluster.web("web2");
            let rolling = || {
                let text = web2.exec(["cat", &format!("/var/www/{APP}/TAG")]).stdout;
                (text.contains(&format!("TAG={tag}")) || push.is_finished()).then_some(())
            };
            wait_for("web2's turn", rolling, || self.cluster.control.journal());
            disturb();
            push.join().unwrap()
        })
    }

    #[track_caller]
    fn assert_all_as_before(&self, said: &Said) {
        assert_eq!(state(self.cluster), self.before, "{said:?}");
    }

    #[track_caller]
    fn assert_all_new(&self, tag: &str, said: &Said) {
        let state = state(self.cluster);
        for [tags, page, _] in &state {
            assert_eq!((tags.as_str(), page.as_str()), (format!("TAG={tag}").as_str(), tag), "{said:?}");
        }
    }

    /// Where exit 3 is right too, every host that is not as before is named.
    #[track_caller]
    fn assert_as_before_or_named(&self, said: &Said) {
        if said.code == 1 {
            return self.assert_all_as_before(said);
        }
        assert_eq!(said.code, 3, "{said:?}");
        for ((name, now), before) in WEBS.iter().zip(state(self.cluster)).zip(&self.before) {
            assert!(now == *before || said.stderr.contains(name), "{name} is not named: {said:?}");
        }
    }

    /// Whatever happened, a push goes through now.
    #[track_caller]
    fn assert_goes_on(&self, tag: &str) {
        let said = self.deploy(&["push", APP, tag]);
        assert_eq!(said.code, 0, "{said:?}");
        self.assert_all_new(tag, &said);
    }
}

fn state(cluster: &Cluster) -> State {
    let value = |text: String| text.trim().trim_start_matches("export ").replace('"', "");
    let mark = |web: &str, name: &str| {
        value(cluster.web(web).exec(["cat", &format!("/var/www/{APP}/{name}")]).stdout)
    };
    let pages = cluster.pages();
    WEBS.iter().zip(pages).map(|(web, page)| [mark(web, "TAG"), page, mark(web, "REVERT")]).collect()
}

#[test]
fn a_push_and_a_rollback() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "push, rollback");
    cluster.publish("push2", "");
    let watch = Watch::start(&cluster, "web1");
    let said = turn.with(&["SETTLE=", "PROXY_HOSTS=localhost"], &["plan", APP, "push2"]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_as_before(&said);

    let said = turn.deploy(&["push", APP, "push2"]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("push2", &said);
    assert_eq!(state(&cluster)[0][2], "TAG=1", "REVERT");
    let said = turn.deploy(&["push", APP, "push2"]);
    assert_eq!((said.code, state(&cluster)[0][2].as_str()), (0, "TAG=1"), "the same tag twice: {said:?}");

    let said = turn.deploy(&["rollback", APP]);
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("1", &said);
    let seen = watch.stop();
    assert!(seen.iter().all(|tag| ["1", "push2"].contains(&tag.as_str())), "a reader of TAG saw {seen:?}");
}

/// Reads TAG in a tight loop, and keeps what it saw.
struct Watch<'a> {
    cluster: &'a Cluster,
    web: &'a str,
}

impl<'a> Watch<'a> {
    #[track_caller]
    fn start(cluster: &'a Cluster, web: &'a str) -> Self {
        let script =
            "while [ -e /run/watch ]; do (. /var/www/antisocial/TAG; echo \"$TAG\"); done | uniq >/run/seen";
        cluster.web(web).sh(&format!("touch /run/watch; ({script}) >/dev/null 2>&1 &"));
        Self { cluster, web }
    }

    #[track_caller]
    fn stop(self) -> Vec<String> {
        let text = self.cluster.web(self.web).sh("rm /run/watch; sleep 0.5; cat /run/seen");
        assert!(text.lines().count() > 1, "the reader saw no change");
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn nothing_is_tried_where_something_is_in_the_way() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "what is in the way is told first");
    cluster.publish("way2", "");
    let web = cluster.web("web2");
    let refused = |what: &str, words: &[&str]| {
        let said = turn.deploy(&["push", APP, "way2"]);
        assert_eq!(said.code, 125, "{what}: {said:?}");
        let told = said.stdout.clone() + &said.stderr;
        assert!(words.iter().all(|word| told.contains(word)), "{what}: {said:?}");
        turn.assert_all_as_before(&said);
    };

    let fault = Fault::unreachable(web);
    let said = turn.deploy(&["push", APP, "way2"]);
    fault.mend();
    assert!(said.code == 125 && said.stderr.contains("web2"), "unreachable: {said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::read_only(web, "/var/www/antisocial");
    refused("a folder that is read-only", &["web2", "/var/www/antisocial"]);
    fault.mend();
    let fault = Fault::no_ssh(web);
    refused("no ssh", &["web2"]);
    fault.mend();

    web.sh("mv /etc/systemd/system/antisocial.service /run/ && systemctl daemon-reload");
    refused("no unit", &["web2", "antisocial"]);
    web.sh("mv /run/antisocial.service /etc/systemd/system/ && systemctl daemon-reload");

    let said = turn.deploy(&["push", APP, "no tag"]);
    assert_eq!(said.code, 2, "{said:?}");
    let said = turn.with(&["HOSTS=web1 nowhere"], &["push", APP, "way2"]);
    assert!(said.code == 125 && said.stderr.contains("nowhere"), "{said:?}");
    turn.assert_all_as_before(&said);
    turn.assert_goes_on("way2");
}

#[test]
fn an_image_that_does_not_come() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "images that do not come");
    cluster.publish("image2", "");
    let web = cluster.web("web2");

    let said = turn.deploy(&["push", APP, "never-built"]);
    assert!(said.code != 0 && said.code != 3, "{said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::registry_down(&cluster);
    let said = turn.deploy(&["push", APP, "image2"]);
    fault.mend();
    assert_eq!(said.code, 1, "registry down: {said:?}");
    turn.assert_all_as_before(&said);

    // One host alone does not find the registry.
    let hosts = web.sh("cp /etc/hosts /run/hosts; cat /etc/hosts");
    web.write("/etc/hosts", &format!("{hosts}127.0.0.1 control\n"));
    let said = turn.deploy(&["push", APP, "image2"]);
    web.sh("cat /run/hosts >/etc/hosts");
    assert!(said.code == 1 && said.stderr.contains("web2"), "image missing on one host: {said:?}");
    turn.assert_all_as_before(&said);

    let fault = Fault::no_room_for_images(web);
    let said = turn.deploy(&["push", APP, "image2"]);
    fault.mend();
    assert!(said.code == 1 && said.stderr.contains("web2"), "disk full: {said:?}");
    turn.assert_all_as_before(&said);
    turn.assert_goes_on("image2");
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
    let told = said.stdout.clone() + &said.stderr;
    assert!(said.code == 1 && told.contains("migrate failed"), "{said:?}");
    turn.assert_all_as_before(&said);
}

#[test]
fn a_release_that_gets_healthy_on_the_first_host_alone() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "never healthy on host 2");
    cluster.publish("sick2", "");
    cluster.web("web2").write("/srv/antisocial/faults.sick2", "sick");
    let said = turn.deploy(&["push", APP, "sick2"]);
    assert!(said.code == 1 && said.stderr.contains("web2"), "{said:?}");
    turn.assert_all_as_before(&said);
    cluster.web("web2").sh("rm /srv/antisocial/faults.sick2");
    turn.assert_goes_on("sick2");
}

#[test]
fn a_host_rebooted_in_the_middle() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "host 2 rebooted");
    cluster.publish("boot2", "slow");
    let said = turn.disturbed("boot2", || cluster.web("web2").power_cut());
    turn.assert_as_before_or_named(&said);
    turn.assert_goes_on("boot2");
}

#[test]
fn ssh_cut_in_the_middle() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "ssh cut");
    cluster.publish("cut2", "slow");
    let said = turn.disturbed("cut2", || cut_ssh(cluster.web("web2")));
    turn.assert_as_before_or_named(&said);
    turn.assert_goes_on("cut2");
}

#[test]
fn the_deployer_killed_in_the_middle() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "deployer killed");
    cluster.publish("kill2", "slow");
    cluster.publish("kill3", "");
    turn.disturbed("kill2", || drop(cluster.control.exec(["pkill", "-KILL", "-x", "docker-deploy"])));
    let said = turn.deploy(&["status", APP]);
    let told = said.stdout.clone() + &said.stderr;
    assert!(told.contains("kill2"), "status does not tell of the push that was cut off: {said:?}");
    turn.assert_goes_on("kill3");

    // The same, and back instead of on.
    cluster.reset();
    turn.disturbed("kill2", || drop(cluster.control.exec(["pkill", "-KILL", "-x", "docker-deploy"])));
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
    assert!(second.code == 125 && second.stderr.contains("two2"), "the second: {second:?}");
    assert_eq!(first.code, 0, "the first: {first:?}");
    turn.assert_all_new("two2", &first);
}

#[test]
fn no_request_is_lost_over_a_push() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "a push under load");
    cluster.publish("load2", "slow");
    let load = Load::start(cluster.proxy(), "/", "antisocial", 150);
    let since = std::time::Instant::now();
    let said = turn.with(&["SETTLE="], &["push", APP, "load2"]);
    let took = since.elapsed();
    let seen = load.stop();
    assert_eq!(said.code, 0, "{said:?}");
    turn.assert_all_new("load2", &said);
    eprintln!("push in {took:?}: {} sent, slowest {:?}", seen.sent, seen.slowest());
    assert!(seen.failed.is_empty(), "{:?} of {}", seen.failed, seen.sent);
}
