//! `healthcheck` in containers whose process is healthy, starting, hanging or dead.

use crate::docker::{Container, Finished, wait_for};
use crate::site::Site;

/// Runs one check with `docker exec`, with a timeout for a busy machine.
#[track_caller]
fn check(container: &Container, variables: &[&str]) -> Finished {
    let mut words: Vec<&str> = vec!["env", "ENTRYPOINT_HEALTH_TIMEOUT=60s"];
    words.extend(variables);
    words.extend(["docker-entrypoint", "healthcheck"]);
    container.exec(words)
}

#[track_caller]
fn assert_healthy(container: &Container, variables: &[&str], expected: &str) {
    let output = check(container, variables);
    assert_eq!((output.code, output.stdout.as_str()), (0, expected), "{}", output.stderr);
}

#[track_caller]
fn assert_unhealthy(container: &Container, variables: &[&str], expected: &str) {
    let output = check(container, variables);
    let expected = format!("docker-entrypoint: unhealthy: {expected}");
    assert!(output.code == 1 && output.stderr.starts_with(&expected), "{output:?}");
}

/// Sends a signal to every process whose parent is that one.
#[track_caller]
fn signal_children(container: &Container, parent: &str, signal: &str) {
    let script = format!(
        "for stat in /proc/[0-9]*/stat; do set -- $(cat $stat); \
         [ \"$4\" != {parent} ] || kill -s {signal} \"$1\"; done"
    );
    container.exec(["sh", "-c", &script]).ok();
}

const HEALTHY: &str = "healthy: the web server at 127.0.0.1:8000 responds\n";

#[test]
fn a_web_server_is_healthy_until_its_workers_hang() {
    let site = Site::on_a_volume().options(&["--health-interval", "1s"]);
    // gunicorn replaces a worker that hangs for longer than this.
    let web = site.serve(&["--timeout", "600"]).container;
    assert_healthy(&web, &[], HEALTHY);
    assert_healthy(&web, &["ENTRYPOINT_HEALTH_PATH=/no-such-page"], HEALTHY);
    assert_unhealthy(
        &web,
        &["ENTRYPOINT_HEALTH_HOST=elsewhere"],
        "the web server at 127.0.0.1:8000 responds with HTTP status 400: ",
    );
    let status = || web.inspect("{{.State.Health.Status}}");
    wait_for("Docker's health status", || (status() == "healthy").then_some(()), status);
    signal_children(&web, "1", "STOP");
    assert_unhealthy(
        &web,
        &["ENTRYPOINT_HEALTH_TIMEOUT=1s"],
        "the web server at 127.0.0.1:8000 does not respond: ",
    );
    signal_children(&web, "1", "CONT");
    assert_healthy(&web, &[], HEALTHY);
}

#[test]
fn the_process_is_found_below_dockers_init_and_another_user() {
    let site = Site::on_a_volume().options(&["--init"]);
    let web = site.serve(&["-b", "unix:/tmp/web.sock", "-b", "0.0.0.0:8000"]).container;
    assert_healthy(&web, &[], HEALTHY);
    let patient = ["env", "ENTRYPOINT_HEALTH_TIMEOUT=60s", "docker-entrypoint", "healthcheck"];
    let root = crate::docker::docker(["exec", "-u", "0", &web.name].iter().chain(&patient));
    assert_eq!(root.ok(), HEALTHY, "root without CAP_SYS_PTRACE");
}

#[test]
fn processes_of_other_containers_do_not_count() {
    let other = Site::on_a_volume().process(&["sleep", "1000"]).start();
    let site = Site::on_a_volume().options(&["--pid", &format!("container:{}", other.name)]);
    let web = site.serve(&[]).container;
    assert_healthy(&web, &[], HEALTHY);
    let elsewhere = ["ENTRYPOINT_HEALTH_HOST=elsewhere"];
    assert_unhealthy(&web, &elsewhere, "the web server at 127.0.0.1:8000 responds with HTTP status 400: ");
    let nothing =
        "healthy: no web server, worker or beat runs in this container, so there is nothing to check\n";
    assert_healthy(&other, &[], nothing);
}

#[test]
fn a_dry_run_checks_nothing() {
    let shown = |container: &Container, expected: &str| {
        let words =
            ["env", "ENTRYPOINT_HEALTH_HOST=a.test", "CELERY_BROKER_URL=redis://:s3cret@127.0.0.1:1/0"];
        let output = container.exec([&words[..], &["docker-entrypoint", "-n", "healthcheck"]].concat());
        assert_eq!(output.ok(), expected);
    };
    let web = Site::on_a_volume().serve(&[]).container;
    shown(
        &web,
        "would request / from the web server, process 1, at 127.0.0.1:8000 with the Host header a.test\n",
    );
    let worker = Site::on_a_volume().process(&["worker", "-c", "1"]).start();
    worker.wait_for_log("ready.");
    let broker = "redis://127.0.0.1:1 (CELERY_BROKER_URL)";
    shown(&worker, &format!("would check that the worker, process 1, is alive, and probe {broker}\n"));
    let beat = Site::on_a_volume().process(&["beat"]).start();
    beat.wait_for_log("beat: Starting");
    let file = "/tmp/celerybeat-schedule";
    shown(
        &beat,
        &format!(
            "would check that beat, process 1, is alive, and the age of {file} if it writes to that file\n"
        ),
    );
}

