//! The exit code of the init is that of the main process.

use crate::process::{clean_command, entrypoint, under_init};

fn exit_code(script: &str) -> Option<i32> {
    let output = under_init(&["sh", "-c", script]).output().unwrap();
    output.status.code()
}

#[test]
fn every_exit_code_is_passed_through() {
    for expected in 0..=255 {
        assert_eq!(exit_code(&format!("exit {expected}")), Some(expected));
    }
}

#[test]
fn a_fatal_signal_is_reported_as_128_plus_its_number() {
    let harmless = [17, 18, 19, 20, 21, 22, 23, 28, 32, 33]; // the default action ignores, stops or continues
    for signal in (1..=64).filter(|signal| !harmless.contains(signal)) {
        let script = format!("ulimit -c 0; kill -{signal} $$");
        // Reset the signals that the test runner ignores, for example SIGHUP under nohup.
        let output = under_init(&["env", "--default-signal", "sh", "-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(128 + signal));
    }
}

#[test]
fn a_script_without_a_shebang_line_runs_under_the_init() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    crate::executable::write(&file, "exit \"$1\"\n");
    let output = under_init(&[file.to_str().unwrap(), "7"]).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(7), &b""[..]));
}

#[test]
fn a_failed_start_gives_the_same_message_with_and_without_an_init() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tool");
    crate::executable::write(&file, "data\0\n");
    for (program, code) in [(file.to_str().unwrap(), 126), ("no-such-program", 127)] {
        let last_line = |mode: &str| {
            let output =
                clean_command(entrypoint()).arg(program).env("ENTRYPOINT_INIT", mode).output().unwrap();
            assert_eq!(output.status.code(), Some(code));
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap().to_owned()
        };
        assert_eq!(last_line("always"), last_line("never"));
    }
}
