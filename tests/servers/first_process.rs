//! As a container's first process: PID 1 of a namespace, without a handler of
//! anybody's, which would ignore SIGTERM.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_signal_ends_the_wait_of_pid_1() {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("ve/bin/python");
    std::fs::create_dir_all(python.parent().unwrap()).unwrap();
    std::fs::create_dir_all(folder.path().join("app")).unwrap();
    std::fs::write(folder.path().join("app/manage.py"), "").unwrap();
    std::fs::write(&python, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&python, PermissionsExt::from_mode(0o755)).unwrap();
    let link = folder.path().join("docker-entrypoint");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_docker-runner"), &link).unwrap();
    let unshare = Command::new("unshare")
        .args(["--pid", "--fork", "--"])
        .arg(&link)
        .arg("migrate")
        .env("VIRTUAL_ENV", folder.path().join("ve"))
        .env("ENTRYPOINT_APP_DIR", folder.path().join("app"))
        .env("ENTRYPOINT_WAIT", "file:///nonexistent/file")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let parent = unshare.id().to_string();
    let child = Command::new("ps").args(["-o", "pid=", "--ppid", &parent]).output().unwrap();
    let child = String::from_utf8(child.stdout).unwrap();
    assert!(Command::new("kill").arg(child.trim()).status().unwrap().success(), "{child}");
    let output = unshare.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with("stopped by signal 15 while waiting\n"), "{stderr}");
    assert_eq!(output.status.code(), Some(143));
    assert!(start.elapsed() < Duration::from_secs(5));
}
