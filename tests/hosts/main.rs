//! Tests with whole hosts in containers, each with systemd, sshd and a Docker engine. `scripts/host-image.sh` builds their image.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]

mod app;
mod bookmarks;
mod cluster;
mod deploy;
#[allow(dead_code, reason = "the engine tests use the rest")]
#[path = "../engine/docker.rs"]
mod docker;
mod fault;
mod host;
mod images;
mod leftovers;
mod load;
#[allow(dead_code, reason = "the bench uses the rest")]
mod old_job;
mod units;

use fault::Fault;

/// The other tests rest on this.
#[test]
fn a_unit_runs_a_container_in_the_host() {
    let host = host::Host::start();
    host.write(
        "/etc/systemd/system/nested.service",
        "[Service]\nExecStart=/usr/bin/docker run --rm --name nested -p 8000:8000 -e RELEASE=one site:base\n",
    );
    host.sh("systemctl daemon-reload && systemctl start nested");
    let page = || host.exec(["curl", "-sf", "http://127.0.0.1:8000/"]).stdout;
    docker::wait_for("the page", || (page() == "one\n").then_some(()), || host.journal());
    host.sh("systemctl stop nested");
    assert_eq!(page(), "");
}

/// Each fault that the deploy tests use takes effect, and ends with its guard.
#[test]
fn each_fault_takes_effect_and_ends() {
    let cluster = cluster::Cluster::shared();
    let _guard = cluster.exclusive();
    let _timed = images::Timed::start("cluster: each fault once");
    cluster.reset();
    let web = cluster.web("web2");
    let ssh =
        || cluster.control.exec(["ssh", "-o", "ConnectTimeout=30", "web2", "id", "-un"]).stdout == "deploy\n";
    let pull = |tag: &str| web.exec(["docker", "pull", "-q", &format!("{}:{tag}", cluster::IMAGE)]).code == 0;
    let can_write = || {
        web.exec([
            "sudo",
            "-u",
            "deploy",
            "sh",
            "-c",
            "echo >/var/www/antisocial/new && rm /var/www/antisocial/new",
        ])
        .code
            == 0
    };
    assert!(ssh() && can_write() && pull("1"));
    assert_eq!(cluster.pages(), ["1", "1", "1"]);
    cluster.publish("faults", "");

    let fault = Fault::unreachable(web);
    assert!(!ssh() && !pull("faults"), "web2 is reachable");
    assert_eq!(cluster.pages(), ["1", "", "1"]);
    fault.end();
    assert!(ssh());

    let fault = Fault::registry_down(&cluster);
    assert!(!pull("faults"), "the registry answers");
    fault.end();
    let fault = Fault::no_room_for_images(web);
    assert!(!pull("faults"), "there is room for an image");
    fault.end();
    assert!(pull("faults"));

    let tag = || web.sh("cat /var/www/antisocial/TAG");
    for fault in [Fault::disk_full, Fault::read_only] {
        let fault = fault(web, "/var/www/antisocial");
        assert!(!can_write() && tag() == "export TAG=1\n", "the folder takes a file");
        fault.end();
        assert!(can_write());
    }

    let fault = Fault::no_ssh(web);
    assert!(!ssh(), "ssh answers");
    fault.end();
    let session_end = std::thread::scope(|scope| {
        let command = "ssh web2 'echo in; exec sleep 1000' >/run/session";
        let session = scope.spawn(|| cluster.control.exec(["sh", "-c", command]));
        let is_open = || cluster.control.exec(["cat", "/run/session"]).stdout == "in\n";
        docker::wait_for("a session", || is_open().then_some(()), || web.journal());
        fault::cut_ssh(web);
        session.join().unwrap()
    });
    assert_eq!(session_end.code, 255, "{session_end:?}");
    web.sh("pkill -x sleep -u deploy");
    assert!(ssh());
}
