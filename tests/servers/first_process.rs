//! As PID 1 of a namespace, which ignores SIGTERM unless it has a handler.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn a_signal_ends_the_wait_of_pid_1() {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("ve/bin/python");
    std::fs::create_dir_all(python.parent().unwrap()).unwrap();
    std::fs::create_dir_all(folder.path().join("app")).unwrap();
    std::fs::write(folder.path().join("app/manage.py"), "").unwrap();
    crate::executable::write(&python, "#!/bin/sh\n");
    let link = folder.path().join("docker-entrypoint");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_docker-runner"), &link).unwrap();
    let mut unshare = Command::new("unshare")
        .args(["--pid", "--fork", "--"])
        .arg(&link)
        .arg("migrate")
        .env("VIRTUAL_ENV", folder.path().join("ve"))
        .env("ENTRYPOINT_APP_DIR", folder.path().join("app"))
        .env("ENTRYPOINT_WAIT", "file:///nonexistent/file")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(unshare.stderr.take().unwrap());
    let mut output = String::new();
    while !output.contains("waiting for file:///nonexistent/file") {
        assert_ne!(stderr.read_line(&mut output).unwrap(), 0, "{output}");
    }
    let parent = unshare.id().to_string();
    let child = Command::new("ps").args(["-o", "pid=", "--ppid", &parent]).output().unwrap();
    let child = String::from_utf8(child.stdout).unwrap();
    assert!(Command::new("kill").arg(child.trim()).status().unwrap().success(), "{child}");
    // Otherwise it would exit with 124 a minute later.
    let status = unshare.wait().unwrap();
    stderr.read_to_string(&mut output).unwrap();
    assert!(output.ends_with("stopped by signal 15 while waiting\n"), "{output}");
    assert_eq!(status.code(), Some(143));
}
