//! `docker stop`, and containers with fewer permissions.

use crate::docker::{Container, wait_for};
use crate::site::Site;

/// Web, worker and beat, all running.
#[track_caller]
fn all_at_work(site: &Site) -> [Container; 3] {
    let web = site.serve(&[]);
    let worker = site.process(&["worker", "-c", "1"]).start();
    let beat = site.process(&["beat"]).start();
    let refreshed = || site.ask("print(Refresh.objects.exists())") == "True\n";
    wait_for("a scheduled task", || refreshed().then_some(()), || beat.logs() + &worker.logs());
    [web.container, worker, beat]
}

/// Each stops by itself within the grace period, with its own exit code.
#[track_caller]
fn stop_all(containers: &[Container]) {
    for container in containers {
        assert_eq!(container.stop(), 0, "{}", container.logs());
    }
}

/// The logs contain nothing that an administrator would have to look into.
#[track_caller]
fn nothing_is_wrong(containers: &[Container]) {
    for container in containers {
        let logs = container.logs();
        let wrong = ["Traceback", "[ERROR]", "Permission denied", "Read-only file system"];
        assert!(!wrong.iter().any(|text| logs.contains(text)), "{logs}");
    }
}

#[test]
fn each_process_stops_in_time_and_cleanly() {
    let site = Site::on_a_volume();
    let containers = all_at_work(&site);
    stop_all(&containers);
    nothing_is_wrong(&containers);
}

#[test]
fn an_unknown_uid_on_a_read_only_root_works() {
    let site = Site::on_a_volume().options(&["--user", "54321:0", "--read-only", "--tmpfs", "/tmp"]);
    let containers = all_at_work(&site);
    nothing_is_wrong(&containers);
    stop_all(&containers);
}

#[test]
fn an_unknown_uid_works() {
    let site = Site::on_a_volume().options(&["--user", "54321:0"]);
    let containers = all_at_work(&site);
    nothing_is_wrong(&containers);
    let who = containers[0].exec(["sh", "-c", "tr '\\0' '\\n' </proc/1/environ"]).ok();
    assert!(who.lines().any(|line| line.starts_with("HOME=") && line != "HOME=/"), "{who}");
    assert!(who.lines().any(|line| line.starts_with("USER=")), "{who}");
}

#[test]
fn a_read_only_root_works() {
    let site = Site::on_a_volume().options(&["--read-only", "--tmpfs", "/tmp"]);
    nothing_is_wrong(&all_at_work(&site));
}
