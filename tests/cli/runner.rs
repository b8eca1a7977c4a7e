//! `docker-runner`, on hosts that are a folder with a docker that prints its arguments.

mod bad_files;
mod bad_input;
mod check;
mod explain;
mod files;
mod line;
mod list;
mod secrets;
mod shell;
mod terminal;
mod unit;
mod unreadable;

use crate::run::Test;

/// A docker that prints each of its arguments on one line. The number of a descriptor depends
/// on those that the test was started with.
const DOCKER: &str = r#"#!/bin/sh
for argument; do
    case $argument in /dev/fd/[0-9]*) argument=/dev/fd/N ;; esac
    printf '[%s]\n' "$argument"
done
"#;

/// A host whose root is the test's folder.
fn host() -> Test {
    Test::new("docker-runner")
        .env("DOCKER_RUNNER_ROOT", "[folder]")
        .env("PATH", "[folder]/bin")
        .program("bin/docker", DOCKER)
}

/// A host with image and tag in the environment.
fn bare() -> Test {
    host().env("IMAGE", "thraxil/antisocial").env("TAG", "build-42")
}

/// A host with the files of an app.
fn antisocial() -> Test {
    host()
        .file(
            "etc/default/antisocial",
            "export IMAGE=\"thraxil/antisocial\"\n\
         export OPTS=\"--link postfix:postfix \\\n     --rm \\\n     -e SECRET_KEY=some_secret_key \\\n     \
         -e BROKER_URL=amqp://user:pass@rabbit:5672//antisocial\"\n",
        )
        .file("var/www/antisocial/TAG", "export TAG=build-42\n")
}
