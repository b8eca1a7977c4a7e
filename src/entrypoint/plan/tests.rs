//! Whole plans, compared: made from facts that no machine needs to have.

use super::{LaunchPlan, Planned, plan};
use crate::entrypoint::cli::{EntrypointJob, Request};
use crate::entrypoint::env_var::Variables;
use crate::entrypoint::error::Error;
use crate::entrypoint::facts::app::{App, Project};
use crate::entrypoint::facts::beat::Beat;
use crate::entrypoint::facts::python::{Python, VirtualenvError};
use crate::entrypoint::facts::user::User;
use crate::entrypoint::facts::web::{Gunicorn, Web};
use crate::entrypoint::facts::worker::Worker;
use crate::entrypoint::facts::{Facts, ProcessFacts};
use crate::entrypoint::health::is_checked;
use crate::entrypoint::notice::Notice;
use crate::entrypoint::package::Package;
use crate::entrypoint::process;
use crate::entrypoint::server::Server;
use crate::entrypoint::settings::EntrypointSettings;
use crate::process::{Lifetime, PROCESSES};
use crate::sys::cgroup::Limits;
use crate::world::World;
use std::ffi::{OsStr, OsString};

/// An image with everything in it, run by its own user.
fn facts() -> Facts {
    Facts {
        app: App {
            folder: "/app".into(),
            exists: true,
            is_open: true,
            has_manage: true,
            project: Project::Package(Package::parse("bookmarks").unwrap()),
            has_settings_docker: false,
        },
        python: Python::Virtualenv("/ve".into()),
        user: User { uid: 10001, is_known: true, has_home: true, temporary_folder: Some("/tmp".into()) },
        own: ProcessFacts::Nothing,
    }
}

fn web() -> Web {
    Web { gunicorn: Gunicorn { has_shared_memory: true, ..Gunicorn::default() }, ..Web::default() }
}

fn planned(process: &str, facts: &Facts, environment: &[(&str, &str)]) -> Result<Planned, Error> {
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let world = World { environment, ..World::default() };
    let settings =
        EntrypointSettings::new(&Variables::from_env(&world.environment).unwrap(), &world.folder).unwrap();
    let mut words = process.split(' ').map(OsString::from);
    let first = words.next().unwrap();
    let job = process::lookup(&first)
        .map_or(EntrypointJob::Other(first), |entry| EntrypointJob::Process(entry.process));
    plan(&Request { dry_run: false, job, arguments: words.collect() }, &settings, facts, &world)
}

/// The plan as text: `NAME=VALUE… PROGRAM ARG…`, notices below.
#[track_caller]
fn shown(process: &str, facts: &Facts, environment: &[(&str, &str)]) -> String {
    let planned = planned(process, facts, environment).unwrap();
    let LaunchPlan::Launch(launch) = planned.plan else { panic!("{planned:?}") };
    let command = launch.command;
    let pairs = command.environment.iter().map(|(name, value)| join(name, "=", value));
    let words: Vec<OsString> = pairs.chain([command.shell_line()]).collect();
    let notices = planned.notices.iter().map(|note| format!("\n{note}"));
    words.join(OsStr::new(" ")).into_string().unwrap() + &notices.collect::<String>()
}

fn join(a: &OsStr, between: &str, b: &OsStr) -> OsString {
    [a, OsStr::new(between), b].into_iter().collect()
}

const VE: &str = "PATH=/ve/bin:/bin VIRTUAL_ENV=/ve";
const PATH: (&str, &str) = ("PATH", "/bin");

#[test]
fn run_sets_defaults_in_the_environment() {
    let facts = Facts { own: ProcessFacts::Web(web()), ..facts() };
    let options = "GUNICORN_CMD_ARGS=--access-logfile=- --worker-tmp-dir=/dev/shm";
    assert_eq!(
        shown("run", &facts, &[PATH]),
        format!("{VE} PORT=8000 WEB_CONCURRENCY=3 {options} gunicorn bookmarks.wsgi:application")
    );
    let theirs = [PATH, ("PORT", "80"), ("WEB_CONCURRENCY", " 5"), ("GUNICORN_CMD_ARGS", "-w 2")];
    assert_eq!(
        shown("run --reload", &facts, &theirs),
        format!(
            "PATH=/ve/bin:/bin PORT=80 WEB_CONCURRENCY=5 {options} -w 2 VIRTUAL_ENV=/ve gunicorn bookmarks.wsgi:application --reload"
        )
    );
}

