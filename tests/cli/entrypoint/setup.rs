//! `setup`, `dev` and ENTRYPOINT_WAIT=migrations, up to the start of Python.

use super::{ENV, SAYS, project};
use crate::run::Test;

/// The arguments of the Python of our program, one on each line.
const PROGRAM: &str = "[folder]/ve/bin/python in [folder]/app\n<-c>\n\
    <import os; exec(os.environ.pop('ENTRYPOINT_PROGRAM'))>\n<docker-entrypoint>\n";

const SERVER: &str = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<runserver>\n<0.0.0.0:8000>\n";

/// A Python that fails if its fourth or its third argument is this word.
fn failing_at(word: &str, code: i32) -> Test {
    let python = format!("{SAYS}[ \"$4\" != {word} ] && [ \"$3\" != {word} ] || exit {code}\n");
    project().program("ve/bin/python", python)
}

#[test]
fn setup_is_one_python_process() {
    let expected = format!("{PROGRAM}<setup>\n<--fake-initial>\n");
    project().args(["setup", "--fake-initial"]).stdout(expected).run();
    failing_at("setup", 3).args(["setup"]).stdout(format!("{PROGRAM}<setup>\n")).code(3).run();
}

/// Python gets the commands that we have split, and `shlex` splits them in the same way.
#[test]
fn python_splits_the_commands_in_the_same_way() {
    let script = "import ast, os, shlex\n\
        program = ast.parse(os.environ['ENTRYPOINT_PROGRAM']).body\n\
        exec(ast.unparse([part for part in program if getattr(part, 'name', '') == 'decode']))\n\
        print(*decode(os.environ['ENTRYPOINT_FIRST_RUN']), sep='\\n')\n";
    let python = format!("#!/bin/sh\nexec /usr/bin/env python3 -c \"{script}\"\n");
    let commands = r#"say a --title ''; '' b;;x 'a;b' "c;d" \; ';' $HOME "e\"f\g" 'it'\''s' 'two
lines' ; 3 2;"#;
    let expected = r#"['say', 'a', '--title', '']
['', 'b']
['x', 'a;b', 'c;d', ';', ';', '$HOME', 'e"f\\g', "it's", 'two\nlines']
['3', '2']
"#;
    let test = project().program("ve/bin/python", &python).env("ENTRYPOINT_FIRST_RUN", commands);
    test.args(["setup"]).stdout(expected).run();
    let none = project().program("ve/bin/python", &python).env("ENTRYPOINT_FIRST_RUN", " ; ");
    none.args(["setup"]).stdout("\n").run();
}

#[test]
fn dev_passes_its_settings_to_setup() {
    let expected = format!("{PROGRAM}<setup>\n<--settings=a>\n<--pythonpath>\n<b>\n{SERVER}");
    let expected = expected
        .replace("<0.0.0.0:8000>\n", "<0.0.0.0:8000>\n<--settings=a>\n<--pythonpath>\n<b>\n<--noreload>\n");
    project().args(["dev", "--settings=a", "--pythonpath", "b", "--noreload"]).stdout(expected).run();
}

#[test]
fn invalid_first_run_settings_are_errors() {
    let atomic = project().env("ENTRYPOINT_FIRST_RUN_ATOMIC", "off");
    let text = "docker-entrypoint: ENTRYPOINT_FIRST_RUN_ATOMIC=off must be 1 or 0\n";
    atomic.args(["setup"]).stderr(text).code(125).run();
    let text = "docker-entrypoint: cannot read ENTRYPOINT_FIRST_RUN: a quote is not closed, or the value ends \
                with a backslash\n";
    for process in ["setup", "dev"] {
        project().env("ENTRYPOINT_FIRST_RUN", "a 's3cret").args([process]).stderr(text).code(125).run();
    }
}

#[test]
fn dry_runs_show_each_step() {
    let migrate = format!("{ENV}[folder]/ve/bin/python manage.py migrate --noinput\n");
    let steps = "docker-entrypoint: would wait up to 60 s for postgres://db:5432 (DATABASE_URL)\n\
        docker-entrypoint: would create the database if it does not exist, and migrate it under a lock\n\
        docker-entrypoint: would run once each in a new database: a; b\n";
    let with_first_run =
        project().env("DATABASE_URL", "postgres://u:p@db/x").env("ENTRYPOINT_FIRST_RUN", "a --key=secret; b");
    with_first_run.args(["-n", "setup"]).stdout(migrate).stderr(steps).run();

    let server = format!("{ENV}[folder]/ve/bin/python manage.py runserver 0.0.0.0:8000\n");
    let steps = "docker-entrypoint: would install the requirements: [folder]/ve/bin/python -m pip install --quiet \
        -r requirements.txt --find-links vendor [folder]/app/vendor/lib\n\
        docker-entrypoint: would create the database if it does not exist, and migrate it under a lock\n";
    let changed = || project().file("app/requirements.txt", "six\n").file("app/vendor/lib/setup.py", "");
    changed().args(["-n", "dev"]).stdout(&server).stderr(steps).run();
    let steps =
        "docker-entrypoint: would create the database if it does not exist, and migrate it under a lock\n";
    let off = changed().env("ENTRYPOINT_INSTALL", "never");
    off.args(["-n", "dev"]).stdout(&server).stderr(steps).run();

    let steps = "docker-entrypoint: would wait up to 60 s for migrations (ENTRYPOINT_WAIT)\n";
    let worker = format!("{ENV}[folder]/ve/bin/celery -A bookmarks worker -l info\n");
    let waits = || project().env("ENTRYPOINT_WAIT", "migrations");
    waits().args(["-n", "worker"]).stdout(worker).stderr(steps).run();
    let migrate = format!("{ENV}[folder]/ve/bin/python manage.py migrate --noinput\n");
    waits().args(["-n", "migrate"]).stdout(migrate).run();
}

