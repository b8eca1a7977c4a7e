//! ENTRYPOINT_WAIT=migrations: no process starts before the migrations of its code.

use crate::docker::Run;
use crate::site::Site;

/// A process that waits for the schema, with a timeout that no test reaches.
fn waiting(site: &Site, arguments: &[&str]) -> Run {
    site.process(arguments).env("ENTRYPOINT_WAIT", "migrations").env("ENTRYPOINT_WAIT_TIMEOUT", "15m")
}

#[test]
fn worker_beat_and_run_wait_for_migrations() {
    let site = Site::on_a_volume();
    let start = |arguments: &[&str]| waiting(&site, arguments).start();
    let waiters = [start(&["worker", "-c", "1"]), start(&["beat"]), start(&["run"])];
    let text = "docker-entrypoint: waiting for migrations (ENTRYPOINT_WAIT): 19 are not applied, ";
    waiters.iter().for_each(|waiter| waiter.wait_for_log(text));
    // Some of them are not enough, and migrations that only the database knows do not matter.
    site.finish(&["migrate", "contenttypes"]).ok();
    let recorder = "from django.db import connection; \
        from django.db.migrations.recorder import MigrationRecorder as M; M(connection).record_applied('ghost', '0001')";
    site.ask(recorder);
    waiters.iter().for_each(|waiter| assert!(!waiter.logs().contains("ready"), "{}", waiter.logs()));
    waiting(&site, &["migrate"]).finish().ok();
    waiters.iter().for_each(|waiter| waiter.wait_for_log("docker-entrypoint: migrations are ready after "));
    let [worker, beat, web] = &waiters;
    worker.wait_for_log(" ready.");
    beat.wait_for_log("beat: Starting...");
    web.wait_for_log("Listening at");
    let again = waiting(&site, &["run"]).start();
    again.wait_for_log("Listening at");
    assert!(!again.logs().contains("migrations"), "{}", again.logs());
}

#[test]
fn a_wait_that_times_out_ends_with_124_and_a_signal_ends_one_at_once() {
    let site = Site::on_a_volume();
    let output = waiting(&site, &["worker"]).env("ENTRYPOINT_WAIT_TIMEOUT", "20s").finish();
    let line = output.stderr.lines().last().unwrap_or_default();
    let text = "docker-entrypoint: migrations are not ready after 20 s: 19 are not applied, ";
    assert!(output.code == 124 && line.starts_with(text), "{}", output.stderr);

    let worker = waiting(&site, &["worker"]).start();
    worker.wait_for_log("waiting for migrations");
    assert_eq!(worker.stop(), 143, "{}", worker.logs());
}

#[test]
fn an_unreachable_database_is_reported() {
    let site = Site::on_a_volume().env("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3");
    let output = waiting(&site, &["beat"]).env("ENTRYPOINT_WAIT_TIMEOUT", "20s").finish();
    let text = "docker-entrypoint: migrations are not ready after 20 s: unable to open database file\n";
    assert!(output.code == 124 && output.stderr.ends_with(text), "{}", output.stderr);
    let output = site.process(&["setup"]).finish();
    let text = "cannot open the database /nowhere/at/all.sqlite3: unable to open database file (check that its folder exists and that this user can write to it)\n";
    assert!(output.code == 1 && output.stderr.ends_with(text), "{}", output.stderr);
}
