//! `docker-entrypoint`, in folders that look like an image.

mod bad_input;
mod command_line;
mod documented;
mod dry_run;
mod exec;
mod hooks;
mod secrets;
mod setup;
mod wait;
mod wheels;

use crate::run::Test;

/// A call in an image without a project: a PATH, a virtualenv `ve` whose programs
/// print their arguments, and an app folder.
fn image(name: &'static str) -> Test {
    Test::new(name)
        .env("PATH", "/usr/bin:/bin")
        .env("VIRTUAL_ENV", "[folder]/ve")
        .env("ENTRYPOINT_APP_DIR", "[folder]/app")
        .program("ve/bin/python", SAYS)
        .program("ve/bin/gunicorn", SAYS)
        .program("ve/bin/celery", SAYS)
}

/// The same with a project `bookmarks` in it.
fn project() -> Test {
    image("docker-entrypoint").file("app/manage.py", "").file("app/bookmarks/wsgi.py", "")
}

/// Prints its folder and its arguments, one on each line.
const SAYS: &str = "#!/bin/sh\necho \"$0 in $PWD\"\nprintf '<%s>\\n' \"$@\"\n";

/// The part of a dry run's output before the program, for [`image`].
const ENV: &str = "cd [folder]/app && env PATH=[folder]/ve/bin:/usr/bin:/bin ";
