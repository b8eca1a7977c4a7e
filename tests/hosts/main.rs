//! With whole hosts in containers: systemd, sshd and an engine of their own (`scripts/host-image.sh` builds them).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]
#![allow(dead_code, reason = "the harness has its parts before each has its test")]

#[path = "../engine/docker.rs"]
mod docker;
mod host;
mod images;
mod leftovers;

/// The ground that the other tests stand on.
#[test]
fn a_unit_runs_a_container_in_the_host() {
    let host = host::Host::start();
    host.write(
        "/etc/systemd/system/nested.service",
        "[Service]\nExecStart=/usr/bin/docker run --rm --name nested -p 8000:8000 -e RELEASE=one site:1\n",
    );
    host.sh("systemctl daemon-reload && systemctl start nested");
    let page = || host.exec(["curl", "-sf", "http://127.0.0.1:8000/"]).stdout;
    docker::wait_for("the page", || (page() == "one\n").then_some(()), || host.journal());
    host.sh("systemctl stop nested");
    assert_eq!(page(), "");
}
