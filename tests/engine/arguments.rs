//! `setup` with arguments for Django and for `migrate`.

use crate::setup::{DONE, Probe};

#[test]
fn a_setup_without_a_migration_records_nothing() {
    let probe = Probe::sqlite();
    for (arguments, code) in [
        (&["setup", "--plan"][..], 0),
        (&["setup", "--pla"], 0),
        (&["setup", "--help"], 0),
        (&["setup", "--check"], 1),
    ] {
        let output = probe.process(arguments).finish();
        assert_eq!(output.code, code, "{}", output.stderr);
        assert!(!output.stderr.contains("mark"), "{}", output.stderr);
    }
    assert_eq!(probe.setup().code, 0);
    assert_eq!(probe.marks(), DONE);
}

#[test]
fn the_named_settings_are_used() {
    let probe = Probe::sqlite();
    let elsewhere = ["--settings", "elsewhere", "--pythonpath=/app/more"];
    let output = probe.process(&[&["setup"], &elsewhere[..]].concat()).finish();
    assert!(output.stderr.ends_with("the database /data/elsewhere.sqlite3 is set up\n"), "{}", output.stderr);
    let marks = |arguments: &[&str]| probe.process(&[&["manage", "marks"], arguments].concat()).finish();
    assert_eq!(marks(&elsewhere).ok(), DONE);
    assert_ne!(marks(&[]).code, 0, "the other database is as it was");
    let output = probe.process(&["setup", "--database=nosuch"]).finish();
    let text = "docker-entrypoint: cannot find the database nosuch: DATABASES does not name it\n";
    let is_one_line = output.stderr.ends_with(text) && !output.stderr.contains("Traceback");
    assert!(output.code == 1 && is_one_line, "{}", output.stderr);
}

#[test]
fn empty_arguments_are_passed() {
    let probe = Probe::sqlite();
    let first_run = |commands: &str| probe.process(&["setup"]).env("ENTRYPOINT_FIRST_RUN", commands).finish();
    assert_eq!(first_run("mark ''; mark 'a;b'").code, 0);
    assert_eq!(probe.marks(), "migrated,  begun,  done, a;b begun, a;b done\n");
    let text = "cannot run '', which ENTRYPOINT_FIRST_RUN names: there is no such management command\n";
    assert!(first_run("'' b").stderr.ends_with(text));
}
