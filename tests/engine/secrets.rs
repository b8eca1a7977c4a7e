//! Secrets where Swarm and Compose mount them: files below /run/secrets.

use crate::site::Site;
use std::os::unix::fs::PermissionsExt;

const KEY: &str = "of this test: $HOME 'and' \"more\" `id`";

/// The site with a SECRET_KEY only in a file, which has these permission bits.
fn site(folder: &std::path::Path, mode: u32) -> Site {
    let file = folder.join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
    let mount = format!("{}:/run/secrets/key:ro", file.display());
    Site::on_a_volume()
        .options(&["-v", &mount])
        .env("SECRET_KEY", "")
        .env("SECRET_KEY_FILE", "/run/secrets/key")
}

/// The value in Django's settings and in the environment.
const ASK: &str = "from django.conf import settings as s; import os; \
                   print(s.SECRET_KEY, os.environ.get('SECRET_KEY_FILE'), os.getuid())";

#[test]
fn a_mounted_secret_becomes_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), 0o444);
    let output = site.finish(&["manage", "shell", "-v", "0", "-c", ASK]);
    assert_eq!(output.stdout, format!("{KEY} None 10001\n"), "{}", output.stderr);
    assert!(output.stderr.contains("SECRET_KEY comes from /run/secrets/key"), "{}", output.stderr);
    let shown = site.finish(&["--dry-run", "run"]).ok();
    assert!(shown.contains("env -u SECRET_KEY_FILE ") && shown.contains(" SECRET_KEY=*** "), "{shown}");
    assert!(!shown.contains("of this test"), "{shown}");
}

#[test]
fn a_secret_for_root_alone_is_read_before_the_user_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), 0o400);
    let refused = site.finish(&["manage", "check"]);
    assert_eq!(refused.code, 125, "{}", refused.stderr);
    assert!(refused.stderr.contains("cannot use /run/secrets/key"), "{}", refused.stderr);
    let as_root = site.options(&["--user", "0"]).env("ENTRYPOINT_USER", "app");
    let output = as_root.finish(&["manage", "shell", "-v", "0", "-c", ASK]);
    assert_eq!(output.stdout, format!("{KEY} None 10001\n"), "{}", output.stderr);
}
