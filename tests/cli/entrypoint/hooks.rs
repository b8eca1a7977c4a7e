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
fn hooks_run_in_order_before_the_process() {
    worker()
        .program("hooks/50-last", "#!/bin/sh\necho last\n")
        .stdout(format!("10-first worker in [folder]/app with bookmarks\nlast\n{WORKER}"))
        .stderr(
            "docker-entrypoint: running [folder]/hooks/10-first\ndocker-entrypoint: running [folder]/hooks/50-last\n",
        )
        .run();
}

#[test]
fn a_failing_hook_stops_the_start() {
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
fn an_ignored_sigchld_stays_ignored_for_hooks_and_the_process() {
    // In awk: dash and Perl set SIGCHLD back to its default by themselves.
    let show = "#!/usr/bin/awk -f\nBEGIN { while ((getline line < \"/proc/self/status\") > 0) \
                if (line ~ /^SigIgn/) print line }\n";
    let test = project().program("hooks/10-only", show).program("ve/bin/celery", show);
    let test = test.link("docker-entrypoint", binary());
    let ignored = |program: &str, mode: &str| {
        let mut command = Command::new("env");
        command.arg("--ignore-signal=CHLD").arg(test.path(program)).arg("worker");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("APP", "bookmarks");
        command.env("VIRTUAL_ENV", test.path("ve")).env("ENTRYPOINT_APP_DIR", test.path("app"));
        command.env("ENTRYPOINT_HOOKS", test.path("hooks")).env("ENTRYPOINT_INIT", mode);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let expected = ignored("ve/bin/celery", "");
    let mask = u64::from_str_radix(expected.trim_start_matches("SigIgn:").trim(), 16).unwrap();
    assert_ne!(mask & 1 << 16, 0, "{expected}");
    for mode in ["never", "always"] {
        assert_eq!(ignored("docker-entrypoint", mode), expected.repeat(2), "{mode}");
    }
}

#[test]
fn an_ignored_sigchld_does_not_hide_the_end_of_hooks() {
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
fn none_and_other_processes_run_no_hooks() {
    let off = project().args(["worker"]).env("ENTRYPOINT_HOOKS", "none");
    off.stdout(WORKER).run();
    let migrate = project().args(["migrate"]).env("ENTRYPOINT_HOOKS", "[folder]/hooks");
    migrate
        .program("hooks/50-last", "#!/bin/sh\nexit 3\n")
        .stdout("[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n")
        .run();
}

#[test]
fn a_relative_hooks_folder_is_in_the_app_folder_and_must_exist() {
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
fn a_signal_is_forwarded_to_the_hook_and_stops_the_start() {
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
