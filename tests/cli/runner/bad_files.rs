//! Files with errors: each gives one clear line, and nothing starts.

use super::bad_input::refused;
use super::{bare, host};

#[test]
fn refuses_a_missing_image_or_tag() {
    refused(
        host().file("etc/default/a", "OPTS=--rm\n").args(["a"]),
        "docker-runner: cannot run a: [folder]/etc/default/a does not set IMAGE: add IMAGE=…\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\n").args(["a"]),
        "docker-runner: cannot run a: [folder]/var/www/a/TAG does not exist, and IMAGE has no tag: \
         create a TAG file, or use --tag\n",
    );
}

#[test]
fn refuses_an_invalid_image_and_a_second_tag() {
    for image in ["$REG/x", "amqp://u:secretpw@h/x", "\"thraxil/antisocial", "x:"] {
        let quote = "export OPTS='-e SECRET_KEY=topsecret'\nexport OTHER=-d\"\n";
        let text = format!("REG=\nIMAGE={image}\n{}", if image.starts_with('"') { quote } else { "" });
        let lines = if image.starts_with('"') { "; a closing quote may be missing" } else { "" };
        refused(
            host().file("etc/default/a", text).args(["a"]),
            &format!(
                "docker-runner: [folder]/etc/default/a:2: IMAGE is not a valid image name: use lower-case words separated \
                 by /, with an optional registry host before and an optional tag after them{lines}\n"
            ),
        );
    }
    refused(
        host().file("etc/default/a", "IMAGE=host:5000/x:y\n").file("var/www/a/TAG", "TAG=z\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:1: IMAGE already has a tag, and [folder]/var/www/a/TAG:1 \
         gives another: keep one of them\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x:y\n").args(["--tag", "z", "a"]),
        "docker-runner: [folder]/etc/default/a:1: IMAGE already has a tag, and --tag gives another: keep one \
         of them\n",
    );
    refused(
        bare().args(["--tag", "a b", "a"]),
        "docker-runner: --tag a b is not a valid Docker tag: letters, digits, '_', '.' and '-', at most 128\n",
    );
}

#[test]
fn refuses_a_tag_file_with_anything_but_a_tag() {
    let only = "a TAG file contains one assignment of TAG and nothing else: write one line, export TAG=…";
    let tag = "TAG is not a valid Docker tag: letters, digits, '_', '.' and '-', at most 128";
    let cases = [
        ("", " contains no tag: write one line, export TAG=…".to_owned()),
        ("# TAG=x\n\n", " contains no tag: write one line, export TAG=…".to_owned()),
        ("TAG=x\nTAG=y\n", ":2: TAG is assigned a second time: keep one of them".to_owned()),
        ("TAG=x\nIMAGE=evil\n", format!(":2: {only}")),
        ("TAG=$(id)\n", format!(":1: {only}")),
        ("TAG=x; rm -rf /\n", format!(":1: {only}")),
        ("TAG=a/b\n", format!(":1: {tag}")),
        ("TAG=\n", format!(":1: {tag}")),
        ("build-42\n", format!(":1: {only}")),
    ];
    for (content, error) in cases {
        let test = host().file("etc/default/a", "IMAGE=x\n").file("var/www/a/TAG", content);
        refused(test.args(["a"]), &format!("docker-runner: [folder]/var/www/a/TAG{error}\n"));
    }
}

#[test]
fn refuses_a_name_that_an_earlier_file_unset_under_allexport() {
    let app = "IMAGE=x\nset -a; unset TAG OTHER; set +a\n";
    refused(
        host().file("etc/default/a", app).file("var/www/a/TAG", "TAG=b7\n").args(["a"]),
        "docker-runner: [folder]/var/www/a/TAG:1: TAG was unset under set -a in a settings file, and is exported \
         by dash but not by bash: write export TAG=…\n",
    );
    host()
        .file("etc/default/a", app)
        .file("var/www/a/TAG", "export TAG=b7\n")
        .args(["-n", "a"])
        .stdout("docker run x:b7\n")
        .run();
    let test = host().file("etc/default/a", app).file("etc/default/a@b", "OTHER=1\n").args(["a@b"]);
    let stderr = String::from_utf8(test.output().stderr).unwrap();
    assert!(stderr.contains("/etc/default/a@b:1:1: OTHER was unset under set -a"), "{stderr}");
}

#[test]
fn names_the_file_of_a_readonly_or_unset_variable() {
    refused(
        host()
            .file("etc/default/a", "IMAGE=x\n\nreadonly TAG=v1\n")
            .file("var/www/a/TAG", "TAG=v2\n")
            .args(["a"]),
        "docker-runner: [folder]/etc/default/a:3: TAG is readonly here, so the TAG file cannot set it: remove the \
         readonly\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\nreadonly TAG\n").file("var/www/a/TAG", "TAG=v2\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a: TAG is readonly here, so the TAG file cannot set it: remove the \
         readonly\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\nunset APP\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a: APP is not a valid app name: use letters, digits, '_', '.' and '-'\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x:y\nOPTS=(--rm\n--init \"\")\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:3: OPTS contains a word that is neither an option nor the value of an \
         option, and docker would run it as the image: write a value with blanks in an array, \
         OPTS=(-e \"A=b c\")\n",
    );
}

#[test]
fn refuses_a_backslash_before_a_blank() {
    refused(
        host().file("etc/default/a", "IMAGE=x:y\nOPTS=\"--rm \\ \n --init\"\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:2: OPTS contains a backslash before a blank, which does not continue \
         the line: remove the blank, so that the backslash is the line's last character\n",
    );
}

#[test]
fn warns_of_a_group_writable_file() {
    host()
        .file_with_mode("etc/default/a", "IMAGE=x:y\n", 0o664)
        .args(["-n", "a"])
        .stdout("docker run x:y\n")
        .stderr(
            "docker-runner: warning: [folder]/etc/default/a: the group can write this file, which decides what \
             runs as root: chmod g-w\n",
        )
        .run();
}

#[test]
fn a_syntax_error_starts_nothing() {
    let test = host().file("etc/default/a", "IMAGE=x:y\nOPTS=\"--rm $(id)\"\n").args(["a"]);
    let output = test.output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("/etc/default/a:2:12: "), "{stderr}");
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(125)));
}

#[test]
fn reports_more_than_the_kernel_accepts() {
    let file = format!("IMAGE=x:y\nOPTS='--label {}'\n", "x".repeat(140_000));
    let test = host().file("etc/default/a", file);
    let stderr = String::from_utf8(test.args(["a"]).output().stderr).unwrap();
    assert!(
        stderr.starts_with("docker-runner: cannot start docker: arguments and environment are "),
        "{stderr}"
    );
}
