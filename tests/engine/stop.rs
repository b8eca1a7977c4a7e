//! `docker stop`, and containers with fewer permissions.

use crate::docker::{Container, wait_for};
use crate::site::Site;

/// Starts web, worker and beat, and waits until a scheduled task has run.
#[track_caller]
fn start_all(site: &Site) -> [Container; 3] {
    let web = site.serve(&[]);
    let worker = site.process(&["worker", "-c", "1"]).start();
    let beat = site.process(&["beat"]).start();
    let refreshed = || site.ask("print(Refresh.objects.exists())") == "True\n";
    wait_for("a scheduled task", || refreshed().then_some(()), || beat.logs() + &worker.logs());
    [web.container, worker, beat]
}

/// Each process ends within the grace period, with exit code 0.
#[track_caller]
fn stop_all(containers: &[Container]) {
    for container in containers {
        assert_eq!(container.stop(), 0, "{}", container.logs());
    }
}

/// The logs contain no error.
#[track_caller]
fn assert_clean_logs(containers: &[Container]) {
    for container in containers {
        let logs = container.logs();
        let wrong = ["Traceback", "[ERROR]", "Permission denied", "Read-only file system"];
        assert!(!wrong.iter().any(|text| logs.contains(text)), "{logs}");
    }
}

#[test]
fn each_process_stops_in_time_and_cleanly() {
    let site = Site::on_a_volume();
    let containers = start_all(&site);
    stop_all(&containers);
    assert_clean_logs(&containers);
}

#[test]
fn an_unknown_uid_on_a_read_only_root_works() {
    let site = Site::on_a_volume().options(&["--user", "54321:0", "--read-only", "--tmpfs", "/tmp"]);
    let containers = start_all(&site);
    assert_clean_logs(&containers);
    stop_all(&containers);
}

#[test]
fn an_unknown_uid_works() {
    let site = Site::on_a_volume().options(&["--user", "54321:0"]);
    let containers = start_all(&site);
    assert_clean_logs(&containers);
    let environment = containers[0].exec(["sh", "-c", "tr '\\0' '\\n' </proc/1/environ"]).ok();
    assert!(environment.lines().any(|line| line.starts_with("HOME=") && line != "HOME=/"), "{environment}");
    assert!(environment.lines().any(|line| line.starts_with("USER=")), "{environment}");
}

#[test]
fn a_read_only_root_works() {
    let site = Site::on_a_volume().options(&["--read-only", "--tmpfs", "/tmp"]);
    assert_clean_logs(&start_all(&site));
}
