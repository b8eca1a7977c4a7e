//! Workers in a container with limits.

use crate::docker::Run;
use crate::site::{Site, image};

/// The output of `--dry-run`, with standard error.
#[track_caller]
fn shown(options: &[&str], variables: &[(&str, &str)], process: &str) -> (String, String) {
    let run = Run::new(&image()).options(options).args(["--dry-run", process]);
    let output = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).finish();
    (output.stdout.clone(), output.stderr.clone() + &output.stdout)
}

#[test]
fn auto_fits_the_container() {
    let auto = [("WEB_CONCURRENCY", "auto")];
    let (line, all) = shown(&["--cpus", "0.5", "--memory", "1g"], &auto, "run");
    assert!(line.contains(" WEB_CONCURRENCY=3 "), "{all}");
    let note = "WEB_CONCURRENCY=auto is 3: the smaller of 2·1+1 (CPUs) and 1024/160 (MiB of memory)";
    assert!(all.contains(note), "{all}");
    let (line, all) = shown(&["--cpus", "0.5", "--memory", "350m"], &auto, "run");
    assert!(line.contains(" WEB_CONCURRENCY=2 "), "{all}");
}

#[test]
fn celery_gets_the_container_limits() {
    if std::thread::available_parallelism().unwrap().get() < 2 {
        return; // no container may use fewer CPUs than this machine has
    }
    let (line, all) = shown(&["--cpus", "0.5"], &[], "worker");
    assert!(line.ends_with(" worker -l info -c 1\n"), "{all}");
    assert!(all.contains("-c 1 is the smaller of 1 (CPUs that this container may use) and "), "{all}");
    let (line, all) = shown(&["--cpuset-cpus", "0"], &[], "worker");
    assert!(line.ends_with(" worker -l info -c 1\n"), "{all}");
    let (line, all) = shown(&[], &[], "worker");
    assert!(line.ends_with(" worker -l info\n"), "{all}");

    let worker = Site::on_a_volume().options(&["--cpus", "0.9"]).process(&["worker"]).start();
    worker.wait_for_log("concurrency: 1 (prefork)");
}
