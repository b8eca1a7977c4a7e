//! Each blocker is reported in one line, before anything changes.

use super::turn::Turn;
use crate::cluster::{APP, Cluster};
use crate::fault::Fault;
use crate::host::Host;

/// A push fails with one line that contains these texts, and changes nothing.
#[track_caller]
fn assert_refused(turn: &Turn<'_>, environment: &[&str], texts: &[&str]) {
    let output = turn.deploy_with_env(environment, &["push", APP, "way2"]);
    assert_eq!(output.code, 125, "{texts:?}: {output:?}");
    let lines: Vec<&str> =
        output.stderr.lines().filter(|line| *line != "docker-deploy: nothing was changed").collect();
    assert!(lines.len() == 1 && texts.iter().all(|text| lines[0].contains(text)), "{texts:?}: {output:?}");
    turn.assert_unchanged(&output);
}

/// Runs `break_host` on a host, asserts that a push is refused, and runs `repair`.
#[track_caller]
fn assert_refused_while(turn: &Turn<'_>, host: &Host, [break_host, repair]: [&str; 2], texts: &[&str]) {
    host.sh(break_host);
    assert_refused(turn, &[], texts);
    host.sh(repair);
}

#[test]
fn a_host_that_cannot_be_reached() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "unreachable hosts");
    cluster.publish("way2", "");
    let (web, control) = (cluster.web("web2"), &cluster.control);

    let fault = Fault::unreachable(web);
    let output = turn.deploy(&["push", APP, "way2"]);
    fault.end();
    assert!(output.code == 125 && output.stderr.contains("web2: no connection: "), "unreachable: {output:?}");
    turn.assert_unchanged(&output);
    let fault = Fault::no_ssh(web);
    assert_refused(&turn, &[], &["web2: no connection: ", "Connection refused"]);
    fault.end();

    assert_refused(&turn, &["HOSTS=web1 nowhere.invalid"], &["nowhere.invalid: no connection: ", "resolve"]);
    let keys = "/root/.ssh/known_hosts";
    let unknown =
        [&*format!("cp {keys} /run/; sed -i /^web2/d {keys}"), &*format!("cp /run/known_hosts {keys}")];
    assert_refused_while(
        &turn,
        control,
        unknown,
        &["web2: ", "Host key verification failed.", "ssh web2 once"],
    );
    let keys = "/home/deploy/.ssh/authorized_keys";
    let no_key = [&*format!("mv {keys} /run/"), &*format!("mv /run/authorized_keys {keys}")];
    assert_refused_while(&turn, web, no_key, &["deploy@web2: Permission denied (publickey)."]);

    let path = "/usr/local/bin/docker-runner";
    let other_version = format!(
        r#"mv {path} /run/; printf '#!/bin/sh\necho '\''{{"hello":{{"version":"0.0.9","protocol":1}}}}'\''\ncat\n' >{path}; chmod 755 {path}"#
    );
    let repair = format!("mv -f /run/docker-runner {path}");
    assert_refused_while(
        &turn,
        web,
        [&other_version, &repair],
        &["web2: docker-deploy 0.0.9 is installed there, but ", "run docker-deploy install web2"],
    );
    web.sh(&format!("rm {path} /usr/local/bin/docker-deploy"));
    assert_refused(
        &turn,
        &[],
        &["web2: docker-deploy is not installed there; run docker-deploy install web2"],
    );
    let output = turn.deploy(&["install", "web2"]);
    assert!(output.code == 0 && output.stdout.starts_with("web2: docker-deploy "), "{output:?}");
    turn.assert_next_push_succeeds("way2");
}

#[test]
fn missing_permissions() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "permissions");
    cluster.publish("way2", "");
    let web = cluster.web("web2");

    let folder = "/var/www/antisocial";
    let fault = Fault::read_only(web, folder);
    assert_refused(&turn, &[], &["web2", folder, "Read-only file system"]);
    fault.end();
    let away = format!("chown root: {folder}; chmod 755 {folder}");
    let owner = [&*away, &*format!("chown deploy: {folder}")];
    assert_refused_while(&turn, web, owner, &["web2", folder, "the deploying user must own it"]);

    let sudo = "/etc/sudoers.d/deploy";
    let all_rules = format!("echo 'deploy ALL=(root) NOPASSWD: ALL' >{sudo}; gpasswd -a deploy docker");
    let only_rule = |command: &str| format!("echo 'deploy ALL=(root) NOPASSWD: {command}' >{sudo}");
    assert_refused_while(
        &turn,
        web,
        [&only_rule("/usr/bin/docker"), &all_rules],
        &["web2", "sudo does not allow 'systemctl restart antisocial.service'"],
    );
    let no_docker = only_rule("/usr/bin/systemctl") + "; gpasswd -d deploy docker";
    assert_refused_while(
        &turn,
        web,
        [&no_docker, &all_rules],
        &["web2: cannot use docker: permission denied", "group docker"],
    );

    // Not in the group docker, but with the sudo rules of docs/deploy.md.
    let verbs = ["restart", "reset-failed", "stop"];
    let units = verbs.map(|verb| format!("/usr/bin/systemctl {verb} antisocial.service"));
    let required = units.join(", ") + ", /usr/bin/docker, /usr/local/bin/docker-runner";
    web.sh(&(only_rule(&required) + "; gpasswd -d deploy docker"));
    turn.assert_next_push_succeeds("way2");
    web.sh(&all_rules);
}

#[test]
fn missing_units_and_invalid_tags() {
    let cluster = Cluster::shared();
    let turn = Turn::take(&cluster, "missing unit, invalid tag");
    cluster.publish("way2", "");
    let web = cluster.web("web2");
    let unit = "/etc/systemd/system/antisocial.service";
    let away = format!("mv {unit} /run/ && systemctl daemon-reload");
    let back = format!("mv /run/antisocial.service {unit} && systemctl daemon-reload");
    assert_refused_while(&turn, web, [&away, &back], &["web2: unit antisocial does not exist:"]);
    assert_refused(&turn, &["CELERY_HOSTS=web2"], &["web2: unit antisocial-worker does not exist:"]);

    let tag = "/var/www/antisocial/TAG";
    web.sh(&format!("echo 'export TAG=$(id)' >{tag}"));
    let output = turn.deploy(&["push", APP, "way2"]);
    web.sh(&format!("echo 'export TAG=1' >{tag}"));
    assert!(output.code == 125 && output.stderr.contains(tag), "{output:?}");
    turn.assert_unchanged(&output);

    for bad in ["no tag", "a/b", "-x", ""] {
        let output = turn.deploy(&["push", APP, "--", bad]);
        assert!(output.code == 2 && output.stderr.lines().count() == 1, "{output:?}");
    }
    turn.assert_next_push_succeeds("way2");
}
