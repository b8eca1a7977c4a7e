//! `--dry-run` in a container: shows every change and makes none.

use crate::site::Site;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_dry_run_shows_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        file.display().to_string()
    };
    let key = format!("{}:/run/secrets/key:ro", write("key", "s3cret", 0o444));
    let env = format!("{}:/app/.env:ro", write("env", "MAIL_PASSWORD=s3cret\nPORT=9000\n", 0o444));
    let hook = format!("{}:/docker-entrypoint.d/10-hook:ro", write("hook", "#!/bin/sh\n", 0o755));
    let site = Site::on_a_volume()
        .options(&["-v", &key, "-v", &env, "-v", &hook, "--user", "0"])
        .env("SECRET_KEY", "")
        .env("SECRET_KEY_FILE", "/run/secrets/key")
        .env("ENTRYPOINT_ENV_FILE", ".env")
        .env("ENTRYPOINT_USER", "app")
        .env("ENTRYPOINT_DRAIN", "5s")
        .env("ENTRYPOINT_WAIT", "tcp://mail:25");
    let output = site.finish(&["--dry-run", "run"]);
    let lines = [
        "2 variables come from /app/.env",
        "SECRET_KEY comes from /run/secrets/key",
        "runs as app (uid 10001, gid 0) (ENTRYPOINT_USER)",
        "runs gunicorn as its init: signals go to it alone, orphans are reaped, SIGTERM is forwarded after 5 s \
         (ENTRYPOINT_DRAIN)",
        "would wait up to 60 s for tcp://mail:25 (ENTRYPOINT_WAIT)",
        "would run /docker-entrypoint.d/10-hook",
    ];
    let expected: String = lines.iter().map(|line| format!("docker-entrypoint: {line}\n")).collect();
    assert_eq!(output.stderr, expected);
    assert_eq!(
        output.stdout,
        "cd /app && env -u SECRET_KEY_FILE HOME=/home/app MAIL_PASSWORD=*** PORT=*** SECRET_KEY=*** USER=app \
         LOGNAME=app DJANGO_SETTINGS_MODULE=bookmarks.settings_docker VIRTUAL_ENV=/ve WEB_CONCURRENCY=3 \
         GUNICORN_CMD_ARGS='--access-logfile=- --worker-tmp-dir=/dev/shm' /ve/bin/gunicorn \
         bookmarks.wsgi:application\n"
    );
}
