//! `--check`: all errors and warnings at once.

use super::host;
use crate::run::Test;

/// A docker that has only the image `here:1`.
const DOCKER: &str = "#!/bin/sh\n\
    case \"$1 $5\" in 'image here:1') exit 0;; image*) exit 1;; version*) exit 0;; esac\nexit 125\n";

fn checked(app: &str) -> Test {
    host().program("bin/docker", DOCKER).args(["--check", app])
}

#[test]
fn reports_no_problems() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here\nOPTS='--rm -e SECRET_KEY=x'\n", 0o640)
        .file("var/www/a/TAG", "TAG=1\n")
        .stdout("a: no problems\n")
        .run();
}

#[test]
fn a_readonly_tag_is_one_error() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here\nreadonly TAG\n", 0o640)
        .file("var/www/a/TAG", "TAG=1\n")
        .stdout(
            "[folder]/etc/default/a: error: TAG is readonly here, so the TAG file cannot set it: remove the \
             readonly\na: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn a_missing_tag_is_an_error() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here\n", 0o640)
        .stdout(
            "[folder]/var/www/a/TAG: error: cannot run a: [folder]/var/www/a/TAG does not exist, and IMAGE has no \
             tag: create a TAG file, or use --tag\na: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn reports_all_problems() {
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
             app and would take the end of the docker client for the end of the service: remove -d\n\
             [folder]/var/www/a/TAG:1: error: a TAG file contains one assignment of TAG and nothing else: write \
             one line, export TAG=…\n\
             [folder]/etc/default/a: warning: the group can write this file, which decides what runs as root: \
             chmod g-w\n\
             [folder]/etc/default/a:1: warning: --name without --rm: the second start fails, because the name is \
             in use: add --rm\n\
             [folder]/etc/default/a:2: warning: the value of OPTS uses a variable that is not set (column 21): set it \
             first, or write ${NAME:-}; single quotes keep a $ that belongs to a value, which changes the value \
             that runs today\n\
             [folder]/etc/default/a:2: warning: -e GONE removes the GONE of the image, because \
             GONE is not set here: export it, or remove -e GONE\n\
             [folder]/etc/default/a:2: warning: a quote in OPTS is part of the value: sh splits the string at \
             blanks only: remove the quotes, or write an array, OPTS=(-e \"A=b c\")\n\
             [folder]/etc/default/a:2: warning: everyone can read this file, and DB_PASSWORD is a secret: \
             chmod o-r\n\
             a: 3 errors, 6 warnings\n",
        )
        .code(1)
        .run();
}

