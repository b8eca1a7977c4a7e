//! Hooks, which run before the process.

use super::project;
use crate::run::{Test, binary, until};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// `worker` in a project with hooks, of which the last one is `50-last`.
fn worker() -> Test {
    project()
        .args(["worker"])
        .env("ENTRYPOINT_HOOKS", "[folder]/hooks")
        .program("hooks/10-first", "#!/bin/sh\necho \"$(basename $0) $1 in $PWD with $APP\"\n")
        .file("hooks/20-not-executable", "")
        .program("hooks/.hidden", "#!/bin/sh\nexit 9\n")
        .env("APP", "bookmarks")
}

const WORKER: &str = "[folder]/ve/bin/celery in [folder]/app\n<-A>\n<bookmarks>\n<worker>\n<-l>\n<info>\n";

#[test]
fn they_run_in_order_and_then_the_process() {
    worker()
        .program("hooks/50-last", "#!/bin/sh\necho last\n")
        .stdout(format!("10-first worker in [folder]/app with bookmarks\nlast\n{WORKER}"))
        .stderr(
            "docker-entrypoint: running [folder]/hooks/10-first\ndocker-entrypoint: running [folder]/hooks/50-last\n",
        )
        .run();
}

#[test]
fn one_that_fails_stops_the_start() {
    worker()
        .program("hooks/50-last", "#!/bin/sh\nexit 3\n")
        .stdout("10-first worker in [folder]/app with bookmarks\n")
        .stderr(
            "docker-entrypoint: running [folder]/hooks/10-first\ndocker-entrypoint: running [folder]/hooks/50-last\n\
             docker-entrypoint: [folder]/hooks/50-last failed with exit code 3: the process was not started\n",
        )
        .code(125)
        .run();
}

#[test]
fn an_ignored_sigchld_does_not_hide_their_end() {
    let test = project().program("hooks/10-only", "#!/bin/sh\nexit 3\n").link("docker-entrypoint", binary());
    let output = Command::new("timeout")
        .args(["20", "env", "--ignore-signal=CHLD"])
        .arg(test.path("docker-entrypoint"))
        .arg("worker")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("VIRTUAL_ENV", test.path("ve"))
        .env("ENTRYPOINT_APP_DIR", test.path("app"))
        .env("ENTRYPOINT_HOOKS", test.path("hooks"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with("failed with exit code 3: the process was not started\n"), "{stderr}");
    assert_eq!(output.status.code(), Some(125));
}

#[test]
fn none_and_other_processes_run_none() {
    let off = project().args(["worker"]).env("ENTRYPOINT_HOOKS", "none");
    off.stdout(WORKER).run();
    let migrate = project().args(["migrate"]).env("ENTRYPOINT_HOOKS", "[folder]/hooks");
    migrate
        .program("hooks/50-last", "#!/bin/sh\nexit 3\n")
        .stdout("[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n")
        .run();
}

#[test]
fn their_folder_is_one_in_the_app_folder_and_has_to_be_there() {
    let app = project().args(["worker"]).env("ENTRYPOINT_HOOKS", "hooks");
    app.program("app/hooks/10-only", "#!/bin/sh\n")
        .stdout(WORKER)
        .stderr("docker-entrypoint: running [folder]/app/hooks/10-only\n")
        .run();
    let text = "docker-entrypoint: cannot find the folder [folder]/app/hook.d, which ENTRYPOINT_HOOKS names: \
                correct it, or set ENTRYPOINT_HOOKS=none to run no hooks\n";
    let named = || project().args(["worker"]).env("ENTRYPOINT_HOOKS", "hook.d");
    named().stderr(text).code(125).run();
    named().file("app/hook.d", "").stderr(text).code(125).run();
}

#[test]
fn a_signal_is_passed_on_and_stops_the_start() {
    let test = project().program("hooks/10-slow", "#!/bin/sh\n: >started\nexec sleep 60\n");
    let child = Command::new(binary())
        .arg0("docker-entrypoint")
        .arg("run")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("VIRTUAL_ENV", test.path("ve"))
        .env("ENTRYPOINT_APP_DIR", test.path("app"))
        .env("ENTRYPOINT_HOOKS", test.path("hooks"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the hook runs", || test.path("app/started").exists());
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.ends_with("was stopped by signal 15: the process was not started\n"), "{stderr}");
    assert_eq!(output.status.code(), Some(143));
}