#[test]
fn run_leaves_out_what_the_config_file_sets() {
    let config = Some("bookmarks/gunicorn_conf.py".into());
    let gunicorn =
        Gunicorn { config, sets_access_log: true, sets_worker_tmp_dir: true, has_shared_memory: true };
    let own = Web { gunicorn, ..Web::default() };
    let line = shown("run", &Facts { own: ProcessFacts::Web(own), ..facts() }, &[PATH]);
    let gunicorn = "gunicorn -c bookmarks/gunicorn_conf.py bookmarks.wsgi:application";
    assert_eq!(line, format!("{VE} PORT=8000 WEB_CONCURRENCY=3 {gunicorn}"));
    let own = Web { gunicorn: Gunicorn { sets_access_log: true, ..web().gunicorn }, ..Web::default() };
    let line = shown("run", &Facts { own: ProcessFacts::Web(own), ..facts() }, &[PATH]);
    assert!(line.contains(" GUNICORN_CMD_ARGS=--worker-tmp-dir=/dev/shm gunicorn"), "{line}");
}

#[test]
fn run_replaces_an_invalid_number_of_workers() {
    let facts = Facts { own: ProcessFacts::Web(Web::default()), ..facts() };
    for value in ["", "many", "-1", "0", "2.5"] {
        let line = shown("run", &facts, &[PATH, ("WEB_CONCURRENCY", value)]);
        let shown = if value.is_empty() { "\"\"" } else { value };
        let note = format!("WEB_CONCURRENCY={shown} is not a number of workers: using 3");
        assert!(line.contains(" WEB_CONCURRENCY=3 ") && line.ends_with(&note), "{line}");
    }
}

#[test]
fn run_sets_a_folder_for_gunicorns_control_socket() {
    let user = User { has_home: false, ..facts().user };
    let facts = Facts { user, own: ProcessFacts::Web(Web::default()), ..facts() };
    assert!(shown("run", &facts, &[PATH]).contains(" XDG_RUNTIME_DIR=/tmp "));
    let theirs = [PATH, ("XDG_RUNTIME_DIR", "/run/me")];
    assert!(shown("run", &facts, &theirs).contains(" XDG_RUNTIME_DIR=/run/me "));
}

/// With another server, and what its config files say.
fn facts_with_server(server: Server, files: &str) -> Facts {
    Facts {
        own: ProcessFacts::Web(Web { server, uwsgi_files: Some(files.into()), ..Web::default() }),
        ..facts()
    }
}

#[test]
fn uvicorn_serves_the_asgi_application() {
    let facts = facts_with_server(Server::Uvicorn, "");
    let grace = "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=30";
    let line = format!(
        "{VE} UVICORN_HOST=0.0.0.0 UVICORN_PORT=8000 {grace} WEB_CONCURRENCY=3 uvicorn bookmarks.asgi:application --reload"
    );
    assert_eq!(shown("run --reload", &facts, &[PATH]), line);
    let theirs = [PATH, ("UVICORN_HOST", "::"), ("UVICORN_PORT", "80"), ("WEB_CONCURRENCY", "x")];
    let line = shown("run", &facts, &theirs);
    assert!(
        line.starts_with("PATH=/ve/bin:/bin UVICORN_HOST=:: UVICORN_PORT=80 WEB_CONCURRENCY=3 "),
        "{line}"
    );
    assert!(line.ends_with("\nWEB_CONCURRENCY=x is not a number of workers: using 3"), "{line}");
}

#[test]
fn uwsgi_gets_defaults_in_its_variables() {
    let rest = "UWSGI_MASTER=true UWSGI_DIE_ON_TERM=true \
        UWSGI_HOOK_MASTER_START=unix_signal:15 gracefully_kill_them_all UWSGI_NEED_APP=true";
    let facts = facts_with_server(Server::Uwsgi, "");
    let line = format!(
        "{VE} UWSGI_HTTP_SOCKET=0.0.0.0:80 UWSGI_PROCESSES=3 {rest} UWSGI_REQ_LOGGER=stdio \
         uwsgi --module bookmarks.wsgi:application --threads 4"
    );
    let got = shown("run --threads 4", &facts, &[PATH, ("PORT", "80")]);
    assert_eq!(got.replacen(" PORT=80", "", 1), line);
    let file =
        facts_with_server(Server::Uwsgi, "[uwsgi]\nsocket = /run/x\nmodule = a:b\nlogto = /x\nworkers = 2\n");
    assert_eq!(shown("run --ini x.ini", &file, &[PATH]), format!("{VE} {rest} uwsgi --ini x.ini"));
    let theirs = [PATH, ("UWSGI_WORKERS", "2"), ("UWSGI_HTTP", ":80")];
    let line = shown("run -L", &facts, &theirs);
    assert!(
        !line.contains("HTTP_SOCKET") && !line.contains("PROCESSES") && !line.contains("LOGGER"),
        "{line}"
    );
    let unseen = Web { server: Server::Uwsgi, uwsgi_files: None, ..Web::default() };
    let line = shown("run --ini x.ini", &Facts { own: ProcessFacts::Web(unseen), ..facts }, &[PATH]);
    assert_eq!(line, format!("{VE} uwsgi --ini x.ini"));
}

