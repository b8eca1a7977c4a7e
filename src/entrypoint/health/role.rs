//! Finds the main process of this container in the list of its processes.

use crate::entrypoint::python;
use crate::sys::proc::Process;
use std::ffi::{OsStr, OsString};
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Web,
    Worker,
    Beat,
    /// An entrypoint that has not started its process yet.
    Starting,
}

/// The programs of web servers.
const SERVERS: [&str; 10] = [
    "gunicorn",
    "uvicorn",
    "uwsgi",
    "uwsgi-core",
    "waitress-serve",
    "waitress",
    "daphne",
    "hypercorn",
    "granian",
    "circusd",
];
/// The management commands that serve a site.
const SERVING_COMMANDS: [&str; 2] = ["runserver", "runserver_plus"];
/// The titles of their main processes where setproctitle is installed.
const TITLES: [(&str, Role); 6] = [
    ("gunicorn: ", Role::Web),
    ("uWSGI ", Role::Web),
    ("[celeryd", Role::Worker),
    ("[celery beat", Role::Beat),
    ("[celerybeat", Role::Beat),
    ("celery beat", Role::Beat),
];

/// The main process: the nearest process with a role below the first process of
/// the container, through inits and shells.
pub(super) fn main_process(processes: &[Process]) -> Option<(&Process, Role)> {
    if let Some(first) = processes.iter().find(|process| process.pid == 1) {
        return nearest(processes, first);
    }
    // Where containers share a pid namespace, the first process is of another one. Start from the
    // processes without a parent in this container. A `docker exec` starts later than the main process.
    let is_here = |pid: u32| processes.iter().any(|process| process.pid == pid);
    let is_head = |process: &&Process| !is_here(process.parent) && !matches!(process.state, 'Z' | 'X');
    let heads = processes.iter().filter(is_head);
    let found = heads.filter_map(|head| Some((head.start_ticks, nearest(processes, head)?)));
    found.min_by_key(|(ticks, _)| *ticks).map(|(_, found)| found)
}

fn nearest<'a>(processes: &'a [Process], head: &'a Process) -> Option<(&'a Process, Role)> {
    let mut row = vec![head];
    while !row.is_empty() {
        let found = row.iter().find_map(|process| Some((*process, role_of(process, processes)?)));
        if found.is_some() {
            return found;
        }
        row = children(processes, &row);
    }
    None
}

/// A process and all its descendants.
pub(super) fn family<'a>(processes: &'a [Process], head: &'a Process) -> Vec<&'a Process> {
    let mut family = vec![head];
    let mut row = vec![head];
    while !row.is_empty() {
        row = children(processes, &row);
        family.extend(&row);
    }
    family
}

fn children<'a>(processes: &'a [Process], parents: &[&Process]) -> Vec<&'a Process> {
    let is_child = |process: &&Process| {
        process.pid != process.parent && parents.iter().any(|parent| parent.pid == process.parent)
    };
    processes.iter().filter(is_child).collect()
}

/// The role of a process. An entrypoint that is an init has started its process
/// already.
fn role_of(process: &Process, processes: &[Process]) -> Option<Role> {
    role(&process.arguments).filter(|role| *role != Role::Starting || !is_init(process, processes))
}

/// Whether an entrypoint is an init. Then its main process leads a process group,
/// unlike a hook, and is in the session of the init, unlike a daemon.
fn is_init(process: &Process, processes: &[Process]) -> bool {
    children(processes, &[process])
        .iter()
        .any(|child| child.group == child.pid && child.session == process.session)
}

/// The role of a process with these arguments.
fn role(arguments: &[OsString]) -> Option<Role> {
    let first = arguments.first()?.to_string_lossy();
    if let Some((_, role)) = TITLES.iter().find(|(title, _)| first.starts_with(title)) {
        return Some(*role);
    }
    let (program, rest) = program(arguments)?;
    match program {
        "docker-entrypoint" | "run.sh" if is_starting(rest) => Some(Role::Starting),
        name if SERVERS.contains(&name) => Some(Role::Web),
        "celery" | "celery.__main__" => celery(rest),
        "manage.py" | "django-admin" | "django" => {
            let first = rest.first().map(|word| word.to_string_lossy());
            first.is_some_and(|word| SERVING_COMMANDS.contains(&word.as_ref())).then_some(Role::Web)
        }
        _ => None,
    }
}

/// Whether the check finds a process with these arguments.
#[cfg(test)]
pub(in crate::entrypoint) fn is_checked(arguments: &[OsString]) -> bool {
    role(arguments).is_some()
}

/// The program that runs: gunicorn in `python -u /ve/bin/gunicorn …` and in
/// `python -m gunicorn …`.
fn program(arguments: &[OsString]) -> Option<(&str, &[OsString])> {
    let (first, rest) = arguments.split_first()?;
    let name = file_name(first)?;
    if !python::is_python(OsStr::new(name)) {
        return Some((name, rest));
    }
    let at = python::target(&mut rest.iter().map(OsString::as_os_str))?.index;
    Some((file_name(&rest[at])?, &rest[at + 1..]))
}

fn file_name(path: &OsStr) -> Option<&str> {
    Path::new(path).file_name()?.to_str()
}

/// Whether an entrypoint with these arguments will start a process: a health check
/// starts none.
fn is_starting(arguments: &[OsString]) -> bool {
    let process = arguments.iter().find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    process.is_some_and(|word| word != "healthcheck")
}

fn celery(arguments: &[OsString]) -> Option<Role> {
    if arguments.is_empty() {
        return Some(Role::Worker); // a dead process has no arguments
    }
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        match word.as_ref() {
            "worker" => return Some(Role::Worker),
            "beat" => return Some(Role::Beat),
            option if WITH_VALUE.contains(&option) => drop(words.next()),
            option if option.starts_with('-') => {}
            _ => return None,
        }
    }
    None
}

