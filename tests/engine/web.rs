//! `run` with every server: each responds, is found by the health check, and
//! completes an open request when it is stopped.

use crate::docker::{Finished, wait_for};
use crate::site::{Site, Web, release};
use std::thread;

/// The example app on SQLite, with this server.
fn site(server: &str) -> Site {
    Site::on_a_volume()
        .image(&format!("docker-runner-test-web:{}", release()))
        .env("ENTRYPOINT_SERVER", server)
}

/// It serves a page, its log names the page, and the health check succeeds.
#[track_caller]
fn assert_serves(web: &Web) {
    let page = web.get("/").unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("<h1>"), "{page}");
    let patient = ["env", "ENTRYPOINT_HEALTH_TIMEOUT=60s", "docker-entrypoint", "healthcheck"];
    let healthy = web.container.exec(patient).ok();
    assert_eq!(healthy, "healthy: the web server at 127.0.0.1:8000 responds\n");
}

/// Its standard output.
#[track_caller]
fn finished_logs(web: &Web) -> Finished {
    crate::docker::docker(["logs", &web.container.name])
}

#[track_caller]
fn assert_logs_on_standard_output(web: &Web) {
    assert!(web.get("/no-such-page").is_some());
    let line = || finished_logs(web).stdout.contains("/no-such-page").then_some(());
    wait_for("the access log", line, || web.container.logs());
}

/// A stop during a request waits for the response, and is in time.
#[track_caller]
fn completes_an_open_request(web: &Web) {
    let address = format!("{}:8000", web.container.address());
    let request = thread::spawn(move || crate::http::get(&address, "/slow/", "web"));
    web.container.wait_for_log("begins to answer");
    assert_stops(web);
    let response = request.join().unwrap().unwrap_or_default();
    assert!(response.contains("answered"), "{response:?}\n{}", web.container.logs());
}

#[track_caller]
fn assert_stops(web: &Web) {
    assert_eq!(web.container.stop(), 0, "{}", web.container.logs());
}

/// Waits until this number of processes of the container have the text in their command lines: the
/// first one may respond before the last one has started.
#[track_caller]
fn assert_process_count(web: &Web, text: &str, expected: usize) {
    let script = "for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$file; echo; done";
    let all = || web.container.exec(["sh", "-c", script]).ok();
    let count =
        |all: &str| all.lines().filter(|line| line.contains(text) && !line.starts_with("sh -c")).count();
    let found = wait_for(text, || Some(all()).filter(|all| count(all) >= expected), all);
    assert_eq!(count(&found), expected, "{found}");
}

#[test]
fn gunicorn() {
    let web = site("").serve(&[]);
    assert_process_count(&web, "bin/gunicorn bookmarks.wsgi", 4); // a master and three workers
    assert_serves(&web);
    assert_logs_on_standard_output(&web);
    completes_an_open_request(&web);
}

#[test]
fn uvicorn() {
    let web = site("uvicorn").serve(&[]);
    assert_process_count(&web, "multiprocessing.spawn", 3); // its workers
    assert_serves(&web);
    assert_logs_on_standard_output(&web);
    completes_an_open_request(&web);
    let alone = site("uvicorn").env("WEB_CONCURRENCY", "1").serve(&[]);
    assert_serves(&alone);
    completes_an_open_request(&alone);
}

#[test]
fn uwsgi() {
    let web = site("uwsgi").serve(&[]);
    assert_process_count(&web, "uwsgi --module", 4); // a master and three workers
    assert_serves(&web);
    assert_logs_on_standard_output(&web);
    completes_an_open_request(&web);
}

#[test]
fn waitress() {
    let web = site("waitress").serve(&["--threads=2"]);
    assert_serves(&web);
    completes_an_open_request(&web);
    web.container.wait_for_log("SIGTERM is forwarded as SIGINT");
}

#[test]
fn django_s_own() {
    let web = site("runserver").serve(&["--noreload"]);
    assert_serves(&web);
    assert_eq!(web.container.stop(), 143, "{}", web.container.logs());
    let reloading = site("runserver").serve(&[]);
    assert_serves(&reloading);
    assert_stops(&reloading);
}

#[test]
fn an_unknown_uid_on_a_read_only_root() {
    for server in ["gunicorn", "uvicorn", "uwsgi", "waitress"] {
        let site = site(server).options(&["--user", "54321:0", "--read-only", "--tmpfs", "/tmp"]);
        let web = site.serve(&[]);
        assert_serves(&web);
        assert_stops(&web);
        let logs = web.container.logs();
        let wrong = ["Traceback", "[ERROR]", "Permission denied", "Read-only file system"];
        assert!(!wrong.iter().any(|text| logs.contains(text)), "{server}: {logs}");
    }
}

#[test]
fn the_settings_of_the_caller_win() {
    let web = site("uvicorn").env("UVICORN_PORT", "1").env("UVICORN_HOST", "127.0.0.1");
    let web = web.serve(&["--host", "0.0.0.0", "--port", "8000", "--workers", "1"]);
    assert_process_count(&web, "multiprocessing.spawn", 0);
    let web = site("uwsgi").env("UWSGI_WORKERS", "1").serve(&["--http-socket", ":8000"]);
    assert_process_count(&web, "uwsgi --", 2);
    site("waitress").env("PORT", "1").serve(&["--port", "8000"]);
    site("runserver").env("PORT", "1").serve(&["--noreload", "0.0.0.0:8000"]);
}

#[test]
fn a_uwsgi_config_file_wins() {
    let file = "[uwsgi]\nhttp-socket = :8000\nprocesses = 2\nmodule = bookmarks.wsgi:application\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("uwsgi.ini");
    std::fs::write(&path, file).unwrap();
    let mount = format!("{}:/app/uwsgi.ini:ro", path.display());
    let site = site("uwsgi").env("PORT", "9").options(&["-v", &mount]);
    let web = site.serve(&["--ini", "uwsgi.ini"]);
    assert_process_count(&web, "uwsgi --", 3);
    assert_serves(&web);
    completes_an_open_request(&web);
}