#[test]
fn waitress_has_its_application_last() {
    let facts = facts_with_server(Server::Waitress, "");
    let application = "bookmarks.wsgi:application";
    let line = format!("{VE} waitress-serve --port=8000 --threads=8 {application}");
    assert_eq!(shown("run --threads=8", &facts, &[PATH]), line);
    let line = format!("{VE} waitress-serve '--listen=*:80' {application}");
    assert_eq!(shown("run --listen=*:80", &facts, &[PATH]), line);
}

#[test]
fn runserver_gets_one_address() {
    let facts = facts_with_server(Server::Runserver, "");
    let line = |arguments: &str, words: &str| {
        let expected = format!("{VE} /ve/bin/python manage.py runserver{words}");
        assert_eq!(shown(&format!("run{arguments}"), &facts, &[PATH]), expected);
    };
    line("", " 0.0.0.0:8000");
    line(" -v 2 --noreload", " 0.0.0.0:8000 -v 2 --noreload");
    line(" -6", " '[::]:8000' -6");
    line(" --settings x 127.0.0.1:80", " --settings x 127.0.0.1:80");
}

#[test]
fn an_unknown_user_gets_a_home_and_a_name() {
    let user = User { uid: 4711, is_known: false, has_home: false, temporary_folder: Some("/tmp".into()) };
    let line = shown("manage", &Facts { user, ..facts() }, &[PATH, ("HOME", "/")]);
    assert_eq!(
        line,
        "PATH=/ve/bin:/bin HOME=/tmp VIRTUAL_ENV=/ve USER=4711 LOGNAME=4711 /ve/bin/python manage.py"
    );
    let user = User { uid: 4711, is_known: false, has_home: true, temporary_folder: None };
    let theirs = [PATH, ("HOME", "/data"), ("USER", "me")];
    let line = shown("manage", &Facts { user, ..facts() }, &theirs);
    assert_eq!(
        line,
        "PATH=/ve/bin:/bin HOME=/data USER=me VIRTUAL_ENV=/ve LOGNAME=4711 /ve/bin/python manage.py"
    );
}

#[test]
fn beat_writes_its_schedule_to_a_writable_folder() {
    let beat =
        |has_schedule_setting| Facts { own: ProcessFacts::Beat(Beat { has_schedule_setting }), ..facts() };
    let celery = format!("{VE} celery -A bookmarks beat -l info");
    assert_eq!(
        shown("beat -S x", &beat(false), &[PATH]),
        format!("{celery} -s /tmp/celerybeat-schedule -S x")
    );
    assert_eq!(shown("beat -sx", &beat(false), &[PATH]), format!("{celery} -sx"));
    assert_eq!(shown("beat", &beat(true), &[PATH]), celery);
    assert_eq!(
        shown("worker -Q a", &facts(), &[PATH]),
        format!("{VE} celery -A bookmarks worker -l info -Q a")
    );
}

#[test]
fn a_worker_with_limits_gets_its_number_of_processes() {
    let limits = Some(Limits { cpus: 2, memory: 4 << 30 });
    let worker = |has_concurrency_setting| Facts {
        own: ProcessFacts::Worker(Worker { limits, has_concurrency_setting }),
        ..facts()
    };
    let celery = format!("{VE} celery -A bookmarks worker -l info");
    let line = shown("worker -Q a", &worker(false), &[PATH]);
    assert_eq!(line.lines().next(), Some(format!("{celery} -c 2 -Q a").as_str()));
    assert_eq!(line.lines().count(), 2, "no notice: {line}");
    for option in ["-c 4", "-c4", "--concurrency=4", "--autoscale=4,1", "-P gevent"] {
        assert_eq!(shown(&format!("worker {option}"), &worker(false), &[PATH]), format!("{celery} {option}"));
    }
    assert_eq!(shown("worker -Q a", &worker(true), &[PATH]), format!("{celery} -Q a"));
    let line = shown("worker -Q a", &worker(false), &[PATH, ("CELERY_WORKER_CONCURRENCY", "8")]);
    assert!(line.ends_with("-l info -Q a"), "{line}");
}

#[test]
fn the_virtualenv_comes_first_on_path_once() {
    let line = shown("manage", &facts(), &[("PATH", "/bin:/ve/bin:/usr/bin")]);
    assert_eq!(line, "PATH=/ve/bin:/bin:/usr/bin VIRTUAL_ENV=/ve /ve/bin/python manage.py");
    let none = shown("manage", &Facts { python: Python::System, ..facts() }, &[]);
    assert_eq!(none, "python3 manage.py");
}

