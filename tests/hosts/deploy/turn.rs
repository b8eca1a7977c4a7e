//! A test's turn on the shared cluster: runs docker-deploy on control, and checks the hosts afterwards.

use crate::cluster::{APP, Cluster, WEBS};
use crate::docker::{Finished, wait_for};
use crate::images::Timed;
use std::sync::{Arc, MutexGuard};

/// TAG, page and REVERT of every host.
pub(super) type Releases = Vec<[String; 3]>;

/// While this file exists, a slow release does not start on its host.
const HOLD: &str = "/srv/antisocial/hold";

/// A test's turn on the shared cluster, which starts with every host at release 1.
pub(super) struct Turn<'a> {
    pub(super) cluster: &'a Cluster,
    initial: Releases,
    _timed: Timed,
    _guard: MutexGuard<'a, ()>,
}

impl<'a> Turn<'a> {
    /// Waits for the turn, and resets every host to release 1, without a history. `name` is printed.
    #[track_caller]
    pub(super) fn take(cluster: &'a Arc<Cluster>, name: &str) -> Self {
        let guard = cluster.exclusive();
        let timed = Timed::start(&format!("deploy: {name}"));
        cluster.reset();
        Self { initial: releases(cluster), cluster, _timed: timed, _guard: guard }
    }

    /// Runs docker-deploy on control.
    pub(super) fn deploy(&self, arguments: &[&str]) -> Finished {
        self.deploy_with_env(&[], arguments)
    }

    /// Runs docker-deploy on control with more environment variables.
    pub(super) fn deploy_with_env(&self, environment: &[&str], arguments: &[&str]) -> Finished {
        let hosts = format!("HOSTS={}", WEBS.join(" "));
        let usual = ["env", hosts.as_str(), "SETTLE=0", "PATIENCE=20", "TASKS=migrate"];
        self.cluster.control.exec([&usual, environment, &["docker-deploy"], arguments].concat())
    }

    /// Pushes a slow release, and calls `disturb` while web2 is being updated. The release does not start
    /// there before `disturb` returns or calls [`Self::release_hold`].
    #[track_caller]
    pub(super) fn push_with_disturbance(&self, tag: &str, disturb: impl FnOnce()) -> Finished {
        let web2 = self.cluster.web("web2");
        web2.sh(&format!("touch {HOLD}"));
        std::thread::scope(|scope| {
            let push = scope.spawn(|| self.deploy(&["push", APP, tag]));
            let updating = || {
                let text = web2.exec(["cat", &format!("/var/www/{APP}/TAG")]).stdout;
                (text.contains(&format!("TAG={tag}")) || push.is_finished()).then_some(())
            };
            wait_for("the update of web2", updating, || self.cluster.control.journal());
            disturb();
            self.release_hold();
            push.join().unwrap()
        })
    }

    /// Lets the release on web2 start.
    #[track_caller]
    pub(super) fn release_hold(&self) {
        self.cluster.web("web2").sh(&format!("rm -f {HOLD}"));
    }

    #[track_caller]
    pub(super) fn assert_unchanged(&self, output: &Finished) {
        assert_eq!(releases(self.cluster), self.initial, "{output:?}");
    }

    #[track_caller]
    pub(super) fn assert_all_new(&self, tag: &str, output: &Finished) {
        let releases = releases(self.cluster);
        let new = format!("TAG={tag}");
        for [tags, page, revert] in &releases {
            assert_eq!((tags, page.as_str()), (&new, tag), "{output:?}");
            assert_ne!(*revert, new, "{output:?}");
        }
    }

    /// The hosts are unchanged, or the exit code is 3 and every changed host is named.
    #[track_caller]
    pub(super) fn assert_unchanged_or_named(&self, output: &Finished) {
        if output.code == 1 {
            return self.assert_unchanged(output);
        }
        assert_eq!(output.code, 3, "{output:?}");
        for ((name, now), before) in WEBS.iter().zip(releases(self.cluster)).zip(&self.initial) {
            assert!(now == *before || output.stderr.contains(name), "{name} is not named: {output:?}");
        }
    }

    /// The next push succeeds, whatever happened before.
    #[track_caller]
    pub(super) fn assert_next_push_succeeds(&self, tag: &str) {
        let output = self.deploy(&["push", APP, tag]);
        assert_eq!(output.code, 0, "{output:?}");
        self.assert_all_new(tag, &output);
    }
}

pub(super) fn releases(cluster: &Cluster) -> Releases {
    let value = |text: String| text.trim().trim_start_matches("export ").replace('"', "");
    let tag_file = |web: &str, name: &str| {
        value(cluster.web(web).exec(["cat", &format!("/var/www/{APP}/{name}")]).stdout)
    };
    let pages = cluster.pages();
    WEBS.iter().zip(pages).map(|(web, page)| [tag_file(web, "TAG"), page, tag_file(web, "REVERT")]).collect()
}

/// Reads TAG on a host in a tight loop, and keeps the values.
pub(super) struct TagReader<'a> {
    cluster: &'a Cluster,
    web: &'a str,
}

impl<'a> TagReader<'a> {
    #[track_caller]
    pub(super) fn start(cluster: &'a Cluster, web: &'a str) -> Self {
        let read = "(. /var/www/antisocial/TAG; echo \"${TAG-none}\") || echo nothing";
        let script = format!(
            "while [ -e /run/read-tag ]; do {read}; done | uniq >/run/tags.new; mv /run/tags.new /run/tags"
        );
        cluster.web(web).sh(&format!("rm -f /run/tags; touch /run/read-tag; ({script}) >/dev/null 2>&1 &"));
        Self { cluster, web }
    }

    #[track_caller]
    pub(super) fn stop(self) -> Vec<String> {
        let web = self.cluster.web(self.web);
        web.sh("rm /run/read-tag");
        let result = || Some(web.exec(["cat", "/run/tags"])).filter(|output| output.code == 0);
        let text = wait_for("the end of the reader", result, || web.journal()).stdout;
        assert!(text.lines().count() > 1, "the reader read no change");
        text.lines().map(str::to_owned).collect()
    }
}