#[test]
fn dev_installs_what_has_changed_sets_up_and_serves() {
    let notices = "docker-entrypoint: installing the requirements, which have changed (ENTRYPOINT_INSTALL=never turns this off)\n";
    let pip = "[folder]/ve/bin/python in [folder]/app\n<-m>\n<pip>\n<install>\n<--quiet>\n<-r>\n<requirements.txt>\n\
        <--find-links>\n<vendor>\n";
    let rest = format!("{PROGRAM}<setup>\n{SERVER}");
    let test = project().file("app/requirements.txt", "six\n").args(["dev"]);
    let again = test.command();
    let folder = test.stdout(format!("{pip}{rest}")).stderr(notices).run();
    let rest = rest.replace("[folder]", folder.path().to_str().unwrap());
    let run = |command: &mut std::process::Command| {
        let output = command.output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let mut again = again;
    assert_eq!(run(&mut again), rest, "nothing has changed");
    std::fs::write(folder.path().join("app/requirements.txt"), "six>1\n").unwrap();
    assert!(run(&mut again).contains("<pip>"));
    std::fs::create_dir_all(folder.path().join("app/vendor")).unwrap();
    std::fs::write(folder.path().join("app/vendor/lib-1-py3-none-any.whl"), "").unwrap();
    assert!(run(&mut again).contains("<pip>"), "a private package is new");
    assert_eq!(run(&mut again), rest);
}

#[test]
fn a_failure_before_dev_stops_it() {
    let text = "docker-entrypoint: installing the requirements, which have changed (ENTRYPOINT_INSTALL=never turns this off)\n\
        docker-entrypoint: cannot install the requirements: see pip's output above (ENTRYPOINT_INSTALL=never starts with the installed packages)\n";
    let pip = "[folder]/ve/bin/python in [folder]/app\n<-m>\n<pip>\n<install>\n<--quiet>\n<-r>\n<requirements.txt>\n\
        <--find-links>\n<vendor>\n";
    let test = failing_at("install", 7).file("app/requirements.txt", "six\n");
    test.args(["dev"]).stdout(pip).stderr(text).code(7).run();
    failing_at("setup", 3).args(["dev"]).stdout(format!("{PROGRAM}<setup>\n")).code(3).run();
    let text = "docker-entrypoint: ENTRYPOINT_INSTALL=no must be auto or never\n";
    project().env("ENTRYPOINT_INSTALL", "no").args(["dev"]).stderr(text).code(125).run();
}

#[test]
fn a_signal_stops_pip_and_dev_with_it() {
    let notices = "docker-entrypoint: installing the requirements, which have changed (ENTRYPOINT_INSTALL=never turns this off)\n\
        docker-entrypoint: stopped by signal 15 before the process started\n";
    // `docker stop` sends SIGTERM to the entrypoint, which sends it to pip.
    let python = "#!/bin/sh\nkill $PPID\nexec sleep 60\n";
    let test = project().program("ve/bin/python", python).file("app/requirements.txt", "six\n");
    test.args(["dev"]).stderr(notices).code(143).run();
}

#[test]
fn processes_that_need_the_schema_wait_for_it() {
    let celery = "[folder]/ve/bin/celery in [folder]/app\n<-A>\n<bookmarks>\n<worker>\n<-l>\n<info>\n";
    let waits = |test: Test| test.env("ENTRYPOINT_WAIT", "migrations").env("ENTRYPOINT_WAIT_TIMEOUT", "0");
    let expected = format!("{PROGRAM}<wait>\n<0>\n<0 s>\n");
    waits(project()).args(["worker"]).stdout(format!("{expected}{celery}")).run();
    waits(failing_at("wait", 124)).args(["worker"]).stdout(expected).code(124).run();
    let migrate = "[folder]/ve/bin/python in [folder]/app\n<manage.py>\n<migrate>\n<--noinput>\n";
    waits(project()).args(["migrate"]).stdout(migrate).run();
}
