//! Compares a push to three hosts with the build job that docker-deploy replaces, on the same hosts:
//! wall time, ssh handshakes, and the share of the time that Docker and systemd do not spend.
//!
//!     make bench-deploy
//!
//! The hosts are those of tests/hosts: containers, each with systemd, sshd and a Docker engine. The
//! app is small and starts at once, and there is no proxy pause (SETTLE=0). Each run deploys a new
//! image. The units of the old job have no gate, so only docker-deploy waits until each unit is
//! healthy.
//!
//! The share is measured in separate runs, in which a script on the hosts records the start and the
//! end of each `docker`, `docker-runner` and `systemctl`. The union of these intervals is the time of
//! Docker and systemd. The rest of the wall time is that of the deploy itself: ssh, inspections,
//! writes.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench runs commands and reads files")]
#![allow(dead_code, reason = "the modules of tests/hosts have more than the bench uses")]

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

/// How often each deploy is measured.
const ROUNDS: usize = 3;

/// A wrapper that records the start and the end of a command. It is installed as `docker`,
/// `docker-runner` and `systemctl` in a folder that precedes theirs on PATH. Commands that units run
/// are not recorded.
const RECORD_TIMES: &str = "#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
[ \"$SSH_CONNECTION$SUDO_USER\" ] || exec \"${0##*/}\" \"$@\"
start=$(date +%s%N)
\"${0##*/}\" \"$@\"
code=$?
echo $start $(date +%s%N) >>/var/tmp/times
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
    let [mut push_runs, mut job_runs] = [Measurements::default(), Measurements::default()];
    for _ in 0..ROUNDS {
        push_runs.add(&cluster, || push(&cluster, &tag()));
        job.remove_gates(&cluster);
        job_runs.add(&cluster, || job.run(&cluster, &tag()));
        job.restore_gates(&cluster);
    }
    row("wall time, s", push_runs.median_time(), job_runs.median_time());
    println!(
        "{:28} {:>14} {:>14}",
        "ssh handshakes",
        push_runs.handshakes / ROUNDS,
        job_runs.handshakes / ROUNDS
    );
    record_times(&cluster);
    let push_split = split_time(&cluster, || push(&cluster, &tag()));
    job.remove_gates(&cluster);
    let job_split = split_time(&cluster, || job.run(&cluster, &tag()));
    row("of one, Docker and systemd", push_split.0, job_split.0);
    row("of one, the deploy itself", push_split.1, job_split.1);
}

fn row(label: &str, push: Duration, job: Duration) {
    println!("{label:28} {:>14.2} {:>14.2}", push.as_secs_f64(), job.as_secs_f64());
}

#[derive(Default)]
struct Measurements {
    times: Vec<Duration>,
    handshakes: usize,
}

impl Measurements {
    fn add(&mut self, cluster: &Cluster, work: impl FnOnce() -> Duration) {
        let before = cluster.handshakes();
        self.times.push(work());
        self.handshakes += cluster.handshakes() - before;
    }

    fn median_time(&mut self) -> Duration {
        self.times.sort();
        self.times[self.times.len() / 2]
    }
}

/// Adds the units of two workers and of beat.
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

fn record_times(cluster: &Cluster) {
    for web in &cluster.webs {
        for name in ["docker", "docker-runner", "systemctl"] {
            web.write(&format!("/usr/local/sbin/{name}"), RECORD_TIMES);
        }
        web.sh("chmod 755 /usr/local/sbin/*; touch /var/tmp/times; chmod 666 /var/tmp/times
             echo 'SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/bin' >/etc/ssh/sshd_config.d/path.conf
             systemctl reload ssh");
    }
}

/// The time of Docker and systemd, and the rest.
fn split_time(cluster: &Cluster, work: impl FnOnce() -> Duration) -> (Duration, Duration) {
    cluster.webs.iter().for_each(|web| drop(web.sh(": >/var/tmp/times")));
    let total = work();
    let mut times: Vec<(u64, u64)> = Vec::new();
    for web in &cluster.webs {
        let text = web.sh("cat /var/tmp/times");
        assert!(!text.is_empty(), "{}: no times were recorded", web.name);
        let pair = |line: &str| {
            let (start, end) = line.split_once(' ').unwrap();
            (start.parse().unwrap(), end.parse().unwrap())
        };
        times.extend(text.lines().map(pair));
    }
    times.sort_unstable();
    let (mut union, mut last_end) = (0, 0);
    for (start, end) in times {
        union += end.max(last_end) - start.max(last_end);
        last_end = end.max(last_end);
    }
    let commands = Duration::from_nanos(union);
    (commands, total.saturating_sub(commands))
}
