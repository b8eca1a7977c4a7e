//! Invalid arguments and settings: one line each, exit code 2, nothing started.

use super::{bare, local_host};
use crate::run::Test;

#[track_caller]
fn refused(test: Test, line: &str) {
    test.stderr(&format!("docker-deploy: {line}\n")).code(2).run();
}

/// A push with one environment variable.
#[track_caller]
fn refused_with(name: &str, value: &str, line: &str) {
    refused(bare().args(["push", "site", "new"]).env(name, value), line);
}

#[test]
fn no_subcommand_or_an_unknown_one() {
    let help = "(see docker-deploy --help)";
    refused(
        bare(),
        &format!(
            "no subcommand given: use one of push, plan, rollback, status, history, log, install {help}"
        ),
    );
    refused(
        bare().args(["pusch", "site"]),
        &format!("unrecognized subcommand 'pusch': a similar subcommand exists: 'push' {help}"),
    );
    refused(bare().args(["frobnicate"]), &format!("unrecognized subcommand 'frobnicate' {help}"));
    refused(
        bare().args(["push", "--wiat", "site", "new"]),
        &format!("unexpected argument '--wiat' found: a similar argument exists: '--wait' {help}"),
    );
    refused(
        bare().args(["push", "site", "new", "more"]),
        &format!("unexpected argument 'more' found {help}"),
    );
    refused(
        bare().args(["status", "--format", "yaml"]),
        &format!("invalid value 'yaml' for '--format <FORMAT>': possible values: table, json {help}"),
    );
    refused(
        bare().args(["status", "--format"]),
        &format!(
            "a value is required for '--format <FORMAT>' but none was supplied: possible values: table, json {help}"
        ),
    );
    refused(
        bare().args(["push", "--root"]),
        &format!("a value is required for '--root <DIR>' but none was supplied {help}"),
    );
    refused(
        bare().args(["install"]),
        &format!("the following required arguments were not provided: <HOST>... {help}"),
    );
}

#[test]
fn no_app_and_no_tag() {
    let no_app = "APP is not set: pass it as an argument or in the environment";
    for command in ["push", "plan", "rollback", "history", "log"] {
        refused(bare().args([command]), no_app);
        refused(bare().args([command]).env("APP", ""), no_app);
    }
    refused(bare().args(["status"]), no_app);
    let no_tag = "TAG is not set: pass it as an argument or in the environment";
    refused(bare().args(["push", "site"]), no_tag);
    refused(bare().args(["push"]).env("APP", "site").env("TAG", ""), no_tag);
    // TAG in the file is the deployed tag.
    refused(local_host(&["site"]).args(["plan", "site"]), no_tag);
}

#[test]
fn invalid_names_and_tags() {
    let invalid_name = |app: &str| {
        format!(
            "{app} is not a valid app name: use letters, digits, '_', '.' and '-', the first a letter or digit \
             (APP or APP@INSTANCE)"
        )
    };
    refused(bare().args(["push", "../site", "new"]), &invalid_name("../site"));
    refused(bare().args(["history", ""]).env("APP", "x"), &invalid_name("''"));
    for (tag, shown) in
        [("", "''"), ("a b", "a b"), (".x", ".x"), ("a\nb", "a\\nb"), ("a@sha256:0", "a@sha256:0")]
    {
        let line =
            format!("{shown} is not a valid Docker tag: letters, digits, '_', '.' and '-', at most 128");
        refused(bare().args(["push", "site", tag]), &line);
        refused(bare().args(["rollback", "site", tag]), &line);
    }
}

#[test]
fn hosts_and_roles() {
    refused_with("HOSTS", "web1 -oProxyCommand=x", "-oProxyCommand=x in HOSTS is not a valid host name");
    refused_with("CELERY_HOSTS", "a;b", "a;b in CELERY_HOSTS is not a valid host name");
    refused_with("PROXY_HOSTS", "a,b", "a,b in PROXY_HOSTS is not a valid host name");
    refused_with(
        "BEAT_HOSTS",
        "a b",
        "BEAT_HOSTS names a and b, and every scheduled task would run twice: name one host",
    );
    refused(
        bare().args(["push", "site", "new"]).env("HOSTS", "a").env("WEB_HOSTS", "b"),
        "HOSTS and WEB_HOSTS name different hosts: set only one of them",
    );
    refused_with("ROLES", "mail", "role mail has no hosts: set MAIL_HOSTS");
    refused_with("ROLES", "web-mail", "role web-mail has no hosts: set WEB_MAIL_HOSTS");
    refused_with("ROLES", "ma/il", "ma/il in ROLES is not a valid role name");
}

#[test]
fn numbers() {
    for value in ["soon", "-1", "86401", "99999999999999999999", "1.5"] {
        refused_with(
            "PATIENCE",
            value,
            &format!("PATIENCE={value} is not a number of seconds between 0 and 86400 (one day)"),
        );
        refused_with(
            "SETTLE",
            value,
            &format!("SETTLE={value} is not a number of seconds between 0 and 86400 (one day)"),
        );
    }
}

/// The URL is not shown: it may contain a password.
#[test]
fn check_urls() {
    let message = |reason: &str| {
        format!(
            "CHECK_URL {reason}: each web host requests it from itself, for example http://127.0.0.1:8000/health"
        )
    };
    for url in ["https://user:hunter2secret@x/", "https://x/", "x", "ftp://x/"] {
        refused_with("CHECK_URL", url, &message("must begin with http://"));
    }
    refused_with("CHECK_URL", "http://user:hunter2secret@x/", &message("must not contain a user name"));
    refused_with("CHECK_URL", "http://", &message("must name a host"));
    refused_with("CHECK_URL", "http://a:0?x=1", &message("must have a port from 1 to 65535"));
    let blank = message("contains a space or a character that must be percent-encoded");
    refused_with("CHECK_URL", "http://a/ b", &blank);
    let with_host = |host: &str| {
        bare().args(["push", "site", "new"]).env("CHECK_URL", "http://a").env("CHECK_HOST", host)
    };
    refused(with_host("a/b"), "a/b in CHECK_HOST is not a valid host name");
    refused(with_host("u@b"), "u@b in CHECK_HOST is not a valid host name");
}
