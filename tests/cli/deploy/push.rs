//! Pushes to their end: what is said, what is left, and what is nowhere to be seen.

use super::{SITE, alone, hosts};
use crate::run::Test;
use std::path::Path;

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// The same hosts, asked something else.
fn again(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = std::process::Command::new(folder.join("bin/docker-deploy"))
        .args(arguments)
        .env_clear()
        .env("DOCKER_RUNNER_ROOT", folder)
        .env("PATH", format!("{}/bin:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
}

/// A machine whose task says all of that.
fn saying(config: &str, said: &str) -> Test {
    alone(&["site"]).file("etc/default/site", config).file("said", said).env("TASKS", "migrate")
}

#[test]
fn a_push_says_each_step() {
    let left = alone(&["site"]).env("TASKS", "").args(["push", "site", "new"]).stdout(
        "-- look
-- lock
localhost is the only web host: requests are lost while it restarts
-- begin
-- pull
localhost: docker pull team/site:new
localhost:   Status: Downloaded newer image
localhost: docker pull team/site:new: sha256:digest-of-new
-- web
localhost: TAG=new REVERT=old
localhost: TAG=new REVERT=old: done
localhost: restart site
localhost: restart site: done
localhost: wait for site
localhost: wait for site: its health check passed
-- done
localhost: write the history
localhost: write the history: done
localhost: remove images but the last 5
localhost: remove images but the last 5: done
site: push of new is done
",
    );
    let left = left.run();
    assert_eq!(read(left.path(), "var/www/site/TAG"), "export TAG=new\n");
    assert_eq!(read(left.path(), "containers"), "site team/site:new sha256:new run\n");
}

/// Here, on the host and for its tasks.
#[test]
fn a_file_that_needs_a_shell_is_read_by_one_everywhere() {
    let site = "export IMAGE=$(echo team)/site\nexport KEY=$(echo s3cret)-value TASKS=migrate\n";
    let test = hosts(&[("a", &["site"])])
        .file("etc/default/site", format!("{site}HOSTS=$(echo a)\n"))
        .file("hosts/a/etc/default/site", site)
        .file("hosts/a/said", "with s3cret-value\n")
        .args(["push", "site", "new", "--shell", "/bin/sh"]);
    let output = test.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("a: docker-runner --tag new … migrate\na:   with ***\n"), "{text}");
    let (plan, code) = again(test.folder(), &["--shell", "/bin/sh", "plan", "site", "new"]);
    let line = format!(
        "a: docker-runner --root {} --shell /bin/sh --tag new site migrate\n",
        test.folder().display()
    );
    assert!(code == Some(0) && plan.contains(&line), "{plan}");
}

const SECRETS: &str = "export IMAGE=team/site
export TASKS=migrate
OPTS=(--rm --env-file [folder]/env -e SECRET_KEY=s3cret-value -e PIN=12345 -e CACHE=redis://:x@r/0
  -e \"KEY=-----BEGIN KEY-----
MIIEowIBAAKCAQEA
-----END KEY-----\")
export DATABASE_URL=postgres://u:pass%20w%C3%B6rd@h/db
";

const SAID: &str = "Applying migrate 0001 with s3cret-value
TOKEN is env-file-token, PIN is 12345
  MIIEowIBAAKCAQEA
login as 'pass wörd' (pass%20w%C3%B6rd)
x marks the spot
";

const MASKED: [&str; 5] = [
    "Applying migrate 0001 with ***",
    "TOKEN is ***, PIN is 12345",
    "  ***",
    "login as '***' (***)",
    "x marks the spot",
];

/// On the screen, in the log and in the file below it.
#[test]
fn secrets_are_masked_in_all_that_is_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let env = folder.path().join("env");
    std::fs::write(&env, "# TOKEN=no-secret\nTOKEN=env-file-token\nBARE\n").unwrap();
    let config = SECRETS.replace("[folder]/env", env.to_str().unwrap());
    let test = saying(&config, SAID).args(["push", "site", "new"]);
    let output = test.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let said = text.split("localhost: docker-runner --tag new … migrate\n").nth(1).unwrap();
    let said: Vec<&str> = said.lines().map_while(|line| line.strip_prefix("localhost:   ")).collect();
    assert_eq!(said, MASKED);
    let (log, code) = again(test.folder(), &["log", "site"]);
    assert_eq!(code, Some(0));
    let kept: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("localhost:     ")).collect();
    assert!(MASKED.iter().all(|line| kept.contains(line)), "{log}");
}

#[test]
fn a_failed_task_is_shown_whole_and_changes_nothing() {
    let test = saying(SITE, "Applying 0001\nno column s3cret-value\n")
        .file("fails", "")
        .args(["push", "site", "new"]);
    let output = test.output();
    let out = String::from_utf8(output.stdout).unwrap();
    let said = "localhost:   Applying 0001\nlocalhost:   no column ***\nlocalhost: ";
    assert!(out.contains(said), "{out}");
    let err = String::from_utf8(output.stderr).unwrap();
    let told = "docker-deploy: push of new failed, all hosts are as before; migrations had run, and the schema stays: ";
    assert!(err.starts_with(told) && err.ends_with(" ended with 1: no column ***\n"), "{err}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(read(test.folder(), "var/www/site/TAG"), "export TAG=old\n");
    assert_eq!(read(test.folder(), "containers"), "site team/site:old sha256:old run\n");
}

/// Each image has two names then: the one that was pulled goes too.
#[test]
fn with_a_repository_old_images_go() {
    let test = alone(&["site"]).file("registry", "b1\nb2\nb3\nb4\nb5\nb6\nb7\n");
    for number in 1..=7 {
        let tag = format!("b{number}");
        let output = test
            .command()
            .args(["push", "site", &tag])
            .envs([("REPOSITORY", "reg:5000/"), ("TASKS", "")])
            .output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let images = read(test.folder(), "images");
    let names = |start: &str| -> Vec<String> {
        images
            .lines()
            .filter_map(|line| Some(line.strip_prefix(start)?.split(' ').next()?.to_owned()))
            .collect()
    };
    assert_eq!(names("reg:5000/team/site:"), ["b3", "b4", "b5", "b6", "b7"]);
    assert_eq!(names("team/site:"), ["older", "old", "b3", "b4", "b5", "b6", "b7"]);
}

#[test]
fn logs_and_who_does_not_answer() {
    let test = hosts(&[("a", &["site"])]);
    let none = "docker-deploy: no host of site has the log of a push: nothing was pushed yet\n";
    test.env("HOSTS", "a").args(["log", "site"]).stderr(none).code(125).run();
    hosts(&[("a", &["site"])])
        .env("HOSTS", "a")
        .args(["log", "site", "p1"])
        .stderr(
            "docker-deploy: no host of site has the log of a push p1: docker-deploy history site lists the pushes, \
             of which the last twenty have one\n",
        )
        .code(125)
        .run();
    let gone =
        "docker-deploy: b: no connection: ssh: Could not resolve hostname b: Name or service not known\n";
    let test = hosts(&[("a", &["site"])]).env("HOSTS", "a b").args(["log", "site"]);
    test.stderr(gone).code(125).run();
}
