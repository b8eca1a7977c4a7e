//! The plan, word by word.

use super::{SITE, alone, bare, hosts, sudo};

#[test]
fn one_host_that_has_one_unit() {
    let sudo = sudo();
    let expected = format!(
        "-- look
localhost: web
  now   old sha256:digest-of-old
  then  new not there yet
localhost is the only web host: requests are lost while it restarts
-- begin, all at the same time
localhost: open the journal
-- pull, all at the same time
localhost: docker pull reg:5000/team/site:new
localhost: docker tag reg:5000/team/site:new team/site:new
-- tasks
localhost: the image must be the same on every host
localhost: docker-runner --root [folder] --tag new site migrate app 0003
localhost: docker-runner --root [folder] --tag new site compress
-- web
localhost: TAG=new REVERT=old
localhost: {sudo}systemctl reset-failed site.service
localhost: {sudo}systemctl restart site.service
localhost: wait for site and http://127.0.0.1:1?x=1
"
    );
    let test = alone(&["site"]).env("TASKS", "migrate app 0003; compress").env("REPOSITORY", "reg:5000/");
    let test = test.env("CHECK_URL", "http://127.0.0.1:1?x=1").args(["plan", "site", "new"]).stdout(expected);
    let left = test.run();
    assert_eq!(std::fs::read_to_string(left.path().join("var/www/site/TAG")).unwrap(), "export TAG=old\n");
    assert!(!left.path().join("var/www/site/.deploy").exists());
}

#[test]
fn three_hosts() {
    let sudo = sudo();
    let mark = "TAG=new REVERT=old";
    let unit = |host: &str, unit: &str| {
        format!(
            "{host}: {sudo}systemctl reset-failed {unit}.service\n{host}: {sudo}systemctl restart {unit}.service\n\
             {host}: wait for {unit}"
        )
    };
    let now = "  now   old sha256:digest-of-old\n  then  new not there yet";
    let expected = format!(
        "-- look
a: web
{now}
b: web worker
{now}
c: beat
{now}
11 s pass between web hosts: nginx leaves one out for 10 s once it failed. With max_fails=0 on the servers of its upstream none need to: PROXY_HOSTS has that seen, or SETTLE=0
-- begin, all at the same time
a: open the journal
b: open the journal
c: open the journal
-- pull, all at the same time
a: docker pull team/site:new
b: docker pull team/site:new
c: docker pull team/site:new
-- tasks
a: the image must be the same on every host
a: docker-runner --root [folder] --tag new site migrate
a: docker-runner --root [folder] --tag new site collectstatic
a: docker-runner --root [folder] --tag new site compress
-- web
a: only if another web host serves: b
a: {mark}
{a}
b: 11 s for the proxies
b: only if another web host serves: a
b: {mark}
{b}
-- workers
{worker}
-- beat
c: {sudo}systemctl stop site-beat.service
c: {mark}
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
fn all_that_is_wrong_is_told_and_nothing_else() {
    let test = hosts(&[("a", &["site"]), ("b", &[])]).file("hosts/a/var/www/site/REVERT", "x\n");
    let test = test.env("HOSTS", "a b nowhere").args(["plan", "site", "new"]).stdout("-- look\n").code(125);
    test.stderr(
        "docker-deploy: nowhere: no connection: ssh: Could not resolve hostname nowhere: Name or service not known\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
    let test = hosts(&[("a", &["site"]), ("b", &[])]).file("hosts/a/var/www/site/REVERT", "x\n");
    let test = test.env("HOSTS", "a b").args(["plan", "site", "new"]).stdout("-- look\n").code(125);
    test.stderr(
        "docker-deploy: a: [folder]/hosts/a/var/www/site/REVERT is not one assignment of TAG to a tag: \
         write 'export TAG=…', or remove the file\n\
         docker-deploy: b: there is no unit site: docker-runner --unit systemd prints one\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
}

/// The file of this machine is shown with the line at fault, a host's is told on one line.
#[test]
fn a_file_that_is_refused() {
    alone(&["site"])
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
        .stdout("-- look\n")
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
    let test = alone(&[]).args(["plan", "site", "new"]).stdout("-- look\n").code(125);
    test.stderr(
        "docker-deploy: localhost: there is no unit site: docker-runner --unit systemd prints one\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
    let test =
        bare().file("etc/default/site", SITE).args(["plan", "site", "new"]).stdout("-- look\n").code(125);
    test.stderr(
        "docker-deploy: localhost: cannot restart units: there is neither systemd nor Upstart\n\
         docker-deploy: nothing was changed\n",
    )
    .run();
}
