//! `docker-runner`, on hosts made of a folder, with a docker that tells its
//! arguments.

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

/// A docker that prints each of its arguments on a line of its own.
const DOCKER: &str = "#!/bin/sh\nprintf '[%s]\\n' \"$@\"\n";

/// A host whose root is the test's folder.
fn host() -> Test {
    Test::new("docker-runner")
        .env("DOCKER_RUNNER_ROOT", "[folder]")
        .env("PATH", "[folder]/bin")
        .program("bin/docker", DOCKER)
}

/// A host whose image and tag stand in the environment.
fn bare() -> Test {
    host().env("IMAGE", "thraxil/antisocial").env("TAG", "build-42")
}

/// A host with the contract's files.
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
