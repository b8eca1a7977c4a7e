//! Files at fault: one clear line each, and nothing is started.

use super::bad_input::refused;
use super::{bare, host};

#[test]
fn no_image_and_no_tag() {
    refused(
        host().file("etc/default/a", "OPTS=--rm\n").args(["a"]),
        "docker-runner: cannot run a: no IMAGE, [folder]/etc/default/a should say it: write IMAGE=… into it\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\n").args(["a"]),
        "docker-runner: cannot run a: no tag, [folder]/var/www/a/TAG is not there and IMAGE has none: \
         write TAG=… into it, or give --tag\n",
    );
}

#[test]
fn an_image_that_is_none_and_a_tag_too_many() {
    for image in ["$REG/x", "amqp://u:secretpw@h/x", "\"thraxil/antisocial", "x:"] {
        let quote = "export OPTS='-e SECRET_KEY=topsecret'\nexport OTHER=-d\"\n";
        let text = format!("REG=\nIMAGE={image}\n{}", if image.starts_with('"') { quote } else { "" });
        let lines = if image.starts_with('"') { "; a quote may be missing" } else { "" };
        refused(
            host().file("etc/default/a", text).args(["a"]),
            &format!(
                "docker-runner: [folder]/etc/default/a:2: IMAGE is no image's name: it is lower-case words with / \
                 between, perhaps a registry's host before and a tag after{lines}\n"
            ),
        );
    }
    refused(
        host().file("etc/default/a", "IMAGE=host:5000/x:y\n").file("var/www/a/TAG", "TAG=z\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:1: IMAGE already has a tag, and [folder]/var/www/a/TAG:1 \
         says another: keep one of them\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x:y\n").args(["--tag", "z", "a"]),
        "docker-runner: [folder]/etc/default/a:1: IMAGE already has a tag, and --tag says another: keep one \
         of them\n",
    );
    refused(
        bare().args(["--tag", "a b", "a"]),
        "docker-runner: --tag a b is no tag of an image: letters, digits, '_', '.' and '-', at most 128\n",
    );
}

#[test]
fn a_tag_file_with_anything_but_a_tag() {
    let only = "a TAG file holds one assignment of TAG and nothing else: write one line, export TAG=…";
    let tag = "TAG is no tag of an image: letters, digits, '_', '.' and '-', at most 128";
    let cases = [
        ("", " holds no tag: write one line, export TAG=…".to_owned()),
        ("# TAG=x\n\n", " holds no tag: write one line, export TAG=…".to_owned()),
        ("TAG=x\nTAG=y\n", ":2: TAG is assigned a second time: keep one of them".to_owned()),
        ("TAG=x\nIMAGE=evil\n", format!(":2: {only}")),
        ("TAG=$(id)\n", format!(":1: {only}")),
        ("TAG=x; rm -rf /\n", format!(":1: {only}")),
        ("TAG=a/b\n", format!(":1: {tag}")),
        ("TAG=\n", format!(":1: {tag}")),
        ("build-42\n", format!(":1: {only}")),
    ];
    for (content, told) in cases {
        let test = host().file("etc/default/a", "IMAGE=x\n").file("var/www/a/TAG", content);
        refused(test.args(["a"]), &format!("docker-runner: [folder]/var/www/a/TAG{told}\n"));
    }
}

#[test]
fn a_name_that_an_earlier_file_unset_under_allexport() {
    let app = "IMAGE=x\nset -a; unset TAG OTHER; set +a\n";
    refused(
        host().file("etc/default/a", app).file("var/www/a/TAG", "TAG=b7\n").args(["a"]),
        "docker-runner: [folder]/var/www/a/TAG:1: TAG was unset under set -a in a config file, so dash \
         exports it now and bash does not: write export TAG=…\n",
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
fn what_a_file_takes_away_names_the_file() {
    refused(
        host()
            .file("etc/default/a", "IMAGE=x\n\nreadonly TAG=v1\n")
            .file("var/www/a/TAG", "TAG=v2\n")
            .args(["a"]),
        "docker-runner: [folder]/etc/default/a:3: TAG is readonly here, so the TAG file can't set it: take the \
         readonly out\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\nreadonly TAG\n").file("var/www/a/TAG", "TAG=v2\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a: TAG is readonly here, so the TAG file can't set it: take the \
         readonly out\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x\nunset APP\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a: APP is no app's name: it is letters, digits, '_', '.' and '-'\n",
    );
    refused(
        host().file("etc/default/a", "IMAGE=x:y\nOPTS=(--rm\n--init \"\")\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:3: OPTS holds a word that is neither an option nor an option's \
         value, and docker would run it as the image: a value with blanks wants an array, \
         OPTS=(-e \"A=b c\")\n",
    );
}

#[test]
fn a_backslash_before_a_blank_is_named() {
    refused(
        host().file("etc/default/a", "IMAGE=x:y\nOPTS=\"--rm \\ \n --init\"\n").args(["a"]),
        "docker-runner: [folder]/etc/default/a:2: OPTS contains a backslash before a blank, which does not continue \
         the line: remove the blank, so that the backslash is the line's last character\n",
    );
}

#[test]
fn a_file_that_the_group_may_write_is_read_with_a_warning() {
    host()
        .file_with_mode("etc/default/a", "IMAGE=x:y\n", 0o664)
        .args(["-n", "a"])
        .stdout("docker run x:y\n")
        .stderr(
            "docker-runner: warning: [folder]/etc/default/a: the group may write this file, which decides what \
             runs as root: chmod g-w\n",
        )
        .run();
}

#[test]
fn a_syntax_error_starts_nothing() {
    let test = host().file("etc/default/a", "IMAGE=x:y\nOPTS=\"--rm $(id)\"\n").args(["a"]);
    let output = test.output();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("/etc/default/a:2:12: "), "{told}");
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(125)));
}

#[test]
fn more_than_the_kernel_takes() {
    let file = format!("IMAGE=x:y\nOPTS='--label {}'\n", "x".repeat(140_000));
    let test = host().file("etc/default/a", file);
    let told = String::from_utf8(test.args(["a"]).output().stderr).unwrap();
    assert!(told.starts_with("docker-runner: cannot start docker: arguments and environment are "), "{told}");
}
