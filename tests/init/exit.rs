//! How the main process ends is how we end.

use crate::process::{clean_command, entrypoint, under_init};

fn exit_code(script: &str) -> Option<i32> {
    let output = under_init(&["sh", "-c", script]).output().unwrap();
    output.status.code()
}

#[test]
fn all_exit_codes() {
    for expected in 0..=255 {
        assert_eq!(exit_code(&format!("exit {expected}")), Some(expected));
    }
}

#[test]
fn killed_by_each_signal() {
    let harmless = [17, 18, 19, 20, 21, 22, 23, 28, 32, 33]; // by default ignored, or stop and go on
    for signal in (1..=64).filter(|signal| !harmless.contains(signal)) {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        // What the tests were started with, nohup's ignored SIGHUP for one, is not the matter here.
        let output = under_init(&["env", "--default-signal", "sh", "-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(128 + signal));
    }
}

#[test]
fn a_script_without_a_first_line_is_watched_like_any_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    crate::executable::write(&file, "exit \"$1\"\n");
    let output = under_init(&[file.to_str().unwrap(), "7"]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(7), &b""[..]));
}

#[test]
fn what_cannot_be_started_is_told_as_without_an_init() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    crate::executable::write(&file, "data\0\n");
    for (program, code) in [(file.to_str().unwrap(), 126), ("no-such-program", 127)] {
        let told = |mode: &str| {
            let output =
                clean_command(entrypoint()).arg(program).env("ENTRYPOINT_INIT", mode).output().unwrap();
            assert_eq!(output.status.code(), Some(code));
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap().to_owned()
        };
        assert_eq!(told("always"), told("never"));
    }
}
