//! The example app with PostgreSQL and RabbitMQ on three hosts behind nginx, deployed under a steady
//! load, by docker-deploy and by the old job.

use crate::cluster::{Cluster, WEBS};
use crate::docker::{Container, Run, wait_for};
use crate::host::Host;
use crate::images::{self, Timed};
use crate::load::{Load, LoadResults};
use crate::old_job::OldJob;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const IMAGE: &str = "control:5000/bookmarks";

/// Requests a second: what two cores can serve without a queue during a deploy.
const RATE: u32 = 80;

/// Requests during each of the three deploys: together at least 5,000.
const REQUESTS: u32 = 1700;

/// The example app on a cluster: web and worker on every host, beat on the third one.
struct Site<'a> {
    cluster: &'a Cluster,
    servers: [Container; 2],
}

impl<'a> Site<'a> {
    #[track_caller]
    fn start(cluster: &'a Cluster) -> Self {
        let _timed = Timed::start("the example app on three hosts, its database and broker");
        let (example, servers_image) = (images::example(), images::SERVERS);
        let server_at = |number: u8| {
            let address = cluster.address(number);
            Run::new(servers_image).options(["--network", cluster.network_name(), "--ip", &address])
        };
        let servers = [server_at(20).start(), server_at(21).args(["rabbitmq-server"]).start()];
        cluster.control.load(&example, "bookmarks:built");
        let site = Self { cluster, servers };
        site.publish("build-1");
        site.servers[0].wait_for_log("ready to accept connections");
        site.servers[1].wait_for_log("completed with");
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
        site.configure_nginx();
        site
    }

    /// Builds a release, and pushes it to the registry.
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

    /// Configures nginx with the usual upstream.
    #[track_caller]
    fn configure_nginx(&self) {
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
        let responds =
            || self.cluster.control.exec(["curl", "-sf", "-m", "5", "http://127.0.0.1:81/"]).code == 0;
        wait_for("the site through nginx", || responds().then_some(()), || self.cluster.webs[0].journal());
    }

    fn proxy(&self) -> SocketAddr {
        format!("{}:81", self.cluster.address(10)).parse().unwrap()
    }

    /// Runs docker-deploy on control with the environment of the old build job.
    #[track_caller]
    fn deploy(&self, command: &str) -> Duration {
        let webs = WEBS.join(" ");
        let since = Instant::now();
        let script = format!(
            "export HOSTS='{webs}' CELERY_HOSTS='{webs}' BEAT_HOSTS=web3 PROXY_HOSTS=localhost; docker-deploy {command}"
        );
        let output = self.cluster.control.exec(["sh", "-c", &script]);
        assert_eq!(output.code, 0, "{command}: {output:?}");
        since.elapsed()
    }

    /// Runs the job that docker-deploy replaces, with its units.
    #[track_caller]
    fn old_job(&self, tag: &str) -> Duration {
        let job = OldJob { app: "bookmarks", image: IMAGE, web: &WEBS, worker: &WEBS, beat: "web3" };
        job.remove_gates(self.cluster);
        job.run(self.cluster, tag)
    }

    /// Runs a deploy under load, and prints its duration, its ssh handshakes and the results of the load.
    #[track_caller]
    fn measure(&self, name: &str, deploy: impl FnOnce() -> Duration) -> LoadResults {
        let before = self.cluster.handshakes();
        let load = Load::start(self.proxy(), "/", "bookmarks", RATE);
        let took = deploy();
        // nginx avoids a failed server for 10 s.
        std::thread::sleep(Duration::from_secs(11));
        load.wait_for_requests(REQUESTS);
        let results = load.stop();
        let handshakes = self.cluster.handshakes().saturating_sub(before);
        images::print_uncaptured(&format!(
            "{:7.1} s  {name}: {handshakes} ssh handshakes, {} of {} requests failed, slowest {:.1} s {:?}",
            took.as_secs_f32(),
            results.failures(),
            results.sent,
            results.slowest().as_secs_f32(),
            results.failed
        ));
        results
    }
}

#[test]
fn no_request_is_lost_over_push_push_and_rollback() {
    // Not the shared cluster: this takes minutes, mostly waiting, while other tests use that one.
    let cluster = Cluster::start();
    let site = Site::start(&cluster);
    site.publish("build-2");
    site.publish("build-3");
    let mut results = Vec::new();
    for command in ["push bookmarks build-2", "push bookmarks build-3", "rollback bookmarks"] {
        results.push(site.measure(&format!("docker-deploy {command}"), || site.deploy(command)));
    }
    let (sent, failed): (u32, u32) =
        (results.iter().map(|load| load.sent).sum(), results.iter().map(LoadResults::failures).sum());
    assert_eq!(failed, 0, "of {sent} requests");
    assert!(sent >= 5000, "only {sent} requests were sent");
    for web in &cluster.webs {
        assert!(web.sh("cat /var/www/bookmarks/TAG").contains("build-2"));
    }
    // Printed, not asserted: on a busy machine, where a stop takes longer than nginx avoids a failed
    // server, the old job loses no request either.
    site.measure("the old job", || site.old_job("build-3"));
}
