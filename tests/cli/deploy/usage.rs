//! What was asked wrongly: one line each, exit code 2, and nothing is begun.

use super::{alone, bare};
use crate::run::Test;

#[track_caller]
fn refused(test: Test, line: &str) {
    test.stderr(&format!("docker-deploy: {line}\n")).code(2).run();
}

/// A push with one variable of the environment.
#[track_caller]
fn refused_with(name: &str, value: &str, line: &str) {
    refused(bare().args(["push", "site", "new"]).env(name, value), line);
}

#[test]
fn no_command_or_none_of_ours() {
    let help = "(docker-deploy --help tells what there is)";
    refused(bare(), &format!("no command: push, plan, rollback, status, history, log or install {help}"));
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
    let no_app = "no app: give APP as an argument or in the environment";
    for command in ["push", "plan", "rollback", "history", "log"] {
        refused(bare().args([command]), no_app);
        refused(bare().args([command]).env("APP", ""), no_app);
    }
    refused(bare().args(["status"]), no_app);
    let no_tag = "no tag: give TAG as an argument or in the environment";
    refused(bare().args(["push", "site"]), no_tag);
    refused(bare().args(["push"]).env("APP", "site").env("TAG", ""), no_tag);
    // The file's TAG is the one that is there already.
    refused(alone(&["site"]).args(["plan", "site"]), no_tag);
}

#[test]
fn names_and_tags_that_are_none() {
    let told = |app: &str| {
        format!(
            "{app} is not a valid app name: use letters, digits, '_', '.' and '-', the first a letter or digit \
             (APP or APP@INSTANCE)"
        )
    };
    refused(bare().args(["push", "../site", "new"]), &told("../site"));
    refused(bare().args(["history", ""]).env("APP", "x"), &told("''"));
    for (tag, shown) in
        [("", "''"), ("a b", "a b"), (".x", ".x"), ("a\nb", "a\\nb"), ("a@sha256:0", "a@sha256:0")]
    {
        let line = format!("{shown} is no tag of Docker's: letters, digits, '_', '.' and '-', at most 128");
        refused(bare().args(["push", "site", tag]), &line);
        refused(bare().args(["rollback", "site", tag]), &line);
    }
}

#[test]
fn hosts_and_roles() {
    refused_with("HOSTS", "web1 -oProxyCommand=x", "-oProxyCommand=x in HOSTS is no host name");
    refused_with("CELERY_HOSTS", "a;b", "a;b in CELERY_HOSTS is no host name");
    refused_with("PROXY_HOSTS", "a,b", "a,b in PROXY_HOSTS is no host name");
    refused_with(
        "BEAT_HOSTS",
        "a b",
        "BEAT_HOSTS names a and b, so every scheduled task would run twice: give one",
    );
    refused(
        bare().args(["push", "site", "new"]).env("HOSTS", "a").env("WEB_HOSTS", "b"),
        "HOSTS and WEB_HOSTS name different web hosts: give one of them",
    );
    refused_with("ROLES", "mail", "no hosts for the role mail: set MAIL_HOSTS");
    refused_with("ROLES", "web-mail", "no hosts for the role web-mail: set WEB_MAIL_HOSTS");
    refused_with("ROLES", "ma/il", "ma/il in ROLES is no name");
}

#[test]
fn numbers() {
    for value in ["soon", "-1", "86401", "99999999999999999999", "1.5"] {
        refused_with(
            "PATIENCE",
            value,
            &format!("PATIENCE={value} is no number of seconds up to a day (86400)"),
        );
        refused_with("SETTLE", value, &format!("SETTLE={value} is no number of seconds up to a day (86400)"));
    }
}

/// The address is not shown: it may hold a password.
#[test]
fn addresses() {
    let told =
        |why: &str| format!("CHECK_URL {why}: each web host asks itself, as in http://127.0.0.1:8000/health");
    for url in ["https://user:hunter2secret@x/", "https://x/", "x", "ftp://x/"] {
        refused_with("CHECK_URL", url, &told("must begin with http://"));
    }
    refused_with("CHECK_URL", "http://user:hunter2secret@x/", &told("must name no user"));
    refused_with("CHECK_URL", "http://", &told("names no host"));
    refused_with("CHECK_URL", "http://a:0?x=1", &told("names no port between 1 and 65535"));
    let blank = told("has a blank in it, or a letter that must be percent-encoded");
    refused_with("CHECK_URL", "http://a/ b", &blank);
    let with_host = |host: &str| {
        bare().args(["push", "site", "new"]).env("CHECK_URL", "http://a").env("CHECK_HOST", host)
    };
    refused(with_host("a/b"), "a/b in CHECK_HOST is no host name");
    refused(with_host("u@b"), "u@b in CHECK_HOST is no host name");
}