/// Celery's options before its command that take a value.
const WITH_VALUE: [&str; 8] =
    ["-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir"];

#[cfg(test)]
mod tests {
    use super::{Role, family, main_process, role};
    use crate::sys::proc::Process;
    use std::ffi::OsString;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn process(pid: u32, parent: u32, line: &str) -> Process {
        Process { pid, parent, state: 'S', start_ticks: 0, group: pid, session: 1, arguments: words(line) }
    }

    #[test]
    fn roles() {
        for (line, expected) in [
            ("/ve/bin/python /ve/bin/gunicorn bookmarks.wsgi:application", Some(Role::Web)),
            ("python3.13 -u -m gunicorn x", Some(Role::Web)),
            ("/ve/bin/uvicorn app.asgi:application", Some(Role::Web)),
            ("uwsgi --http-socket :8000", Some(Role::Web)),
            ("/ve/bin/python /ve/bin/waitress-serve --port=8000 x", Some(Role::Web)),
            ("/ve/bin/python -m waitress x", Some(Role::Web)),
            ("/ve/bin/python manage.py runserver 0.0.0.0:8000", Some(Role::Web)),
            ("/ve/bin/python manage.py migrate", None),
            ("/ve/bin/python /ve/bin/celery -A bookmarks worker -l info", Some(Role::Worker)),
            ("/ve/bin/python /ve/bin/celery -A worker beat -s /tmp/s", Some(Role::Beat)),
            ("celery --app=a -q worker", Some(Role::Worker)),
            ("celery -q -A a worker", Some(Role::Worker)),
            ("celery -A a inspect ping -d worker", None),
            ("python -m celery -A bookmarks beat", Some(Role::Beat)),
            ("/usr/local/bin/docker-entrypoint run", Some(Role::Starting)),
            ("python -W ignore -X dev -m gunicorn x", Some(Role::Web)),
            ("docker-entrypoint --dry-run healthcheck", None),
            ("docker-entrypoint -- healthcheck", None),
            ("docker-entrypoint manage healthcheck", Some(Role::Starting)),
            ("/sbin/docker-init -- /usr/local/bin/docker-entrypoint run", None),
            ("sh -c gunicorn", None),
            ("bash", None),
        ] {
            assert_eq!(role(&words(line)), expected, "{line}");
        }
        let title = |text: &str| role(&[text.into()]);
        assert_eq!(title("gunicorn: master [bookmarks.wsgi:application]"), Some(Role::Web));
        assert_eq!(title("[celeryd: celery@a:MainProcess] -active- (worker -l info)"), Some(Role::Worker));
        assert_eq!(title("[celery beat] --loglevel=info"), Some(Role::Beat));
    }

    #[test]
    fn a_dead_process_counts() {
        let dead = Process { state: 'Z', ..process(8, 1, "gunicorn") };
        let processes = [process(1, 0, "sh -c x"), dead];
        assert_eq!(main_process(&processes).map(|(head, role)| (head.pid, role)), Some((8, Role::Web)));
        assert_eq!(role(&words("celery")), Some(Role::Worker));
    }

    #[test]
    fn the_main_process_is_below_inits_and_shells() {
        let processes = [
            process(1, 0, "/sbin/docker-init -- docker-entrypoint run"),
            process(7, 1, "sh -c x"),
            process(8, 7, "/ve/bin/python /ve/bin/gunicorn x"),
            process(9, 8, "/ve/bin/python /ve/bin/gunicorn x"),
            process(20, 0, "celery -A a worker"), // docker exec
        ];
        let (head, role) = main_process(&processes).unwrap();
        assert_eq!((head.pid, role), (8, Role::Web));
        let pids: Vec<u32> = family(&processes, head).iter().map(|process| process.pid).collect();
        assert_eq!(pids, [8, 9]);
        assert!(main_process(&processes[..2]).is_none());
    }

    #[test]
    fn an_entrypoint_has_started_its_process_once_that_leads_a_group() {
        let entrypoint = process(1, 0, "docker-entrypoint migrate");
        let role = |child: Process| main_process(&[entrypoint.clone(), child]).map(|(_, role)| role);
        assert_eq!(role(process(8, 1, "python manage.py migrate")), None);
        let hook = Process { group: 1, ..process(8, 1, "/docker-entrypoint.d/10-wait") };
        assert_eq!(role(hook), Some(Role::Starting));
        let daemon = Process { session: 8, ..process(8, 1, "ssh-agent") };
        assert_eq!(role(daemon), Some(Role::Starting));
    }

    #[test]
    fn processes_of_other_containers_do_not_count() {
        // The table has only processes with our root file system; 1 is of another container.
        let exec = Process { start_ticks: 9, ..process(40, 0, "celery -A a worker") };
        let dead = Process { state: 'Z', ..process(30, 7, "uwsgi") };
        let main = Process { start_ticks: 5, ..process(50, 0, "docker-entrypoint run") };
        let site = Process { start_ticks: 6, ..process(51, 50, "/ve/bin/waitress-serve x") };
        let found = |processes: &[Process]| main_process(processes).map(|(head, role)| (head.pid, role));
        assert_eq!(found(&[dead.clone(), exec.clone(), main.clone(), site]), Some((51, Role::Web)));
        let site = Process { state: 'Z', ..process(51, 50, "waitress-serve") };
        assert_eq!(found(&[dead.clone(), exec, main.clone(), site]), Some((51, Role::Web)));
        assert_eq!(found(&[dead]), None);
    }
}