/// In double quotes, what follows a `$` in a password is read as the name of a variable.
#[test]
fn shows_no_part_of_a_secret_as_a_name() {
    for format in [&[][..], &["--format", "json"]] {
        let settings = "IMAGE=here:1\nexport SECRET_KEY=\"pa$hunter2\"\nOPTS='--rm -e SECRET_KEY'\n";
        let test = host().program("bin/docker", DOCKER).args(format).args(["--check", "a"]);
        let ended = test.file_with_mode("etc/default/a", settings, 0o640).output();
        let text = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
        assert!(
            text.contains("the value of SECRET_KEY uses a variable that is not set (column 22)"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn warns_of_an_image_that_is_not_on_this_host() {
    checked("a")
        .file("etc/default/a", "IMAGE=gone:2\n")
        .stdout(
            "[folder]/etc/default/a:1: warning: gone:2 is not on this host, so the next start has to pull \
             it: docker pull gone:2\n\
             a: 0 errors, 1 warning\n",
        )
        .run();
    checked("a")
        .program("bin/docker", "#!/bin/sh\nexit 1\n")
        .file("etc/default/a", "IMAGE=gone:2\n")
        .stdout(
            "[folder]/etc/default/a:1: warning: cannot check whether the image is on this host: the docker engine does \
             not answer: docker info shows the reason\n\
             a: 0 errors, 1 warning\n",
        )
        .run();
}

#[test]
fn reports_a_bad_file_and_a_misspelt_app() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=$(id)\n", 0o646)
        .stdout(
            "[folder]/etc/default/a: error: cannot trust this file, which decides what runs as root: everyone \
             can write it: chmod go-w\n\
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
            "[folder]/etc/default/antisocail: error: cannot run antisocail: \
             [folder]/etc/default/antisocail does not exist: did you mean antisocial?\n\
             antisocail: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn prints_all_apps_as_json() {
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
             \"help\":\"did you mean --rm?\"}],\"warnings\":[]}]\n",
        )
        .code(1)
        .run();
}

/// Message and help of the only error, from the JSON output.
fn found(test: Test) -> (String, String) {
    let output = test.args(["--check", "--format", "json"]).output();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = report[0]["errors"].as_array().unwrap();
    assert_eq!((errors.len(), output.status.code()), (1, Some(1)), "{report}");
    ["message", "help"].map(|part| errors[0][part].as_str().unwrap_or("none").to_owned()).into()
}

#[test]
fn separates_message_and_help() {
    let file = |text: &str| host().program("bin/docker", DOCKER).file("etc/default/a", text);
    let image = "use lower-case words separated by /, with an optional registry host before and an optional tag after them";
    let letters = "letters, digits, '_', '.' and '-', at most 128";
    let pair = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    assert_eq!(found(file("IMAGE=x:\n")), pair("IMAGE is not a valid image name", image));
    assert_eq!(found(file("IMAGE=x\nTAG=a/b\n")), pair("TAG is not a valid Docker tag", letters));
    assert_eq!(
        found(file("IMAGE=x\n").file("var/www/a/TAG", "TAG=a:b\n")),
        pair("TAG is not a valid Docker tag", letters)
    );
    assert_eq!(
        found(file("IMAGE=x\n").file("var/www/a/TAG", "rm -rf /\n")),
        pair("a TAG file contains one assignment of TAG and nothing else", "write one line, export TAG=…")
    );
    let link = file("IMAGE=x\n").link("var/www/a/TAG", "/nowhere/at/all");
    assert_eq!(
        found(link),
        pair("is a link to a file that does not exist", "correct the link, or remove it")
    );
    let (message, help) = found(file("IMAGE=\nOPTS=--rm\n"));
    assert!(message.starts_with("cannot run a: "), "{message}");
    assert_eq!(help, "add IMAGE=…");
    assert_eq!(
        found(file("IMAGE=x:y\n").args(["--shell", "/nowhere/sh"])),
        pair("--shell /nowhere/sh was not found", "use a POSIX shell, such as /bin/bash")
    );
    assert_eq!(
        found(file("IMAGE=x:y\nOPTS='-e =x'\n")),
        pair("OPTS has an -e without a variable name", "write -e NAME=VALUE or -e NAME")
    );
}

#[test]
fn does_not_show_the_value_of_image() {
    let quote =
        "export IMAGE=\"thraxil/antisocial\nexport OPTS='-e SECRET_KEY=topsecret'\nexport OTHER=-d\"\n";
    for text in [quote, "IMAGE=amqp://u:topsecret@h/x\n"] {
        for format in ["text", "json"] {
            let test = host().file_with_mode("etc/default/a", text, 0o640);
            let output = test.args(["--check", "--format", format, "a"]).output();
            let output_text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(
                output_text.contains("IMAGE is not a valid image name") && !output_text.contains("topsecret"),
                "{output_text}"
            );
            assert_eq!(
                output_text.contains("; a closing quote may be missing"),
                text == quote,
                "{output_text}"
            );
        }
    }
}

#[test]
fn accepts_a_switch_that_is_off() {
    checked("a")
        .file_with_mode("etc/default/a", "IMAGE=here:1\nOPTS='-d=false --detach=0 --name x --rm'\n", 0o640)
        .file("etc/systemd/system/a.service", "[Service]\nExecStart=/usr/local/bin/docker-runner a run\n")
        .stdout("a: no problems\n")
        .run();
}

#[test]
fn reports_an_instance_without_files() {
    checked("a@stagign")
        .file("etc/default/a", "IMAGE=here:1\n")
        .file("etc/default/a@staging", "OPTS=--rm\n")
        .stdout(
            "[folder]/var/www/a@stagign/TAG: error: a@stagign has the settings and the tag of the app: neither \
             [folder]/etc/default/a@stagign nor [folder]/var/www/a@stagign/TAG exists: did you mean a@staging?\n\
             a@stagign: 1 error, 0 warnings\n",
        )
        .code(1)
        .run();
}

#[test]
fn reports_a_host_without_apps() {
    host()
        .file("etc/default/cron", "READ_ENV=yes\n")
        .args(["--check"])
        .stderr("no apps: no file in [folder]/etc/default sets IMAGE\n")
        .run();
}

#[test]
fn refuses_options_after_app() {
    checked("a")
        .args(["--format", "json"])
        .stderr("docker-runner: unexpected argument '--format' after --check APP: put options before APP\n")
        .code(125)
        .run();
}
