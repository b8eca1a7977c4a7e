//! What is in the way is told in one line, before anything changes.

use super::turn::Turn;
use crate::cluster::{APP, Cluster};
use crate::fault::Fault;
use crate::host::Host;

/// A push that must be refused with these words, and change nothing.
#[track_caller]
fn refused(turn: &Turn<'_>, environment: &[&str], words: &[&str]) {
    let said = turn.with(environment, &["push", APP, "way2"]);
    assert_eq!(said.code, 125, "{words:?}: {said:?}");
    let told: Vec<&str> =
        said.stderr.lines().filter(|line| *line != "docker-deploy: nothing was changed").collect();
    assert!(told.len() == 1 && words.iter().all(|word| told[0].contains(word)), "{words:?}: {said:?}");
    turn.assert_all_as_before(&said);
}

/// Does that on a host for the time of a push that must be refused.
#[track_caller]
fn refused_while(turn: &Turn<'_>, host: &Host, [away, back]: [&str; 2], words: &[&str]) {
    host.sh(away);
    refused(turn, &[], words);
    host.sh(back);
}

#[test]
fn a_host_that_is_not_reached() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "hosts that are not reached");
    cluster.publish("way2", "");
    let (web, control) = (cluster.web("web2"), &cluster.control);

    let fault = Fault::unreachable(web);
    let said = turn.deploy(&["push", APP, "way2"]);
    fault.mend();
    assert!(said.code == 125 && said.stderr.contains("web2: no connection: "), "unreachable: {said:?}");
    turn.assert_all_as_before(&said);
    let fault = Fault::no_ssh(web);
    refused(&turn, &[], &["web2: no connection: ", "Connection refused"]);
    fault.mend();

    refused(&turn, &["HOSTS=web1 nowhere.invalid"], &["nowhere.invalid: no connection: ", "resolve"]);
    let keys = "/root/.ssh/known_hosts";
    let unknown =
        [&*format!("cp {keys} /run/; sed -i /^web2/d {keys}"), &*format!("cp /run/known_hosts {keys}")];
    refused_while(&turn, control, unknown, &["web2: ", "Host key verification failed.", "ssh web2 once"]);
    let stranger = "/home/deploy/.ssh/authorized_keys";
    let stranger = [&*format!("mv {stranger} /run/"), &*format!("mv /run/authorized_keys {stranger}")];
    refused_while(&turn, web, stranger, &["deploy@web2: Permission denied (publickey)."]);

    let place = "/usr/local/bin/docker-runner";
    let other = format!(
        r#"mv {place} /run/; printf '#!/bin/sh\necho '\''{{"hello":{{"version":"0.0.9","protocol":1}}}}'\''\ncat\n' >{place}; chmod 755 {place}"#
    );
    let whole = format!("mv -f /run/docker-runner {place}");
    refused_while(
        &turn,
        web,
        [&other, &whole],
        &["web2: docker-deploy 0.0.9 is installed there, but ", "run docker-deploy install web2"],
    );
    web.sh(&format!("rm {place} /usr/local/bin/docker-deploy"));
    refused(&turn, &[], &["web2: docker-deploy is not installed there; run docker-deploy install web2"]);
    let said = turn.deploy(&["install", "web2"]);
    assert!(said.code == 0 && said.stdout.starts_with("web2: docker-deploy "), "{said:?}");
    turn.assert_goes_on("way2");
}

#[test]
fn what_the_deploying_user_may_not() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "permissions");
    cluster.publish("way2", "");
    let web = cluster.web("web2");

    let folder = "/var/www/antisocial";
    let fault = Fault::read_only(web, folder);
    refused(&turn, &[], &["web2", folder, "Read-only file system"]);
    fault.mend();
    let away = format!("chown root: {folder}; chmod 755 {folder}");
    let owner = [&*away, &*format!("chown deploy: {folder}")];
    refused_while(&turn, web, owner, &["web2", folder, "the deploying user must own it"]);

    let sudo = "/etc/sudoers.d/deploy";
    let whole = format!("echo 'deploy ALL=(root) NOPASSWD: ALL' >{sudo}; gpasswd -a deploy docker");
    let only = |command: &str| format!("echo 'deploy ALL=(root) NOPASSWD: {command}' >{sudo}");
    refused_while(
        &turn,
        web,
        [&only("/usr/bin/docker"), &whole],
        &["web2", "sudo does not let us do 'systemctl restart antisocial.service'"],
    );
    let no_docker = only("/usr/bin/systemctl") + "; gpasswd -d deploy docker";
    refused_while(
        &turn,
        web,
        [&no_docker, &whole],
        &["web2: cannot use docker: permission denied", "group docker"],
    );

    // No group, but sudo for what is needed, as docs/deploy.md has it.
    let verbs = ["restart", "reset-failed", "stop"];
    let units = verbs.map(|verb| format!("/usr/bin/systemctl {verb} antisocial.service"));
    let needed = units.join(", ") + ", /usr/bin/docker, /usr/local/bin/docker-runner";
    web.sh(&(only(&needed) + "; gpasswd -d deploy docker"));
    turn.assert_goes_on("way2");
    web.sh(&whole);
}

#[test]
fn what_is_not_there() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "no unit, no tag");
    cluster.publish("way2", "");
    let web = cluster.web("web2");
    let unit = "/etc/systemd/system/antisocial.service";
    let away = format!("mv {unit} /run/ && systemctl daemon-reload");
    let back = format!("mv /run/antisocial.service {unit} && systemctl daemon-reload");
    refused_while(&turn, web, [&away, &back], &["web2: there is no unit antisocial:"]);
    refused(&turn, &["CELERY_HOSTS=web2"], &["web2: there is no unit antisocial-worker:"]);

    let tag = "/var/www/antisocial/TAG";
    web.sh(&format!("echo 'export TAG=$(id)' >{tag}"));
    let said = turn.deploy(&["push", APP, "way2"]);
    web.sh(&format!("echo 'export TAG=1' >{tag}"));
    assert!(said.code == 125 && said.stderr.contains(tag), "{said:?}");
    turn.assert_all_as_before(&said);

    for bad in ["no tag", "a/b", "-x", ""] {
        let said = turn.deploy(&["push", APP, "--", bad]);
        assert!(said.code == 2 && said.stderr.lines().count() == 1, "{said:?}");
    }
    turn.assert_goes_on("way2");
}
