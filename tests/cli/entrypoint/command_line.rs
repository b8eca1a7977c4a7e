//! Names, options and invalid command lines.

use super::{image, project};
use crate::run::Test;

#[test]
fn the_help_lists_every_process() {
    let help = "\
Run a process of a Django project by its name

Usage: docker-entrypoint [--dry-run] PROCESS [ARG…]

Options:
  -n, --dry-run  Print what would run, and run nothing
  -h, --help     Print help
  -V, --version  Print version

Processes:
  run            serve the site with gunicorn or another server
  migrate        migrate the database
  collectstatic  collect the static files
  compress       compress static files, if django-compressor is installed
  shell          Django's Python console
  test           run the project's tests
  worker         run Celery's worker
  beat           run Celery's scheduler
  manage         any management command: manage ARG…
  wheels         in the builder image: build the wheelhouse
  healthcheck    check whether the process of this container does its work
  setup          create the database, migrate it and complete its first run, under a lock
  dev            serve mounted code with Django's runserver, after setup
  anything else  that command, looked up on PATH

Every ARG goes to the process unchanged. Settings come from the environment:
APP, SETTINGS, DJANGO_SETTINGS_MODULE, VIRTUAL_ENV, PORT, WEB_CONCURRENCY,
GUNICORN_CMD_ARGS, ENTRYPOINT_APP_DIR.
";
    Test::new("docker-entrypoint").args(["--help"]).stdout(help).run();
    Test::new("docker-entrypoint").args(["-h", "migrate"]).stdout(help).run();
}

#[test]
fn prints_the_version() {
    let version = format!("run.sh {}\n", env!("CARGO_PKG_VERSION"));
    Test::new("/run.sh").args(["--version"]).stdout(version).run();
}

#[test]
fn a_missing_process_is_an_error() {
    let text = "docker-entrypoint: no process given: give one of run, migrate, collectstatic, compress, shell, test, \
                worker, beat, manage, wheels, healthcheck, setup, dev, or any command (docker-entrypoint --help describes each)\n";
    image("docker-entrypoint").stderr(text).code(2).run();
    image("docker-entrypoint").args(["--dry-run"]).stderr(text).code(2).run();
}

#[test]
fn a_health_check_takes_no_arguments() {
    let text = "docker-entrypoint: healthcheck takes no arguments: set ENTRYPOINT_HEALTH and ENTRYPOINT_HEALTH_PATH instead\n";
    project().args(["healthcheck", "--help"]).stderr(text).code(2).run();
    let off = project().env("ENTRYPOINT_HEALTH", "none");
    off.args(["-n", "healthcheck"]).stdout("health checks are off (ENTRYPOINT_HEALTH=none)\n").run();
}

#[test]
fn an_unknown_option_is_an_error() {
    for (option, hint) in [("--fast", ""), ("--dry-rum", ": a similar argument exists: '--dry-run'")] {
        project()
            .args([option, "run"])
            .stderr(&format!(
                "docker-entrypoint: unexpected argument '{option}' found{hint}: options of docker-entrypoint \
                 come before PROCESS, options of the process after it (docker-entrypoint --help)\n"
            ))
            .code(2)
            .run();
    }
}

#[test]
fn a_misspelt_process_gets_a_suggestion() {
    project()
        .args(["migrat"])
        .stderr(
            "docker-entrypoint: cannot find migrat, neither as a process nor on PATH: did you mean migrate? the processes are run, \
             migrate, collectstatic, compress, shell, test, worker, beat, manage, wheels, healthcheck, setup, dev\n",
        )
        .code(127)
        .run();
}

#[test]
fn an_unknown_process_gets_no_suggestion() {
    project()
        .args(["--dry-run", "frob\nnicate"])
        .stderr(
            "docker-entrypoint: cannot find frob\\nnicate, neither as a process nor on PATH: the processes are run, migrate, \
             collectstatic, compress, shell, test, worker, beat, manage, wheels, healthcheck, setup, dev\n",
        )
        .code(127)
        .run();
}
