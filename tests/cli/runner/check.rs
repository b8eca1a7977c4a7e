//! `--check`: everything wrong with an app's set-up at once.

use super::host;
use crate::run::Test;

/// A docker that has the image `here:1` alone.
const DOCKER: &str = "#!/bin/sh\n\
    case \"$1 $5\" in 'image here:1') exit 0;; image*) exit 1;; version*) exit 0;; esac\nexit 125\n";

fn checked(app: &str) -> Test {
    host().program("bin/docker", DOCKER).args(["--check", app])
}

#[test]
fn nothing_is_wrong() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here\nOPTS='--rm -e SECRET_KEY=x'\n", 0o640)
        .file("var/www/a/TAG", "TAG=1\n")
        .stdout("a: nothing wrong\n")
        .run();
}

#[test]
fn a_readonly_tag_is_one_error() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here\nreadonly TAG\n", 0o640)
        .file("var/www/a/TAG", "TAG=1\n")
        .stdout(
            "[folder]/etc/default/a: error: TAG is readonly here, so the TAG file can't set it: take the \
             readonly out\na: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn everything_is_wrong() {
    checked("a")
        .file_with_mode(
            "etc/default/a",
            "OPTS=\"-d --name foo --memmory 2g\n -e \\\"A=b\\\" -e GONE $NOPE -e DB_PASSWORD=x\"\nIMAGE=gone\n",
            0o664,
        )
        .file("var/www/a/TAG", "TAG=1; rm -rf /\n")
        .file("etc/systemd/system/a.service", "[Service]\nExecStart=/usr/local/bin/docker-runner a run\n")
        .stdout(
            "[folder]/etc/default/a:1: error: docker run has no option --memmory: did you mean --memory?\n\
             [folder]/etc/default/a:1: error: -d in OPTS, but [folder]/etc/systemd/system/a.service runs this \
             app and would take the client's end for the service's: take -d out\n\
             [folder]/var/www/a/TAG:1: error: a TAG file holds one assignment of TAG and nothing else: write \
             one line, export TAG=…\n\
             [folder]/etc/default/a: warning: the group may write this file, which decides what runs as root: \
             chmod g-w\n\
             [folder]/etc/default/a:1: warning: --name without --rm: the second start fails, since the name is \
             taken: add --rm\n\
             [folder]/etc/default/a:2: warning: NOPE is not set: set it before, or write ${NOPE:-}; \
             single quotes keep a $ that belongs to a value, which changes the value that runs today\n\
             [folder]/etc/default/a:2: warning: -e GONE passes nothing on and deletes the image's own, since \
             GONE is not set: export it, or take -e GONE out\n\
             [folder]/etc/default/a:2: warning: a quote in OPTS stays in the value: sh splits the string at \
             blanks alone: take the quotes out, or write an array, OPTS=(-e \"A=b c\")\n\
             [folder]/etc/default/a:2: warning: everyone can read this file, and DB_PASSWORD is a secret: \
             chmod o-r\n\
             a: 3 errors, 6 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn an_image_that_is_not_here() {
    checked("a")
        .file("etc/default/a", "IMAGE=gone:2\n")
        .stdout(
            "[folder]/etc/default/a:1: warning: gone:2 is not on this host, so that the next start has to pull \
             it: docker pull gone:2\n\
             a: 0 errors, 1 warning\n",
        )
        .run();
    checked("a")
        .program("bin/docker", "#!/bin/sh\nexit 1\n")
        .file("etc/default/a", "IMAGE=gone:2\n")
        .stdout(
            "[folder]/etc/default/a:1: warning: cannot ask docker whether the image is here, the engine does \
             not answer: docker info tells why\n\
             a: 0 errors, 1 warning\n",
        )
        .run();
}

#[test]
fn a_file_at_fault_and_a_name_that_is_none() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=$(id)\n", 0o646)
        .stdout(
            "[folder]/etc/default/a: error: cannot trust this file, which decides what runs as root: everyone \
             may write it: chmod go-w\n\
             [folder]/etc/default/a:1: error: command substitution $(…) is not supported: write the \
             result; use single quotes if the characters are part of a value, such as a SECRET_KEY; for a file \
             that needs a shell use --shell /bin/bash\n\
             a: 2 errors, 0 warnings\n",
        )
        .code(1)
        .run();
    checked("antisocail")
        .file("etc/default/antisocial", "IMAGE=here:1\n")
        .stdout(
            "[folder]/etc/default/antisocail: error: cannot run antisocail: no IMAGE, \
             [folder]/etc/default/antisocail is not there: did you mean antisocial?\n\
             antisocail: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn all_apps_for_programs() {
    host()
        .program("bin/docker", DOCKER)
        .file("etc/default/a", "IMAGE=here:1\n")
        .file("etc/default/a@b", "export OPTS=--rmm\n")
        .file("etc/default/a.bak", "IMAGE=x\n")
        .file("etc/default/a.dpkg-old", "IMAGE=x\n")
        .file("etc/default/cron", "READ_ENV=yes\n")
        .args(["--check", "--format", "json"])
        .stdout(
            "[{\"app\":\"a\",\"errors\":[],\"warnings\":[]},{\"app\":\"a@b\",\"errors\":[{\"file\":\
             \"[folder]/etc/default/a@b\",\"line\":1,\"message\":\"docker run has no option --rmm\",\
             \"mend\":\"did you mean --rm?\"}],\"warnings\":[]}]\n",
        )
        .code(1)
        .run();
}

/// Message and mend of the only error, as programs get them.
fn found(test: Test) -> (String, String) {
    let output = test.args(["--check", "--format", "json"]).output();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = told[0]["errors"].as_array().unwrap();
    assert_eq!((errors.len(), output.status.code()), (1, Some(1)), "{told}");
    ["message", "mend"].map(|part| errors[0][part].as_str().unwrap_or("none").to_owned()).into()
}

#[test]
fn what_is_wrong_and_the_mend_are_told_apart() {
    let file = |text: &str| host().program("bin/docker", DOCKER).file("etc/default/a", text);
    let image = "it is lower-case words with / between, perhaps a registry's host before and a tag after";
    let letters = "letters, digits, '_', '.' and '-', at most 128";
    let it = |message: &str, mend: &str| (message.to_owned(), mend.to_owned());
    assert_eq!(found(file("IMAGE=x:\n")), it("IMAGE is no image's name", image));
    assert_eq!(found(file("IMAGE=x\nTAG=a/b\n")), it("TAG is no tag of an image", letters));
    assert_eq!(
        found(file("IMAGE=x\n").file("var/www/a/TAG", "TAG=a:b\n")),
        it("TAG is no tag of an image", letters)
    );
    assert_eq!(
        found(file("IMAGE=x\n").file("var/www/a/TAG", "rm -rf /\n")),
        it("a TAG file holds one assignment of TAG and nothing else", "write one line, export TAG=…")
    );
    let link = file("IMAGE=x\n").link("var/www/a/TAG", "/nowhere/at/all");
    assert_eq!(found(link), it("is a link to a file that is not there", "mend the link, or remove it"));
    let (message, mend) = found(file("IMAGE=\nOPTS=--rm\n"));
    assert!(message.starts_with("cannot run a: no IMAGE, "), "{message}");
    assert_eq!(mend, "write IMAGE=… into it");
    assert_eq!(
        found(file("IMAGE=x:y\n").args(["--shell", "/nowhere/sh"])),
        it("--shell /nowhere/sh is not there", "give a POSIX shell, such as /bin/bash")
    );
    assert_eq!(
        found(file("IMAGE=x:y\nOPTS='-e =x'\n")),
        it("OPTS has an -e without a variable's name", "write -e NAME=VALUE or -e NAME")
    );
}

#[test]
fn no_value_of_image_is_told() {
    let quote =
        "export IMAGE=\"thraxil/antisocial\nexport OPTS='-e SECRET_KEY=topsecret'\nexport OTHER=-d\"\n";
    for text in [quote, "IMAGE=amqp://u:topsecret@h/x\n"] {
        for format in ["text", "json"] {
            let test = host().file_with_mode("etc/default/a", text, 0o640);
            let output = test.args(["--check", "--format", format, "a"]).output();
            let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(told.contains("IMAGE is no image's name") && !told.contains("topsecret"), "{told}");
            assert_eq!(told.contains("; a quote may be missing"), text == quote, "{told}");
        }
    }
}

#[test]
fn a_switch_that_is_off_is_not_on() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here:1\nOPTS='-d=false --detach=0 --name x --rm'\n", 0o640)
        .file("etc/systemd/system/a.service", "[Service]\nExecStart=/usr/local/bin/docker-runner a run\n")
        .stdout("a: nothing wrong\n")
        .run();
}

#[test]
fn an_instance_of_which_nothing_is_written() {
    checked("a@stagign")
        .file("etc/default/a", "IMAGE=here:1\n")
        .file("etc/default/a@staging", "OPTS=--rm\n")
        .stdout(
            "[folder]/var/www/a@stagign/TAG: error: a@stagign runs as the app does: neither \
             [folder]/etc/default/a@stagign nor [folder]/var/www/a@stagign/TAG is there: did you mean a@staging?\n\
             a@stagign: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn no_apps_at_all() {
    host()
        .file("etc/default/cron", "READ_ENV=yes\n")
        .args(["--check"])
        .stderr("no apps here: [folder]/etc/default has no file that sets IMAGE\n")
        .run();
}

#[test]
fn options_come_before_app() {
    checked("a")
        .args(["--format", "json"])
        .stderr("docker-runner: unexpected argument '--format' after --check APP: options come before APP\n")
        .code(125)
        .run();
}