#[test]
fn a_missing_file_is_an_error_only_if_needed() {
    let facts = Facts {
        app: App { project: Project::Unknown, has_manage: false, ..facts().app },
        python: Python::Broken(VirtualenvError::NoPython { folder: "/ve".into() }),
        ..facts()
    };
    let settings = [PATH, ("SETTINGS", "production")];
    assert!(matches!(planned("migrate", &facts, &[]), Err(Error::Virtualenv(_))));
    let line = shown("bash -l", &facts, &settings);
    assert_eq!(line.lines().next(), Some("PATH=/bin SETTINGS=production bash -l"));
    let facts = Facts { python: Python::System, ..facts };
    assert!(matches!(planned("run", &facts, &[]), Err(Error::NoPackage { .. })));
    assert!(matches!(planned("migrate", &facts, &settings), Err(Error::NoPackage { .. })));
    assert!(matches!(planned("migrate", &facts, &[]), Err(Error::NoManage { .. })));
}

#[test]
fn a_command_runs_in_the_current_folder_if_the_app_folder_is_closed() {
    let closed = Facts { app: App { is_open: false, ..facts().app }, ..facts() };
    let note = "cannot enter the app folder /app: this user has no permission, the command runs in the current folder";
    assert!(shown("bash", &closed, &[PATH]).ends_with(&format!("bash\n{note}")));
    let folder = |facts: &Facts| match planned("bash", facts, &[]).unwrap().plan {
        LaunchPlan::Launch(launch) => launch.command.folder,
        other => panic!("{other:?}"),
    };
    assert_eq!((folder(&closed), folder(&facts())), (None, Some("/app".into())));
    let absent = Facts { app: App { exists: false, is_open: false, ..facts().app }, ..facts() };
    assert_eq!((folder(&absent), planned("bash", &absent, &[]).unwrap().notices), (None, vec![]));
}

#[test]
fn compress_without_django_compressor_does_nothing() {
    let facts = Facts { own: ProcessFacts::Compressor(false), ..facts() };
    let expected = Planned { plan: LaunchPlan::Nothing, notices: vec![Notice::NoCompressor] };
    assert_eq!(planned("compress", &facts, &[]).unwrap(), expected);
    let facts = Facts { own: ProcessFacts::Compressor(true), ..facts };
    assert_eq!(shown("compress -f", &facts, &[PATH]), format!("{VE} /ve/bin/python manage.py compress -f"));
}

#[test]
fn setup_runs_our_program_and_shows_migrate() {
    let planned = planned("setup --skip-checks", &facts(), &[PATH]).unwrap();
    let LaunchPlan::Launch(launch) = planned.plan else { panic!("{planned:?}") };
    assert_eq!(
        launch.equivalent.unwrap().shell_line(),
        "/ve/bin/python manage.py migrate --noinput --skip-checks"
    );
    let words: Vec<_> = launch.command.arguments.iter().map(|argument| argument.value.as_os_str()).collect();
    assert_eq!(words[2..], ["docker-entrypoint", "setup", "--skip-checks"]);
    let program = launch.command.environment.iter().find(|(name, _)| name == "ENTRYPOINT_PROGRAM");
    assert!(program.is_some_and(|(_, text)| text.len() > 1000));
}

#[test]
fn dev_uses_the_given_address() {
    let line = |process: &str| {
        let line = shown(process, &facts(), &[PATH, ("PORT", "80")]);
        line.split_once("manage.py ").unwrap().1.to_owned()
    };
    assert_eq!(line("dev"), "runserver 0.0.0.0:80");
    assert_eq!(line("dev --nothreading"), "runserver 0.0.0.0:80 --nothreading");
    for address in ["8001", "localhost:8001", "[::1]:8001"] {
        assert_eq!(line(&format!("dev {address}")).replace('\'', ""), format!("runserver {address}"));
    }
    assert!(matches!(planned("dev", &facts(), &[("PORT", "x")]), Err(Error::Port { .. })));
}

/// A process that the health check does not find is healthy in every state.
#[test]
fn the_health_check_finds_every_process_that_keeps_running() {
    for entry in PROCESSES.iter().filter(|entry| entry.lifetime != Lifetime::Ends) {
        let planned = planned(entry.name, &facts(), &[PATH]).unwrap();
        let LaunchPlan::Launch(launch) = planned.plan else { panic!("{planned:?}") };
        let words: Vec<OsString> = launch.command.argv().into_iter().map(OsStr::to_owned).collect();
        assert!(is_checked(&words), "{}: {words:?}", entry.name);
    }
}
