//! The whole output of `status`.

use super::{hosts, local_host};

/// The row of a unit.
fn row(app: &str, host: &str, role: &str, unit: &str, drift: &str) -> String {
    format!(
        r#"  {{
    "app": "{app}",
    "host": "{host}",
    "role": "{role}",
    "tag": "old",
    "runs": "old",
    "digest": "sha256:digest-of-old",
    "unit": "{unit}",
    "healthy": true,
    "health": "its health check passed",
    "since": "2026-01-02T03:04:05.6Z",
    "drift": {drift}
  }}"#
    )
}

#[test]
fn json() {
    let rows = [
        row("site", "a", "web", "site", "[]"),
        row("site", "b", "web", "site", "[]"),
        row("site", "b", "worker", "site-worker", "[]"),
    ];
    let test = hosts(&[("a", &["site"]), ("b", &["site", "site-worker"])]);
    let test = test.env("HOSTS", "a b").env("CELERY_HOSTS", "b").args(["status", "site", "--format", "json"]);
    test.stdout(format!("[\n{}\n]\n", rows.join(",\n"))).run();
}

/// With a stack larger than the address space, no thread for a host can start: the hosts are asked one
/// after the other.
#[test]
fn works_without_threads() {
    let rows = [row("site", "a", "web", "site", "[]"), row("site", "b", "web", "site", "[]")];
    let test = hosts(&[("a", &["site"]), ("b", &["site"])]).env("RUST_MIN_STACK", (1_u64 << 50).to_string());
    let test = test.env("HOSTS", "a b").args(["status", "site", "--format", "json"]);
    test.stdout(format!("[\n{}\n]\n", rows.join(",\n"))).run();
}

/// An app with an invalid file, and one with two hosts for beat, do not hide
/// the others.
#[test]
fn all_apps() {
    let test = local_host(&["site"])
        .file("etc/default/cats", "IMAGE=team/cats\nA=$(id)\n")
        .file("etc/default/dogs", "IMAGE=team/dogs\nBEAT_HOSTS=\"a b\"\n");
    let expected = "   APP   HOST       ROLE  TAG  DIGEST        UNIT  SINCE (UTC)          HEALTH
!  cats                   -    -                   -                    [folder]/etc/default/cats:2:3: command substitution $(…) is not supported
!  dogs                   -    -                   -                    BEAT_HOSTS names a and b, and every scheduled task would run twice: name one host
   site  localhost  web   old  digest-of-ol  site  2026-01-02 03:04:05  ok (its health check passed)
";
    test.args(["status"]).stdout(expected).run();
    let test = local_host(&["site"]).file("etc/default/dogs", "IMAGE=team/dogs\nBEAT_HOSTS=\"a b\"\n");
    let line =
        "docker-deploy: BEAT_HOSTS names a and b, and every scheduled task would run twice: name one host\n";
    test.args(["status", "dogs"]).stderr(line).code(2).run();
}

#[test]
fn problems_are_marked() {
    let test = hosts(&[("a", &["site", "site-beat"]), ("b", &["site"]), ("c", &["site-beat"])])
        .file("hosts/b/var/www/site/TAG", "export TAG=older\n")
        .file("hosts/b/unhealthy", "500 from the app\n")
        .env("HOSTS", "a b nowhere")
        .env("BEAT_HOSTS", "c")
        .args(["status", "site"]);
    test.stdout(
        "   APP   HOST     ROLE  TAG    DIGEST        UNIT       SINCE (UTC)          HEALTH
   site  a        web   old    digest-of-ol  site       2026-01-02 03:04:05  ok (its health check passed)
!  site  a        beat  old    digest-of-ol  site-beat  2026-01-02 03:04:05  ok (its health check passed); should run on c only
!  site  b        web   older  digest-of-ol  site       2026-01-02 03:04:05  its health check failed: 500 from the app; other hosts have old; runs old
!  site  nowhere        -      -                        -                    no connection: ssh: Could not resolve hostname nowhere: Name or service not known
   site  c        beat  old    digest-of-ol  site-beat  2026-01-02 03:04:05  ok (its health check passed)
",
    )
    .run();
}
