//! The whole thing: the example app with PostgreSQL and RabbitMQ on three hosts behind nginx, from
//! `docker push` to the served page, under a steady load; and the old job beside it.

use crate::cluster::{Cluster, WEBS};
use crate::docker::{Container, Run, wait_for};
use crate::host::Host;
use crate::images::{self, Timed};
use crate::load::{Load, Seen};
use crate::old_job::OldJob;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const IMAGE: &str = "control:5000/bookmarks";

/// Requests a second: what two cores answer without a queue beside the deploy itself.
const RATE: u32 = 80;

/// Requests over each of the three: 5,000 over all of them.
const ENOUGH: u32 = 1700;

/// The example app on a cluster: web and worker on every host, beat on the third.
struct Site<'a> {
    cluster: &'a Cluster,
    _servers: [Container; 2],
}

impl<'a> Site<'a> {
    #[track_caller]
    fn start(cluster: &'a Cluster) -> Self {
        let _timed = Timed::start("the example app on three hosts, its database and broker");
        let (example, servers) = (images::example(), images::SERVERS);
        let on = |number: u8| {
            let address = cluster.address(number);
            Run::new(servers).options(["--network", cluster.network_name(), "--ip", &address])
        };
        let servers = [on(20).start(), on(21).args(["rabbitmq-server"]).start()];
        cluster.control.load(&example, "bookmarks:built");
        let site = Self { cluster, _servers: servers };
        site.publish("build-1");
        site._servers[0].wait_for_log("ready to accept connections");
        site._servers[1].wait_for_log("completed with");
        std::thread::scope(|scope| {
            for web in &cluster.webs {
                scope.spawn(|| site.set_up(web));
            }
        });
        cluster.web("web1").sh("docker-runner bookmarks migrate");
        std::thread::scope(|scope| {
            for web in &cluster.webs {
                scope.spawn(|| web.sh("systemctl start bookmarks bookmarks-worker"));
            }
        });
        cluster.web("web3").sh("systemctl start bookmarks-beat");
        site.serve();
        site
    }

    /// A release, from its image to the registry.
    #[track_caller]
    fn publish(&self, tag: &str) {
        self.cluster.control.sh(&format!(
            "printf 'FROM bookmarks:built\\nENV RELEASE={tag}\\n' | docker build -q -t {IMAGE}:{tag} -
             docker push -q {IMAGE}:{tag}"
        ));
    }

    #[track_caller]
    fn set_up(&self, web: &Host) {
        let (database, broker) = (self.cluster.address(20), self.cluster.address(21));
        web.write(
            "/etc/default/bookmarks",
            &format!(
                "export IMAGE={IMAGE}\nexport OPTS=\"--rm -v bookmarks-data:/data \
                 -e SECRET_KEY=a_long_secret_key_of_this_test_alone_0123456789 \
                 -e ALLOWED_HOSTS=bookmarks,localhost -e HTTPS_ONLY=off -e WEB_CONCURRENCY=2 \
                 -e DATABASE_URL=postgres://bookmarks:pass%20word@{database}/bookmarks \
                 -e BROKER_URL=amqp://guest:guest@{broker}:5672//\"\n"
            ),
        );
        web.write("/var/www/bookmarks/TAG", "export TAG=build-1\n");
        web.sh(&format!("chown -R deploy: /var/www/bookmarks; docker pull -q {IMAGE}:build-1"));
        for (process, extra) in
            [("run", "-p 8001:8000"), ("worker", "-e CELERYD_CONCURRENCY=1"), ("beat", "")]
        {
            let unit = if process == "run" { "bookmarks".to_owned() } else { format!("bookmarks-{process}") };
            web.sh(&format!(
                "docker-runner --unit systemd --extra '{extra}' bookmarks {process} >/etc/systemd/system/{unit}.service"
            ));
        }
        web.sh("systemctl daemon-reload; systemctl enable -q bookmarks bookmarks-worker");
    }

