//! `setup` with arguments for Django and for `migrate`.

use crate::setup::{DONE, Probe};

#[test]
fn what_migrates_nothing_notes_nothing() {
    let probe = Probe::sqlite();
    for (arguments, code) in [
        (&["setup", "--plan"][..], 0),
        (&["setup", "--pla"], 0),
        (&["setup", "--help"], 0),
        (&["setup", "--check"], 1),
    ] {
        let said = probe.process(arguments).finish();
        assert_eq!(said.code, code, "{}", said.stderr);
        assert!(!said.stderr.contains("mark"), "{}", said.stderr);
    }
    assert_eq!(probe.setup().code, 0);
    assert_eq!(probe.marks(), DONE);
}

#[test]
fn the_settings_that_are_named_hold() {
    let probe = Probe::sqlite();
    let elsewhere = ["--settings", "elsewhere", "--pythonpath=/app/more"];
    let said = probe.process(&[&["setup"], &elsewhere[..]].concat()).finish();
    assert!(said.stderr.ends_with("the database /data/elsewhere.sqlite3 is set up\n"), "{}", said.stderr);
    let marks = |arguments: &[&str]| probe.process(&[&["manage", "marks"], arguments].concat()).finish();
    assert_eq!(marks(&elsewhere).ok(), DONE);
    assert_ne!(marks(&[]).code, 0, "the other database is as it was");
    let said = probe.process(&["setup", "--database=nosuch"]).finish();
    let text = "docker-entrypoint: cannot find the database nosuch in DATABASES\n";
    let is_one_line = said.stderr.ends_with(text) && !said.stderr.contains("Traceback");
    assert!(said.code == 1 && is_one_line, "{}", said.stderr);
}

#[test]
fn empty_arguments_are_arguments() {
    let probe = Probe::sqlite();
    let first_run = |commands: &str| probe.process(&["setup"]).env("ENTRYPOINT_FIRST_RUN", commands).finish();
    assert_eq!(first_run("mark ''; mark 'a;b'").code, 0);
    assert_eq!(probe.marks(), "migrated,  begun,  done, a;b begun, a;b done\n");
    let text = "cannot run '' from ENTRYPOINT_FIRST_RUN: there is no such management command\n";
    assert!(first_run("'' b").stderr.ends_with(text));
}
