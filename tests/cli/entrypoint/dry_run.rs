//! The command line of each process.

use super::{ENV, image, project};
use crate::run::Test;

#[track_caller]
fn becomes(test: Test, arguments: &[&str], line: &str) {
    let line = format!("{ENV}{line}\n");
    test.args(["--dry-run"]).args(arguments).stdout(line).run();
}

#[test]
fn management_commands() {
    let python = "[folder]/ve/bin/python manage.py";
    becomes(project(), &["migrate", "app", "0003"], &format!("{python} migrate --noinput app 0003"));
    becomes(project(), &["collectstatic", "-c"], &format!("{python} collectstatic --noinput -c"));
    becomes(project(), &["shell"], &format!("{python} shell"));
    becomes(project(), &["test", "-k", "a b"], &format!("{python} test -k 'a b'"));
    becomes(project(), &["manage"], python);
    becomes(project(), &["manage", "check", "--deploy"], &format!("{python} check --deploy"));
    let compressor = project().file("ve/lib/python3.13/site-packages/compressor/__init__.py", "");
    becomes(compressor, &["compress", "--force"], &format!("{python} compress --force"));
}

#[test]
fn compress_without_django_compressor_succeeds() {
    project()
        .args(["compress"])
        .stderr("docker-entrypoint: django-compressor is not installed: nothing to compress\n")
        .run();
}

#[test]
fn celery() {
    let celery = "[folder]/ve/bin/celery -A bookmarks";
    becomes(
        project(),
        &["worker", "-Q", "mail", "-c", "2"],
        &format!("{celery} worker -l info -Q mail -c 2"),
    );
    becomes(project(), &["beat"], &format!("{celery} beat -l info -s /tmp/celerybeat-schedule"));
    becomes(project(), &["beat", "-s", "/data/x"], &format!("{celery} beat -l info -s /data/x"));
    becomes(project(), &["beat", "--schedule=x"], &format!("{celery} beat -l info --schedule=x"));
    let placed = project().file("app/bookmarks/celery.py", "app.conf.beat_schedule_filename = '/data/x'\n");
    becomes(placed, &["beat"], &format!("{celery} beat -l info"));
}

#[test]
fn run_uses_the_installed_server() {
    let bare = || {
        let test =
            Test::new("docker-entrypoint").env("PATH", "[folder]/bin").env("VIRTUAL_ENV", "[folder]/ve");
        let test = test.env("ENTRYPOINT_APP_DIR", "[folder]/app").file("app/bookmarks/wsgi.py", "");
        test.program("ve/bin/python", "").file("app/manage.py", "").args(["-n", "run"])
    };
    let env = "cd [folder]/app && env PATH=[folder]/ve/bin:[folder]/bin ";
    let uvicorn = format!(
        "{env}UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000 UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=30 WEB_CONCURRENCY=3 \
         [folder]/ve/bin/uvicorn bookmarks.asgi:application\n"
    );
    let waitress = format!("{env}[folder]/bin/waitress-serve --port=8000 bookmarks.wsgi:application\n");
    let init = "docker-entrypoint: runs waitress-serve as its init: signals go to it alone, orphans are reaped, \
                SIGTERM is forwarded as SIGINT (ENTRYPOINT_INIT=never turns this off)\n";
    let all = || bare().program("ve/bin/uvicorn", "").program("bin/waitress-serve", "");
    all().program("ve/bin/waitress-serve", "").program("bin/gunicorn", "").stdout(&uvicorn).run();
    all().env("ENTRYPOINT_SERVER", "waitress").stdout(&waitress).stderr(init).run();
    bare().program("bin/waitress-serve", "").stdout(&waitress).stderr(init).run();
    let text = "docker-entrypoint: ENTRYPOINT_SERVER=apache is not a known server: use gunicorn, uvicorn, uwsgi, waitress or runserver\n";
    all().env("ENTRYPOINT_SERVER", "apache").stderr(text).code(125).run();
    let text = "docker-entrypoint: cannot find gunicorn: add it to the requirements of the image, or put its folder \
                on PATH\n";
    bare().stderr(text).code(127).run();
}

#[test]
fn the_settings_module() {
    let settings = |line: &str| format!("{line} [folder]/ve/bin/python manage.py shell");
    let docker = || project().file("app/bookmarks/settings_docker.py", "");
    becomes(docker(), &["shell"], &settings("DJANGO_SETTINGS_MODULE=bookmarks.settings_docker"));
    let named = docker().env("SETTINGS", "settings.production");
    becomes(named, &["shell"], &settings("DJANGO_SETTINGS_MODULE=bookmarks.settings.production"));
    let kept = docker().env("DJANGO_SETTINGS_MODULE", "other.settings");
    becomes(kept, &["shell"], "[folder]/ve/bin/python manage.py shell");
    let package = project().file("app/bookmarks/settings_docker/__init__.py", "");
    becomes(package, &["shell"], &settings("DJANGO_SETTINGS_MODULE=bookmarks.settings_docker"));
}

#[test]
fn manage_works_without_a_package() {
    let bare = image("docker-entrypoint").file("app/manage.py", "");
    becomes(bare, &["manage", "check"], "[folder]/ve/bin/python manage.py check");
}

#[test]
fn uses_the_virtualenv_of_the_app_or_python_on_path() {
    let at = "cd [folder]/app && ";
    let line = format!(
        "{at}env PATH=[folder]/app/.venv/bin:/bin VIRTUAL_ENV=[folder]/app/.venv [folder]/app/.venv/bin/python manage.py shell\n"
    );
    let test = || {
        Test::new("run.sh").env("ENTRYPOINT_APP_DIR", "app").file("app/manage.py", "").args(["-n", "shell"])
    };
    test().env("PATH", "/bin").program("app/.venv/bin/python", "").stdout(line).run();
    let line = format!("{at}[folder]/bin/python3 manage.py shell\n");
    test().env("PATH", "[folder]/bin").program("bin/python3", "").stdout(line).run();
}

#[test]
fn other_commands() {
    becomes(project(), &["sh", "-c", "echo $HOME"], "/usr/bin/sh -c 'echo $HOME'");
    becomes(project(), &["gunicorn", "--version"], "[folder]/ve/bin/gunicorn --version");
    let script = project().program("app/bin/tool", "");
    becomes(script, &["./bin/tool"], "[folder]/app/bin/tool");
}