    /// nginx in front, as most have it.
    #[track_caller]
    fn serve(&self) {
        let servers: Vec<String> = WEBS.iter().map(|name| format!("  server {name}:8001;\n")).collect();
        self.cluster.control.write(
            "/etc/nginx/conf.d/bookmarks.conf",
            &format!(
                "upstream bookmarks {{\n{}}}\nserver {{\n  listen 81;\n  location / {{\n    \
                 proxy_pass http://bookmarks;\n  }}\n}}\n",
                servers.concat()
            ),
        );
        self.cluster.control.sh("systemctl reload nginx");
        let answers =
            || self.cluster.control.exec(["curl", "-sf", "-m", "5", "http://127.0.0.1:81/"]).code == 0;
        wait_for("the site through nginx", || answers().then_some(()), || self.cluster.webs[0].journal());
    }

    fn proxy(&self) -> SocketAddr {
        format!("{}:81", self.cluster.address(10)).parse().unwrap()
    }

    /// docker-deploy on control, as the old build job calls it.
    #[track_caller]
    fn deploy(&self, command: &str) -> Duration {
        let webs = WEBS.join(" ");
        let since = Instant::now();
        let script = format!(
            "export HOSTS='{webs}' CELERY_HOSTS='{webs}' BEAT_HOSTS=web3 PROXY_HOSTS=localhost; docker-deploy {command}"
        );
        let said = self.cluster.control.exec(["sh", "-c", &script]);
        assert_eq!(said.code, 0, "{command}: {said:?}");
        since.elapsed()
    }

    /// The job that docker-deploy replaces, with the units that it was used to.
    #[track_caller]
    fn old_job(&self, tag: &str) -> Duration {
        let job = OldJob { app: "bookmarks", image: IMAGE, web: &WEBS, worker: &WEBS, beat: "web3" };
        job.take_gates_away(self.cluster);
        job.run(self.cluster, tag)
    }

    /// Does it under load: how long it took, the handshakes, and what visitors saw.
    #[track_caller]
    fn measured(&self, what: &str, work: impl FnOnce() -> Duration) -> Seen {
        let before = self.cluster.handshakes();
        let load = Load::start(self.proxy(), "/", "bookmarks", RATE);
        let took = work();
        // As long as nginx remembers a failure.
        std::thread::sleep(Duration::from_secs(11));
        load.wait_for_requests(ENOUGH);
        let seen = load.stop();
        let handshakes = self.cluster.handshakes().saturating_sub(before);
        images::tell(&format!(
            "{:7.1} s  {what}: {handshakes} ssh handshakes, {} of {} requests failed, slowest {:.1} s {:?}",
            took.as_secs_f32(),
            seen.failures(),
            seen.sent,
            seen.slowest().as_secs_f32(),
            seen.failed
        ));
        seen
    }
}

#[test]
fn no_request_is_lost_over_push_push_and_rollback() {
    // Of its own: it takes minutes, most of them waiting, while others have their turns.
    let cluster = Cluster::start();
    let site = Site::start(&cluster);
    site.publish("build-2");
    site.publish("build-3");
    let mut all = Vec::new();
    for command in ["push bookmarks build-2", "push bookmarks build-3", "rollback bookmarks"] {
        all.push(site.measured(&format!("docker-deploy {command}"), || site.deploy(command)));
    }
    let (sent, failed): (u32, u32) =
        (all.iter().map(|seen| seen.sent).sum(), all.iter().map(Seen::failures).sum());
    assert_eq!(failed, 0, "of {sent}");
    assert!(sent >= 5000, "only {sent} requests were sent");
    for web in &cluster.webs {
        assert!(web.sh("cat /var/www/bookmarks/TAG").contains("build-2"));
    }
    // Told, not asserted: on a machine so busy that a stop takes longer than nginx remembers, it loses
    // nothing either.
    site.measured("the old job", || site.old_job("build-3"));
}
