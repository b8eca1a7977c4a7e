//! `install`, into directories below the test's folder.

use super::bare;
use crate::run::{Test, binary};
use std::path::Path;

/// A shell that replaces `/usr/local/bin` by a directory of the test.
const SH: &str = "#!/bin/sh
shift
here=$(cd \"${0%/*}/..\" && pwd)
exec /bin/sh -c \"$(printf '%s\\n' \"$1\" | sed \"s|/usr/local/bin|$here/local|g\")\"
";

fn with_directories() -> Test {
    bare()
        .program("bin/sh", SH)
        .file("local/.keep", "")
        .file("hosts/h1/bin/.keep", "")
        .file("hosts/h2/.keep", "")
        .file("hosts/h3/bin/.keep", "")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".keep")
        .collect();
    names.sort();
    names
}

const ALL: [&str; 3] = ["docker-deploy", "docker-entrypoint", "docker-runner"];

/// This machine without ssh. A failure on one host does not affect the others.
#[test]
fn a_failing_host_does_not_affect_the_others() {
    let version = concat!("docker-deploy ", env!("CARGO_PKG_VERSION"));
    let left = with_directories()
        .args(["install", "h1", "h2", "nowhere", "localhost", "h3"])
        .stdout(format!("h1: {version}\nlocalhost: {version}\nh3: {version}\n"))
        .stderr(
            "docker-deploy: cannot install on h2: mktemp: failed to create file via template \
             '[folder]/hosts/h2/bin/.docker-runner.XXXXXX': No such file or directory\n\
             docker-deploy: cannot install on nowhere: ssh: Could not resolve hostname nowhere: Name or service not known\n",
        )
        .code(125)
        .run();
    for place in ["hosts/h1/bin", "local", "hosts/h3/bin"] {
        assert_eq!(names(&left.path().join(place)), ALL, "{place}");
    }
    let own = std::fs::read(binary()).unwrap();
    assert!(std::fs::read(left.path().join("local/docker-deploy")).unwrap() == own);
}

/// An empty SSH_USER is none, as in a settings file.
#[test]
fn the_user_of_ssh_is_ssh_user() {
    let program = "#!/bin/sh\necho \"$@\" >> \"${0%/*}/../calls\"\n";
    for (user, options) in [("ann", " -l ann -- h1 "), ("", "%C -- h1 ")] {
        let test = with_directories().program("bin/ssh", program).env("SSH_USER", user);
        let test = test.args(["install", "h1"]);
        test.output();
        let calls = std::fs::read_to_string(test.path("calls")).unwrap();
        assert!(calls.contains(options), "{calls}");
    }
}

/// A binary for another architecture is removed again.
#[test]
fn a_copy_that_does_not_run_is_removed() {
    let cat = "#!/bin/sh\n/bin/cat >/dev/null\necho nonsense\n";
    let test = with_directories().program("bin/cat", cat).args(["install", "localhost"]);
    let output = test.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        text.starts_with("docker-deploy: cannot install on localhost: ") && text.ends_with(" not found\n"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(125));
    assert_eq!(names(&test.path("local")), Vec::<String>::new());
}