#[test]
fn a_server_on_a_socket_is_healthy() {
    let site = Site::on_a_volume().env("GUNICORN_CMD_ARGS", "--bind=unix:/tmp/web.sock");
    site.finish(&["migrate"]).ok();
    let web = site.process(&["run"]).start();
    let is_healthy = || (check(&web, &[]).code == 0).then_some(());
    wait_for("the web server", is_healthy, || web.logs());
    assert_healthy(&web, &[], "healthy: the web server at /tmp/web.sock responds\n");
}

#[test]
fn starting_and_dead_processes_are_unhealthy() {
    let site = Site::on_a_volume();
    let waiting = site.process(&["run"]).env("ENTRYPOINT_WAIT", "file:///nonexistent/file").start();
    waiting.wait_for_log("waiting for file");
    assert_unhealthy(&waiting, &[], "the entrypoint has not started the process yet");

    // A shell as PID 1 that does not reap its children.
    let script = "docker-entrypoint run & exec sleep 1000";
    let shell = site.process(&["sh", "-c", script]).env("ENTRYPOINT_INIT", "never").start();
    shell.wait_for_log("Booting worker");
    signal_children(&shell, "1", "KILL");
    let output = wait_for(
        "its end",
        || Some(check(&shell, &[])).filter(|output| output.stderr.contains(" is dead")),
        || shell.logs(),
    );
    assert_eq!(output.code, 1);
}

#[test]
fn a_worker_and_its_broker() {
    let site = Site::on_a_volume();
    let worker = site.process(&["worker", "-c", "1"]).start();
    worker.wait_for_log("ready.");
    assert_healthy(&worker, &[], "healthy: the worker is alive\n");
    let elsewhere = "CELERY_BROKER_URL=redis://:s3cret@127.0.0.1:1/0";
    assert_unhealthy(
        &worker,
        &[elsewhere],
        "the worker's broker redis://127.0.0.1:1 (CELERY_BROKER_URL) is not ready: connection refused\n",
    );
}

#[test]
fn celery_pings_a_worker() {
    let site = Site::on_servers();
    let worker = site.process(&["worker", "-c", "1", "-n", "mail@%h"]).start();
    worker.wait_for_log("ready.");
    let output = check(&worker, &["ENTRYPOINT_HEALTH=ping"]);
    assert!(output.code == 0 && output.stdout.contains("pong"), "{output:?}");
    let healthy = check(&worker, &[]);
    assert_eq!(healthy.ok(), "healthy: the worker is alive, amqp://broker:5672 (BROKER_URL) responds\n");
}

#[test]
fn beat_and_its_schedule() {
    let beat = Site::on_a_volume().process(&["beat"]).start();
    beat.wait_for_log("beat: Starting");
    let output = wait_for(
        "a schedule",
        || Some(check(&beat, &[])).filter(|output| output.stdout.contains("writes to")),
        || beat.logs(),
    );
    assert_eq!(output.ok(), "healthy: beat is alive and writes to /tmp/celerybeat-schedule\n");
}

/// The check ignores a schedule that is older than the process, and no test runs
/// for ten minutes. So the boot time, from which the start of the process follows,
/// is an hour earlier in this container.
#[test]
fn beat_that_has_not_written_for_ten_minutes() {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime ")).unwrap();
    let earlier = boot.parse::<u64>().unwrap() - 3600;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stat");
    std::fs::write(&file, stat.replace(&format!("btime {boot}"), &format!("btime {earlier}"))).unwrap();
    let mount = format!("{}:/proc/stat:ro", file.display());
    let site = Site::on_a_volume().options(&["-v", &mount]).env("REFRESH_SECONDS", "3600");
    let beat = site.process(&["beat"]).start();
    let keeps = "healthy: beat is alive and writes to /tmp/celerybeat-schedule\n";
    let is_kept = || (check(&beat, &[]).stdout == keeps).then_some(());
    wait_for("a schedule", is_kept, || beat.logs());
    // Beat may write it again meanwhile, as it does when it starts.
    let aged = |minutes: &str, expected: &str| {
        let touch = format!("touch -d '{minutes} minutes ago' /tmp/celerybeat-schedule*");
        let check_output = || {
            beat.exec(["sh", "-c", &touch]).ok();
            let output = check(&beat, &[]);
            output.stdout + &output.stderr
        };
        wait_for(expected, || check_output().starts_with(expected).then_some(()), check_output);
    };
    aged(
        "11",
        "docker-entrypoint: unhealthy: beat has not written to /tmp/celerybeat-schedule for 11 minutes",
    );
    aged("9", keeps);
    aged("61", "healthy: beat is alive\n");
}

#[test]
fn other_processes_are_not_checked() {
    let container = Site::on_a_volume().process(&["sleep", "1000"]).start();
    let nothing =
        "healthy: no web server, worker or beat runs in this container, so there is nothing to check\n";
    assert_healthy(&container, &[], nothing);
    assert_healthy(
        &container,
        &["ENTRYPOINT_HEALTH=none"],
        "healthy: health checks are off (ENTRYPOINT_HEALTH=none)\n",
    );
}
