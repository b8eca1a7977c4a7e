//! The whole output of `plan`.

use super::{SITE, bare, hosts, local_host, sudo};

#[test]
fn one_host_with_one_unit() {
    let sudo = sudo();
    let expected = format!(
        "-- inspect
localhost: web
  now  old sha256:digest-of-old
  new  new (not pulled yet)
localhost is the only web host: requests fail while it restarts
-- begin (all hosts in parallel)
localhost: open the journal
-- pull (all hosts in parallel)
localhost: docker pull reg:5000/team/site:new
localhost: docker tag reg:5000/team/site:new team/site:new
-- tasks
localhost: check that every host has the same image
localhost: docker-runner --root [folder] --tag new site migrate app 0003
localhost: docker-runner --root [folder] --tag new site compress
-- web
localhost: TAG=new REVERT=old
localhost: {sudo}systemctl reset-failed site.service
localhost: {sudo}systemctl restart site.service
localhost: wait for site and http://127.0.0.1:1?x=1
"
    );
    let test =
        local_host(&["site"]).env("TASKS", "migrate app 0003; compress").env("REPOSITORY", "reg:5000/");
    let test = test.env("CHECK_URL", "http://127.0.0.1:1?x=1").args(["plan", "site", "new"]).stdout(expected);
    let left = test.run();
    assert_eq!(std::fs::read_to_string(left.path().join("var/www/site/TAG")).unwrap(), "export TAG=old\n");
    assert!(!left.path().join("var/www/site/.deploy").exists());
}

#[test]
fn three_hosts() {
    let sudo = sudo();
    let tags = "TAG=new REVERT=old";
    let unit = |host: &str, unit: &str| {
        format!(
            "{host}: {sudo}systemctl reset-failed {unit}.service\n{host}: {sudo}systemctl restart {unit}.service\n\
             {host}: wait for {unit}"
        )
    };
    let now = "  now  old sha256:digest-of-old\n  new  new (not pulled yet)";
    let expected = format!(
        "-- inspect
a: web
{now}
b: web worker
{now}
c: beat
{now}
pausing 11 s between web hosts, because nginx by default skips a server for 10 s after a failure. With max_fails=0 on the upstream's servers no pause is needed: set PROXY_HOSTS to have docker-deploy check this, or SETTLE=0
-- begin (all hosts in parallel)
a: open the journal
b: open the journal
c: open the journal
-- pull (all hosts in parallel)
a: docker pull team/site:new
b: docker pull team/site:new
c: docker pull team/site:new
-- tasks
a: check that every host has the same image
a: docker-runner --root [folder] --tag new site migrate
a: docker-runner --root [folder] --tag new site collectstatic
a: docker-runner --root [folder] --tag new site compress
-- web
a: check that another web host serves: b
a: {tags}
{a}
b: wait 11 s for the proxies
b: check that another web host serves: a
b: {tags}
{b}
-- workers
{worker}
-- beat
c: {sudo}systemctl stop site-beat.service
c: {tags}
c: {sudo}systemctl start site-beat.service
c: wait for site-beat
",
        a = unit("a", "site"),
        b = unit("b", "site"),
        worker = unit("b", "site-worker"),
    );
    let test = hosts(&[("a", &["site"]), ("b", &["site", "site-worker"]), ("c", &["site-beat"])]);
    let lists = [("HOSTS", "a b"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c")];
    let test = lists.into_iter().fold(test, |test, (name, value)| test.env(name, value));
    test.args(["push", "--dry-run", "site", "new"]).stdout(expected).run();
}

#[test]
fn all_blockers_are_reported_at_once() {
    let test = hosts(&[("a", &["site"]), ("b", &[])]).file("hosts/a/var/www/site/REVERT", "x\n");
    let test =
        test.env("HOSTS", "a b nowhere").args(["plan", "site", "new"]).stdout("-- inspect\n").code(125);
    test.stderr(
        "docker-deploy: nowhere: no connection: ssh: Could not resolve hostname nowhere: Name or service not known\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
    let test = hosts(&[("a", &["site"]), ("b", &[])]).file("hosts/a/var/www/site/REVERT", "x\n");
    let test = test.env("HOSTS", "a b").args(["plan", "site", "new"]).stdout("-- inspect\n").code(125);
    test.stderr(
        "docker-deploy: a: [folder]/hosts/a/var/www/site/REVERT does not contain exactly one TAG assignment: \
         write 'export TAG=…', or remove the file\n\
         docker-deploy: b: unit site does not exist: create it with docker-runner --unit systemd\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
}

/// An error in the file of this machine shows the line; one on a host is a single line.
#[test]
fn an_invalid_configuration_file() {
    local_host(&["site"])
        .file("etc/default/site", "IMAGE=team/site\nA=$(id)\n")
        .args(["plan", "site", "new"])
        .stderr(
            "docker-deploy: [folder]/etc/default/site:2:3: command substitution $(…) is not supported\n    \
             A=$(...\n      ^^\n  \
             help: write the result; use single quotes if the characters are part of a value, such as a SECRET_KEY; \
             for a file that needs a shell use --shell /bin/bash\n",
        )
        .code(125)
        .run();
    hosts(&[("a", &["site"])])
        .file("hosts/a/etc/default/site", "IMAGE=team/site\nA=$(id)\n")
        .env("HOSTS", "a")
        .args(["plan", "site", "new"])
        .stdout("-- inspect\n")
        .stderr(
            "docker-deploy: a: [folder]/hosts/a/etc/default/site:2:3: command substitution $(…) is not \
             supported: write the result; use single quotes if the characters are part of a value, such as a \
             SECRET_KEY; for a file that needs a shell use --shell /bin/bash\n\
             docker-deploy: nothing was changed\n",
        )
        .code(125)
        .run();
}

#[test]
fn no_hosts_and_no_units() {
    let test = local_host(&[]).args(["plan", "site", "new"]).stdout("-- inspect\n").code(125);
    test.stderr(
        "docker-deploy: localhost: unit site does not exist: create it with docker-runner --unit systemd\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
    let test =
        bare().file("etc/default/site", SITE).args(["plan", "site", "new"]).stdout("-- inspect\n").code(125);
    test.stderr(
        "docker-deploy: localhost: cannot restart units: the host has neither systemd nor Upstart\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
}
