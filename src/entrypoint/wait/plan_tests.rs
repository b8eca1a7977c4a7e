use super::{Error, TIMEOUT, WaitPlan};
use crate::entrypoint::env_var::Variables;
use crate::entrypoint::wait::target;
use crate::url;
use std::time::Duration;

fn plan_for(variables: &[(&str, &'static str)]) -> Result<WaitPlan, Error> {
    let environment: Vec<_> = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    WaitPlan::from_env(&Variables::from_env(&environment).unwrap())
}

fn targets(variables: &[(&str, &'static str)]) -> Vec<String> {
    plan_for(variables).unwrap().targets.iter().map(ToString::to_string).collect()
}

#[test]
fn variables_of_the_app() {
    assert_eq!(
        targets(&[
            ("DATABASE_URL", "postgres://app:secret@db/shop"),
            ("BROKER_URL", "amqp://user:pass@rabbit:5672//antisocial"),
            ("CELERY_BROKER_URL", "rediss://:pw@cache.example.org/1"),
        ]),
        [
            "postgres://db:5432 (DATABASE_URL)",
            "amqp://rabbit:5672 (BROKER_URL)",
            "rediss://cache.example.org:6379 (CELERY_BROKER_URL)"
        ]
    );
}

#[test]
fn one_server_is_waited_for_once() {
    let broker = "redis://cache:6379/0";
    assert_eq!(targets(&[("BROKER_URL", broker), ("CELERY_BROKER_URL", "redis://cache/1")]).len(), 1);
    let url = ("DATABASE_URL", "mysql://u:p@db/x");
    assert_eq!(targets(&[url, ("DB_HOST", "db")]), ["mysql://db:3306 (DATABASE_URL)"]);
    assert_eq!(targets(&[url, ("ENTRYPOINT_WAIT", "tcp://db:3306")]), ["mysql://db:3306 (DATABASE_URL)"]);
}

#[test]
fn serverless_and_unknown_schemes_are_ignored() {
    for value in [
        "sqlite:////data/db.sqlite3",
        "memory://",
        "filesystem://",
        "sqs://",
        "mssql://db/x",
        "db",
        "tcp://db:1",
        "https://h",
    ] {
        let plan = plan_for(&[("DATABASE_URL", value), ("BROKER_URL", value)]).unwrap();
        assert_eq!((plan.targets, plan.skipped), (vec![], vec![]), "{value}");
    }
}

#[test]
fn an_invalid_url_of_the_app_is_reported_and_skipped() {
    let plan = plan_for(&[("DATABASE_URL", "postgres://u:p/w@db/x")]).unwrap();
    assert_eq!(plan.targets, []);
    let warning = plan.skipped[0].to_string();
    assert!(warning.starts_with("not waiting for DATABASE_URL, which has an @ after its host"), "{warning}");
}

#[test]
fn all_names_of_schemes() {
    for (url, shown) in [
        ("postgresql+psycopg2://u@h/d", "postgres://h:5432"),
        ("POSTGIS://u@h:1/d", "postgres://h:1"),
        ("cockroachdb://h", "cockroach://h:26257"),
        ("sqla+mysql+pymysql://h", "mysql://h:3306"),
        ("pyamqp://", "amqp://localhost:5672"),
        ("amqps://h", "amqps://h:5671"),
        ("redis://[::1]:7/0", "redis://[::1]:7"),
        ("sentinel://a:26379;sentinel://b", "sentinel://a:26379 or sentinel://b:26379"),
        ("redis+socket:///run/redis.sock?virtual_host=1", "redis+socket:///run/redis.sock"),
        ("mysql://u:p@%2Frun%2Fm.sock/d", "mysql:///run/m.sock"),
        ("mysql://u@h/d?unix_socket=/run/m.sock", "mysql:///run/m.sock"),
        ("postgres://a,b:6/d?target_session_attrs=any", "postgres://a:5432 or postgres://b:6"),
        ("postgres://u@/d?host=/run/pg&port=5433", "postgres:///run/pg/.s.PGSQL.5433"),
        ("postgres://u@%2Frun%2Fpg/d", "postgres:///run/pg/.s.PGSQL.5432"),
        ("postgres://u@x/d?host=a,b&port=1,2", "postgres://a:1 or postgres://b:2"),
        ("postgres://u:p@//cloudsql/p:r:i/d", "postgres:///cloudsql/p:r:i/.s.PGSQL.5432"),
        ("postgres:///d", "postgres:///var/run/postgresql/.s.PGSQL.5432 or postgres:///tmp/.s.PGSQL.5432"),
    ] {
        let targets = plan_for(&[("BROKER_URL", url)]).unwrap().targets;
        assert_eq!(targets[0].to_string(), format!("{shown} (BROKER_URL)"), "{url}");
    }
}

#[test]
fn semicolons_separate_the_urls_of_brokers_only() {
    let database = "postgres://u:a;b@db/x?options=-c%20a;b";
    assert_eq!(targets(&[("DATABASE_URL", database)]), ["postgres://db:5432 (DATABASE_URL)"]);
    let brokers = "amqp://a ; amqp://b";
    assert_eq!(targets(&[("BROKER_URL", brokers)]), ["amqp://a:5672 or amqp://b:5672 (BROKER_URL)"]);
    assert_eq!(targets(&[("BROKER_URL", "amqp://a;sqs://b")]), [""; 0]);
}

#[test]
fn a_host_and_a_port() {
    let host = |rest: &[(&str, &'static str)]| targets(&[&[("DB_HOST", "db")], rest].concat()).join("");
    assert_eq!(host(&[("DB_PORT", "5432")]), "postgres://db:5432 (DB_HOST)");
    assert_eq!(host(&[("DB_PORT", "3306")]), "mysql://db:3306 (DB_HOST)");
    assert_eq!(host(&[("DB_PORT", "7000")]), "database://db:7000 (DB_HOST)");
    assert_eq!(host(&[]), "postgres://db:5432 or mysql://db:3306 (DB_HOST)");
    assert_eq!(
        host(&[("DB_PORT", "tcp://10.0.0.7:5432")]),
        host(&[]),
        "what Kubernetes injects is not a port"
    );
    assert_eq!(
        host(&[("DB_ENGINE", "django.db.backends.mysql"), ("DB_PORT", "7000")]),
        "mysql://db:7000 (DB_HOST)"
    );
    assert_eq!(host(&[("DB_ENGINE", "django.db.backends.sqlite3")]), "");
    assert_eq!(
        host(&[("DB_ENGINE", "django.db.backends.postgresql"), ("DB_PORT", "3306")]),
        "postgres://db:3306 (DB_HOST)"
    );
    assert_eq!(targets(&[("DB_HOST", "/run/pg")]), ["postgres:///run/pg/.s.PGSQL.5432 (DB_HOST)"]);
    assert_eq!(targets(&[("DB_HOST", "/run/m.sock")]), ["mysql:///run/m.sock (DB_HOST)"]);
    for (name, shown) in [("::1", "[::1]"), ("fd00::5", "[fd00::5]"), ("fe80::1%eth0", "[fe80::1%eth0]")] {
        let port = ("DB_PORT", "5433");
        assert_eq!(targets(&[("DB_HOST", name), port]), [format!("postgres://{shown}:5433 (DB_HOST)")]);
    }
    assert_eq!(targets(&[("DB_HOST", "[::1]:3306")]), ["mysql://[::1]:3306 (DB_HOST)"]);
    assert_eq!(targets(&[("DB_HOST", "")]), [""; 0]);
    assert_eq!(plan_for(&[("DB_HOST", "db"), ("DB_PORT", "x")]).unwrap().skipped.len(), 1);
}

#[test]
fn entries_of_entrypoint_wait() {
    assert_eq!(
        targets(&[(
            "ENTRYPOINT_WAIT",
            "postgres://a,b/d, tcp://mail:25,http://search:9200/x unix:///run/x.sock,file:///run/ready\nsqlite:///x"
        )]),
        [
            "postgres://a:5432 or postgres://b:5432 (ENTRYPOINT_WAIT)",
            "tcp://mail:25 (ENTRYPOINT_WAIT)",
            "http://search:9200 (ENTRYPOINT_WAIT)",
            "unix:///run/x.sock (ENTRYPOINT_WAIT)",
            "file:///run/ready (ENTRYPOINT_WAIT)",
        ]
    );
    let database = ("DATABASE_URL", "postgres://db/x");
    assert_eq!(targets(&[database, ("ENTRYPOINT_WAIT", "none")]), [""; 0]);
    let plan = plan_for(&[database, ("ENTRYPOINT_WAIT", "migrations")]).unwrap();
    assert_eq!((plan.targets.len(), plan.migrations), (1, true));
}

#[test]
fn invalid_entries() {
    let error = |value| plan_for(&[("ENTRYPOINT_WAIT", value)]).unwrap_err();
    assert_eq!(error("none,redis://a"), Error::NoneAndMore);
    assert_eq!(error("redis://a gopher://b"), Error::Scheme { entry: 2, scheme: "gopher".into() });
    let entry = |entry, reason| Error::Entry { entry, reason };
    assert_eq!(error("db:5432"), entry(1, url::Error::Scheme.into()));
    assert_eq!(error("tcp://db"), entry(1, target::Error::NoPort));
    assert_eq!(error("unix://run/x"), entry(1, target::Error::NoPath));
    assert_eq!(error("redis://:s3cret/x@db").to_string().matches("s3cret").count(), 0);
}

#[test]
fn the_timeout() {
    let timeout = |value| plan_for(&[("ENTRYPOINT_WAIT_TIMEOUT", value)]).map(|plan| plan.timeout);
    assert_eq!(timeout(""), Ok(Some(TIMEOUT)));
    assert_eq!(timeout("2m"), Ok(Some(Duration::from_secs(120))));
    assert_eq!(timeout("0"), Ok(None));
    assert_eq!(timeout("soon"), Err(Error::Timeout { value: "soon".into() }));
}
