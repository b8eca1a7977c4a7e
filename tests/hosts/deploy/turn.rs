//! A test's turn at the cluster: docker-deploy called on control, and what the hosts have afterwards.

use crate::cluster::{APP, Cluster, WEBS};
use crate::docker::{Said, wait_for};
use crate::images::Timed;
use std::sync::{Arc, MutexGuard};

/// What a deploy must leave as it was: TAG and REVERT, the page, of every host.
pub(super) type State = Vec<[String; 3]>;

/// What holds a slow release up on a host.
const HOLD: &str = "/srv/antisocial/hold";

/// A test's turn at the cluster, all hosts at a release of its own.
pub(super) struct Turn<'a> {
    pub(super) cluster: &'a Cluster,
    before: State,
    _timed: Timed,
    _mine: MutexGuard<'a, ()>,
}

impl<'a> Turn<'a> {
    /// Every host at release 1, without a history; then `name` is what the test deploys.
    #[track_caller]
    pub(super) fn take(cluster: &'a Arc<Cluster>, name: &str) -> Self {
        let mine = cluster.exclusive();
        let timed = Timed::start(&format!("deploy: {name}"));
        cluster.reset();
        Self { before: state(cluster), cluster, _timed: timed, _mine: mine }
    }

    /// Calls docker-deploy on control.
    pub(super) fn deploy(&self, arguments: &[&str]) -> Said {
        self.with(&[], arguments)
    }

    /// Calls docker-deploy on control with more in its environment.
    pub(super) fn with(&self, environment: &[&str], arguments: &[&str]) -> Said {
        let hosts = format!("HOSTS={}", WEBS.join(" "));
        let usual = ["env", hosts.as_str(), "SETTLE=0", "PATIENCE=20", "TASKS=migrate"];
        self.cluster.control.exec([&usual, environment, &["docker-deploy"], arguments].concat())
    }

    /// Calls docker-deploy with a release that is slow to start, and disturbs it while web2 is being
    /// rolled: the release does not get up there before that is done, or [`Self::let_go`] is called.
    #[track_caller]
    pub(super) fn disturbed(&self, tag: &str, disturb: impl FnOnce()) -> Said {
        let web2 = self.cluster.web("web2");
        web2.sh(&format!("touch {HOLD}"));
        std::thread::scope(|scope| {
            let push = scope.spawn(|| self.deploy(&["push", APP, tag]));
            let rolling = || {
                let text = web2.exec(["cat", &format!("/var/www/{APP}/TAG")]).stdout;
                (text.contains(&format!("TAG={tag}")) || push.is_finished()).then_some(())
            };
            wait_for("web2's turn", rolling, || self.cluster.control.journal());
            disturb();
            self.let_go();
            push.join().unwrap()
        })
    }

    /// Lets the release on web2 get up.
    #[track_caller]
    pub(super) fn let_go(&self) {
        self.cluster.web("web2").sh(&format!("rm -f {HOLD}"));
    }

    #[track_caller]
    pub(super) fn assert_all_as_before(&self, said: &Said) {
        assert_eq!(state(self.cluster), self.before, "{said:?}");
    }

    #[track_caller]
    pub(super) fn assert_all_new(&self, tag: &str, said: &Said) {
        let state = state(self.cluster);
        let new = format!("TAG={tag}");
        for [tags, page, revert] in &state {
            assert_eq!((tags, page.as_str()), (&new, tag), "{said:?}");
            assert_ne!(*revert, new, "{said:?}");
        }
    }

    /// Where exit 3 is right too, every host that is not as before is named.
    #[track_caller]
    pub(super) fn assert_as_before_or_named(&self, said: &Said) {
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
    pub(super) fn assert_goes_on(&self, tag: &str) {
        let said = self.deploy(&["push", APP, tag]);
        assert_eq!(said.code, 0, "{said:?}");
        self.assert_all_new(tag, &said);
    }
}

pub(super) fn state(cluster: &Cluster) -> State {
    let value = |text: String| text.trim().trim_start_matches("export ").replace('"', "");
    let mark = |web: &str, name: &str| {
        value(cluster.web(web).exec(["cat", &format!("/var/www/{APP}/{name}")]).stdout)
    };
    let pages = cluster.pages();
    WEBS.iter().zip(pages).map(|(web, page)| [mark(web, "TAG"), page, mark(web, "REVERT")]).collect()
}

/// Reads TAG in a tight loop, and keeps what it saw.
pub(super) struct Watch<'a> {
    cluster: &'a Cluster,
    web: &'a str,
}

impl<'a> Watch<'a> {
    #[track_caller]
    pub(super) fn start(cluster: &'a Cluster, web: &'a str) -> Self {
        let read = "(. /var/www/antisocial/TAG; echo \"${TAG-none}\") || echo nothing";
        let script =
            format!("while [ -e /run/watch ]; do {read}; done | uniq >/run/seeing; mv /run/seeing /run/seen");
        cluster.web(web).sh(&format!("rm -f /run/seen; touch /run/watch; ({script}) >/dev/null 2>&1 &"));
        Self { cluster, web }
    }

    #[track_caller]
    pub(super) fn stop(self) -> Vec<String> {
        let web = self.cluster.web(self.web);
        web.sh("rm /run/watch");
        let seen = || Some(web.exec(["cat", "/run/seen"])).filter(|said| said.code == 0);
        let text = wait_for("the reader's end", seen, || web.journal()).stdout;
        assert!(text.lines().count() > 1, "the reader saw no change");
        text.lines().map(str::to_owned).collect()
    }
}
