//! Variables from files: an env file, and secrets.

use super::{image, project};
use crate::run::Test;

/// A command that prints these variables, each in quotes or `unset`.
fn prints(names: &[&str]) -> Test {
    let script: String = names.iter().map(|name| format!("echo \"{name}=${{{name}-unset}}\"\n")).collect();
    image("docker-entrypoint").args(["sh", "-c", &script])
}

#[test]
fn a_secret_replaces_its_file_variable() {
    prints(&["TOKEN", "TOKEN_FILE", "SSL_CERT_FILE"])
        .file("token", "s3cret\n\n")
        .env("TOKEN_FILE", "[folder]/token")
        .env("TOKEN", "")
        .env("ENTRYPOINT_SECRETS", "TOKEN,ABSENT")
        .env("SSL_CERT_FILE", "[folder]/token")
        .stdout("TOKEN=s3cret\n\nTOKEN_FILE=unset\nSSL_CERT_FILE=[folder]/token\n")
        .stderr("docker-entrypoint: TOKEN comes from [folder]/token\n")
        .run();
}

#[test]
fn other_file_variables_are_kept() {
    prints(&["TOKEN", "TOKEN_FILE"])
        .file("token", "s3cret")
        .env("TOKEN_FILE", "[folder]/token")
        .stdout("TOKEN=unset\nTOKEN_FILE=[folder]/token\n")
        .run();
}

#[test]
fn an_unreadable_secret_stops_the_start() {
    let secret = || prints(&[]).env("KEY_FILE", "/run/secrets/no-such-secret");
    secret()
        .code(125)
        .stderr("docker-entrypoint: cannot read /run/secrets/no-such-secret, which KEY_FILE names: the file does not exist\n")
        .run();
    secret()
        .env("KEY", "s3cret")
        .code(125)
        .stderr("docker-entrypoint: KEY and KEY_FILE are both set: unset one of them\n")
        .run();
    secret().env("ENTRYPOINT_SECRETS", "none").run();
    prints(&[])
        .env("KEY_FILE", "[folder]")
        .env("ENTRYPOINT_SECRETS", "KEY")
        .code(125)
        .stderr("docker-entrypoint: cannot use [folder], which KEY_FILE names: it is not a regular file\n")
        .run();
}

#[test]
fn the_environment_beats_the_env_file() {
    prints(&["A", "B", "C"])
        .file("app/.env", "A=file\nB='from the file'\nC=\"${B}, not $B!\"\n")
        .env("A", "environment")
        .env("ENTRYPOINT_ENV_FILE", ".env")
        .stdout("A=environment\nB=from the file\nC=from the file, not $B!\n")
        .stderr("docker-entrypoint: 2 variables come from [folder]/app/.env\n")
        .run();
}

#[test]
fn an_env_file_configures_the_entrypoint_and_shows_no_value() {
    project()
        .args(["--dry-run", "migrate"])
        .file("env", "SETTINGS=production\nDATABASE_URL=postgres://app:s3cret@db/shop\n")
        .env("ENTRYPOINT_ENV_FILE", "[folder]/env")
        .stdout(format!(
            "{}SETTINGS=*** DATABASE_URL=*** DJANGO_SETTINGS_MODULE=bookmarks.production \
             [folder]/ve/bin/python manage.py migrate --noinput\n",
            super::ENV
        ))
        .stderr(
            "docker-entrypoint: 2 variables come from [folder]/env\n\
             docker-entrypoint: would wait up to 60 s for postgres://db:5432 (DATABASE_URL)\n",
        )
        .run();
}

#[test]
fn a_dry_run_shows_every_variable_that_changes_and_no_value_from_a_file() {
    project()
        .args(["--dry-run", "sh"])
        .file("env", "A=1\nPATH=/elsewhere\nGREETING='s3cret word'\n")
        .file("token", "s3cret")
        .env("ENTRYPOINT_ENV_FILE", "[folder]/env")
        .env("TOKEN_FILE", "[folder]/token")
        .env("ENTRYPOINT_SECRETS", "TOKEN")
        .env("A", "environment")
        .stdout(
            "cd [folder]/app && env -u TOKEN_FILE PATH=[folder]/ve/bin:/usr/bin:/bin GREETING=*** TOKEN=*** \
             /usr/bin/sh\n",
        )
        .stderr(
            "docker-entrypoint: 1 variable comes from [folder]/env\n\
             docker-entrypoint: TOKEN comes from [folder]/token\n",
        )
        .run();
}

#[test]
fn a_bad_env_file_is_reported_by_line_number() {
    prints(&[])
        .file("env", "A=1\nSECRET_KEY = s3cret word\n")
        .env("ENTRYPOINT_ENV_FILE", "[folder]/env")
        .code(125)
        .stderr("docker-entrypoint: cannot read [folder]/env, line 2: it is not NAME=value, or a quote is not closed\n")
        .run();
    prints(&[])
        .env("ENTRYPOINT_ENV_FILE", "[folder]/none")
        .code(125)
        .stderr("docker-entrypoint: cannot read [folder]/none, which ENTRYPOINT_ENV_FILE names: the file does not exist\n")
        .run();
}
