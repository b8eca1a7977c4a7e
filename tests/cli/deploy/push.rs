//! Complete pushes: their output, what they change, and that no secret is shown.

use super::{SITE, hosts, local_host};
use crate::run::Test;
use std::path::Path;

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// Runs another subcommand on the same hosts.
fn run_again(folder: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output = std::process::Command::new(folder.join("bin/docker-deploy"))
        .args(arguments)
        .env_clear()
        .env("DOCKER_RUNNER_ROOT", folder)
        .env("PATH", format!("{}/bin:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
}

/// A machine whose task prints this output.
fn with_task_output(config: &str, output: &str) -> Test {
    local_host(&["site"]).file("etc/default/site", config).file("task-output", output).env("TASKS", "migrate")
}

#[test]
fn a_push_prints_each_step() {
    let left = local_host(&["site"]).env("TASKS", "").args(["push", "site", "new"]).stdout(
        "-- inspect
-- lock
localhost is the only web host: requests fail while it restarts
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
localhost: remove old images, keep 5
localhost: remove old images, keep 5: done
site: push of new completed
",
    );
    let left = left.run();
    assert_eq!(read(left.path(), "var/www/site/TAG"), "export TAG=new\n");
    assert_eq!(read(left.path(), "containers"), "site team/site:new sha256:new run\n");
}

/// The shell is used on this machine, on the host and for its tasks.
#[test]
fn the_shell_option_applies_everywhere() {
    let site = "export IMAGE=$(echo team)/site\nexport KEY=$(echo s3cret)-value TASKS=migrate\n";
    let test = hosts(&[("a", &["site"])])
        .file("etc/default/site", format!("{site}HOSTS=$(echo a)\n"))
        .file("hosts/a/etc/default/site", site)
        .file("hosts/a/task-output", "with s3cret-value\n")
        .args(["push", "site", "new", "--shell", "/bin/sh"]);
    let output = test.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("a: docker-runner --tag new … migrate\na:   with ***\n"), "{text}");
    let (plan, code) = run_again(test.folder(), &["--shell", "/bin/sh", "plan", "site", "new"]);
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

const OUTPUT: &str = "Applying migrate 0001 with s3cret-value
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

/// In the output, in the log and in the log's file.
#[test]
fn secrets_are_masked_in_output_and_log() {
    let folder = tempfile::tempdir().unwrap();
    let env = folder.path().join("env");
    std::fs::write(&env, "# TOKEN=no-secret\nTOKEN=env-file-token\nBARE\n").unwrap();
    let config = SECRETS.replace("[folder]/env", env.to_str().unwrap());
    let test = with_task_output(&config, OUTPUT).args(["push", "site", "new"]);
    let output = test.output();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let lines = text.split("localhost: docker-runner --tag new … migrate\n").nth(1).unwrap();
    let lines: Vec<&str> = lines.lines().map_while(|line| line.strip_prefix("localhost:   ")).collect();
    assert_eq!(lines, MASKED);
    let (log, code) = run_again(test.folder(), &["log", "site"]);
    assert_eq!(code, Some(0));
    let logged: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("localhost:     ")).collect();
    assert!(MASKED.iter().all(|line| logged.contains(line)), "{log}");
}

/// The deployer shows all of it. The log has its beginning and its end, and says what is missing.
#[test]
fn a_long_output_is_logged_in_part() {
    let line = |number: u32| format!("row {number:06} of a very long migration\n");
    let output: String = (0..60_000).map(line).collect();
    let test = with_task_output(SITE, &output).env("TASKS", "migrate").args(["push", "site", "new"]);
    let pushed = test.output();
    let shown = String::from_utf8(pushed.stdout).unwrap();
    assert_eq!((pushed.status.code(), shown.matches("row ").count()), (Some(0), 60_000));
    let (log, code) = run_again(test.folder(), &["log", "site"]);
    let logged = log.lines().filter_map(|line| line.strip_prefix("localhost:     "));
    let logged: Vec<&str> = logged.filter(|line| line.starts_with(['r', '['])).collect();
    let gap = logged.iter().position(|line| line.starts_with('[')).unwrap();
    let missing = 60_000 - (logged.len() - 1);
    assert_eq!((code, logged[gap]), (Some(0), &*format!("[{missing} more lines, which are not logged]")));
    let rows = |lines: &[&str], first: usize| {
        lines.iter().enumerate().all(|(index, row)| *row == line((first + index) as u32).trim_end())
    };
    assert!(rows(&logged[..gap], 0) && rows(&logged[gap + 1..], gap + missing), "{gap} {missing}");
    let size = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    assert!(size(&logged[..gap]).abs_diff(256 << 10) < 100, "{}", size(&logged[..gap]));
    assert!(size(&logged[gap + 1..]).abs_diff(256 << 10) < 100, "{}", size(&logged[gap + 1..]));
}

#[test]
fn the_output_of_a_failed_task_is_shown_and_nothing_changes() {
    let test = with_task_output(SITE, "Applying 0001\nno column s3cret-value\n")
        .file("fails", "")
        .args(["push", "site", "new"]);
    let output = test.output();
    let out = String::from_utf8(output.stdout).unwrap();
    let task_output = "localhost:   Applying 0001\nlocalhost:   no column ***\nlocalhost: ";
    assert!(out.contains(task_output), "{out}");
    let err = String::from_utf8(output.stderr).unwrap();
    let message = "docker-deploy: push of new failed, and all hosts are restored (migrations ran; the database schema is not rolled back): ";
    assert!(err.starts_with(message) && err.ends_with(" ended with 1: no column ***\n"), "{err}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(read(test.folder(), "var/www/site/TAG"), "export TAG=old\n");
    assert_eq!(read(test.folder(), "containers"), "site team/site:old sha256:old run\n");
}

/// With REPOSITORY an image has two names; both are removed.
#[test]
fn old_images_are_removed_under_both_names() {
    let test = local_host(&["site"]).file("registry", "b1\nb2\nb3\nb4\nb5\nb6\nb7\n");
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
fn missing_logs_and_unreachable_hosts() {
    let test = hosts(&[("a", &["site"])]);
    let no_log = "docker-deploy: no host of site has a push log: nothing has been pushed yet\n";
    test.env("HOSTS", "a").args(["log", "site"]).stderr(no_log).code(125).run();
    hosts(&[("a", &["site"])])
        .env("HOSTS", "a")
        .args(["log", "site", "p1"])
        .stderr(
            "docker-deploy: no host of site has a log of push p1: docker-deploy history site lists the pushes; the \
             last twenty logs are kept\n",
        )
        .code(125)
        .run();
    let unreachable =
        "docker-deploy: b: no connection: ssh: Could not resolve hostname b: Name or service not known\n";
    let test = hosts(&[("a", &["site"])]).env("HOSTS", "a b").args(["log", "site"]);
    test.stderr(unreachable).code(125).run();
}
