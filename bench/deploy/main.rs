//! A push to three hosts beside the job that docker-deploy replaces, on the same hosts: wall time,
//! ssh handshakes, and how much of the time is ours and not Docker's or systemd's.
//!
//!     make bench-deploy
//!
//! The hosts are those of tests/hosts: containers with systemd, sshd and an engine of their own, the
//! app is small and starts at once, and no proxy asks for a pause (SETTLE=0). Every round has a new
//! image for each of the two. The old job's units have no gate, as it had none: what docker-deploy
//! waits for beside it is that each unit is well.
//!
//! Whose time it is is measured in rounds of their own: `docker`, `docker-runner`, `systemctl` and
//! the registry's pulls go through a script on the hosts that notes when each began and ended. Their
//! union is Docker's and systemd's; the rest of the wall time is ours: ssh, our looks and writes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench touches the world")]
#![allow(dead_code, reason = "the hosts' harness has more than this needs")]

#[path = "../../tests/hosts/cluster.rs"]
mod cluster;
#[path = "../../tests/engine/docker.rs"]
mod docker;
#[path = "../../tests/hosts/host.rs"]
mod host;
#[path = "../../tests/hosts/images.rs"]
mod images;
#[path = "../../tests/hosts/leftovers.rs"]
mod leftovers;
#[path = "../../tests/hosts/old_job.rs"]
mod old_job;

use cluster::{APP, Cluster, IMAGE, WEBS};
use old_job::OldJob;
use std::time::{Duration, Instant};

/// How often each is measured.
const ROUNDS: usize = 3;

/// What notes the times of a command; as `docker`, `docker-runner` and `systemctl` before those.
/// What units run by themselves is not noted.
const NOTE: &str = "#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
[ \"$SSH_CONNECTION$SUDO_USER\" ] || exec \"${0##*/}\" \"$@\"
began=$(date +%s%N)
\"${0##*/}\" \"$@\"
code=$?
echo $began $(date +%s%N) >>/var/tmp/times
exit $code
";

fn main() {
    let cluster = Cluster::start();
    let job = OldJob { app: APP, image: IMAGE, web: &WEBS, worker: &WEBS[1..], beat: "web3" };
    set_up(&cluster);
    let mut rounds = 0..;
    let mut tag = || {
        let tag = format!("bench{}", rounds.next().unwrap());
        cluster.publish(&tag, "");
        tag
    };
    println!("\n{:28} {:>14} {:>14}", "three hosts, six units", "docker-deploy", "the old job");
    let [mut ours, mut old] = [Figures::default(), Figures::default()];
    for _ in 0..ROUNDS {
        ours.add(&cluster, || push(&cluster, &tag()));
        job.remove_gates(&cluster);
        old.add(&cluster, || job.run(&cluster, &tag()));
        job.restore_gates(&cluster);
    }
    row("wall time, s", ours.wall(), old.wall());
    println!("{:28} {:>14} {:>14}", "ssh handshakes", ours.handshakes / ROUNDS, old.handshakes / ROUNDS);
    note_times(&cluster);
    let ours = whose(&cluster, || push(&cluster, &tag()));
    job.remove_gates(&cluster);
    let old = whose(&cluster, || job.run(&cluster, &tag()));
    row("of one, Docker and systemd", ours.0, old.0);
    row("of it, the deploy itself", ours.1, old.1);
}

fn row(what: &str, ours: Duration, old: Duration) {
    println!("{what:28} {:>14.2} {:>14.2}", ours.as_secs_f64(), old.as_secs_f64());
}

#[derive(Default)]
struct Figures {
    times: Vec<Duration>,
    handshakes: usize,
}

impl Figures {
    fn add(&mut self, cluster: &Cluster, work: impl FnOnce() -> Duration) {
        let before = cluster.handshakes();
        self.times.push(work());
        self.handshakes += cluster.handshakes() - before;
    }

    /// The median.
    fn wall(&mut self) -> Duration {
        self.times.sort();
        self.times[self.times.len() / 2]
    }
}

/// Workers on two hosts, beat on one.
fn set_up(cluster: &Cluster) {
    for (web, processes) in cluster.webs.iter().zip([&[][..], &["worker"], &["worker", "beat"]]) {
        for process in processes {
            web.sh(&format!(
                "docker-runner --unit systemd {APP} {process} >/etc/systemd/system/{APP}-{process}.service
                 systemctl daemon-reload; systemctl start {APP}-{process}"
            ));
        }
    }
}

fn push(cluster: &Cluster, tag: &str) -> Duration {
    let (webs, workers) = (WEBS.join(" "), WEBS[1..].join(" "));
    let since = Instant::now();
    cluster.control.sh(&format!(
        "HOSTS='{webs}' CELERY_HOSTS='{workers}' BEAT_HOSTS=web3 SETTLE=0 docker-deploy push {APP} {tag}"
    ));
    since.elapsed()
}

fn note_times(cluster: &Cluster) {
    for web in &cluster.webs {
        for name in ["docker", "docker-runner", "systemctl"] {
            web.write(&format!("/usr/local/sbin/{name}"), NOTE);
        }
        web.sh("chmod 755 /usr/local/sbin/*; touch /var/tmp/times; chmod 666 /var/tmp/times
             echo 'SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/bin' >/etc/ssh/sshd_config.d/path.conf
             systemctl reload ssh");
    }
}

/// Docker's and systemd's part of the time, and the rest.
fn whose(cluster: &Cluster, work: impl FnOnce() -> Duration) -> (Duration, Duration) {
    cluster.webs.iter().for_each(|web| drop(web.sh(": >/var/tmp/times")));
    let took = work();
    let mut times: Vec<(u64, u64)> = Vec::new();
    for web in &cluster.webs {
        let text = web.sh("cat /var/tmp/times");
        assert!(!text.is_empty(), "{}: nothing was noted", web.name);
        let pair = |line: &str| {
            let (began, ended) = line.split_once(' ').unwrap();
            (began.parse().unwrap(), ended.parse().unwrap())
        };
        times.extend(text.lines().map(pair));
    }
    times.sort_unstable();
    let (mut union, mut until) = (0, 0);
    for (began, ended) in times {
        union += ended.max(until) - began.max(until);
        until = ended.max(until);
    }
    let theirs = Duration::from_nanos(union);
    (theirs, took.saturating_sub(theirs))
}
